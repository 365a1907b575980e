"""``python -m lqbayes`` is the command line."""

from __future__ import annotations

from lqbayes.cli import main

if __name__ == "__main__":
    main()
