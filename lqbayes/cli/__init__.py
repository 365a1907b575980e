"""The command line. Commands import what they need when they run, so that ``--help`` is instant."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line and exit with its status.

    The status is 0 for success, 1 if a run cannot be used, 2 for wrong input, 3 if sampling has not converged.
    """
    from lqbayes.cli.app import app

    os.environ["MPLBACKEND"] = "agg"  # plots go to files; what a notebook or a profile sets need not exist here
    app(prog_name="lqbayes")
