"""The one place where exceptions become exit statuses."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from lqbayes.input.errors import ArgumentError, InputError, LqbayesError, TimeOverError
from lqbayes.input.printable import printable

RUN_FAILED: Final = 1
WRONG_INPUT: Final = 2
NOT_CONVERGED: Final = 3
TERMINATED: Final = 143  # as the shell reports a command that SIGTERM ended
INTERRUPTED: Final = 130  # as the shell reports a command that Ctrl-C ended


@contextmanager
def exit_statuses() -> Iterator[None]:
    """Turn the exceptions of the package into messages on standard error and exit statuses."""
    from lqbayes.running.signals import interrupts_unwrapped

    try:
        with interrupts_unwrapped():
            yield
    except InputError as error:
        count = len(error.problems)
        _say("\n".join(["error:" if count == 1 else f"{count} errors:", *(f"  {problem}" for problem in error.problems)]))
        raise typer.Exit(WRONG_INPUT) from None
    except (ArgumentError, TimeOverError) as error:
        _say(f"error: {error}")
        raise typer.Exit(WRONG_INPUT if isinstance(error, ArgumentError) else NOT_CONVERGED) from None
    except (LqbayesError, OSError) as error:
        _say(f"error: {_of_the_system(error) if isinstance(error, OSError) else error}")
        raise typer.Exit(RUN_FAILED) from None
    except KeyboardInterrupt:
        _say("interrupted")
        raise typer.Exit(INTERRUPTED) from None


def _of_the_system(error: OSError) -> str:
    """Word what the system refused; what has no name is not a file but the standard output."""
    from lqbayes.storage.atomic import disk_reason

    if error.errno is None:
        return str(error)
    if error.filename is None:
        return f"the standard output cannot be written ({disk_reason(error)}); what it was to show is not complete"
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    advice = "no file is left half-written: make room, then give the command again"
    return f"{error.filename}: {disk_reason(error)}; {advice}" if full else f"{error.filename}: {disk_reason(error)}"


def _say(text: str) -> None:
    # Messages name files and what is in them, which may be anybody's.
    print(printable(text, keep="\n"), file=sys.stderr)
