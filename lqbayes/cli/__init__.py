"""The command line. Commands import what they need when they run, so that ``--help`` is instant."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its status.

    The status is 0 for success, 1 if a run cannot be used, 2 for wrong input, 3 if sampling has not converged.
    """
    from lqbayes.cli.app import app

    app(prog_name="lqbayes")
