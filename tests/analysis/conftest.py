"""The scripts of analysis/ are no package: they import each other from their own folder."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "analysis"

sys.path.insert(0, str(FOLDER))
