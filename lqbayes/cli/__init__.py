"""The command line. Commands import what they need when they run, so that ``--help`` is instant."""

import os
from contextlib import chdir


def main() -> None:
    """Run the command line and exit with its status.

    The status is 0 for success, 1 if a run cannot be used, 2 for wrong input, 3 if sampling has not converged.
    """
    from lqbayes.cli.app import app
    from lqbayes.cli.streams import standard_streams

    # Plots go to files, in a style of their own: what a notebook or a matplotlibrc sets need not exist here, nor be readable.
    os.environ |= {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}
    if os.path.exists("matplotlibrc"):  # which comes before all others
        with chdir(os.path.dirname(os.path.abspath(__file__))):
            import matplotlib  # noqa: F401
    with standard_streams():
        app(prog_name="lqbayes")
