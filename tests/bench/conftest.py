from __future__ import annotations

import sys
from pathlib import Path

# The scripts of bench/ import each other, as they do when they run.
sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
