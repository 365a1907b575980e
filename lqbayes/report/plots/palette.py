"""Colours of plots, told apart also by readers who do not see all colours (Okabe and Ito)."""

from __future__ import annotations

from typing import Final

POSTERIOR: Final = "#0072B2"
DATA: Final = "#E69F00"
DATA_LIMIT: Final = "#D55E00"
ALARM: Final = "#C00000"
INK: Final = "#333333"
ENSEMBLES: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
