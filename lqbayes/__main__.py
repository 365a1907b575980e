"""``python -m lqbayes`` is the command line."""

from lqbayes.cli import main

if __name__ == "__main__":
    main()
