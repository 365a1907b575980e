"""The parts of emcee that are used here, without scipy.stats, which takes most of a second to import.

emcee imports it for one move, `KDEMove`, and goes without where it is missing. That move finds it here at its first use.
"""

import sys
from typing import Any


def _gaussian_kde(*arguments: Any, **options: Any) -> Any:
    from scipy.stats import gaussian_kde  # noqa: PLC0415 - what takes so long

    return gaussian_kde(*arguments, **options)


if "emcee" not in sys.modules and "scipy.stats" not in sys.modules:
    sys.modules["scipy.stats"] = None  # type: ignore[assignment] # as if it were missing
    try:
        import emcee.moves.kde

        emcee.moves.kde.gaussian_kde = _gaussian_kde
    except ImportError:  # another version, which does not go without
        pass
    finally:
        del sys.modules["scipy.stats"]

from emcee import EnsembleSampler, State, __version__  # noqa: E402
from emcee.backends import Backend  # noqa: E402
from emcee.model import Model  # noqa: E402
from emcee.moves import Move  # noqa: E402

__all__ = ["Backend", "EnsembleSampler", "Model", "Move", "State", "__version__"]
