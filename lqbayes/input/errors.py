"""The exceptions of the package. Whatever a user's input can cause is an `LqbayesError`."""

from collections.abc import Iterable

from lqbayes.input.problems import Problem


class LqbayesError(Exception):
    """Base of all exceptions that the package raises on purpose."""


class ArgumentError(LqbayesError, ValueError):
    """A function of the Python interface was called with arguments that make no sense."""


class UnitError(ArgumentError):
    """A unit is unknown, or measures something else."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message, self.remedy = message, remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}"


class InputError(LqbayesError):
    """A file cannot be used; `problems` is everything that is wrong with it, and the text shows all of them, one a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)  # the arguments that unpickling in another process passes again

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class RunError(LqbayesError):
    """A run directory cannot be used: not there, in use, damaged, or made from something else."""


class RunWarning(UserWarning):
    """A session goes on with a run of which something is not as it was."""


class TimeOverError(RunError):
    """The time given to a run was over before there was anything to judge: it has not converged."""
