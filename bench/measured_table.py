"""A table of measured numbers: on the terminal, and between its marks in bench/README.md, so that no number there is typed by hand."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

README = Path(__file__).parent / "README.md"


def machine() -> str:
    """Processor, number of cores and versions, as a reader would want to know them."""
    model = ""
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        model = found.group(1).strip() if found else ""
    return f"{model or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {date.today()}"


def fill(path: Path, name: str, text: str) -> None:
    """Replace what stands between the marks of a section."""
    old = path.read_text(encoding="utf-8")
    pattern = rf"<!-- {name}: begin -->.*?<!-- {name}: end -->"
    # A function, since a replacement string would have its backslashes read.
    new, count = re.subn(pattern, lambda _: f"<!-- {name}: begin -->\n{text}\n<!-- {name}: end -->", old, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"{path}: the marks of the section {name} are missing")
    path.write_text(new, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class MeasuredTable:
    """What a script has measured.

    Attributes
    ----------
    name
        Name of its marks in bench/README.md.
    command
        What to type to measure it again.
    header
        Titles of the columns.
    rows
        Cells, as text.
    notes
        Sentences below the table.
    """

    name: str
    command: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def show(self) -> None:
        """Print the table."""
        table = Table(title=f"{escape(self.command)}\n{machine()}")
        for index, title in enumerate(self.header):
            table.add_column(escape(title), justify="right" if index else "left")
        for row in self.rows:
            table.add_row(*map(escape, row))
        # A file is as wide as it needs to be.
        console = Console() if Console().is_terminal else Console(width=200)
        console.print(table)
        for note in self.notes:
            console.print(escape(note), highlight=False, soft_wrap=True)

    def markdown(self) -> str:
        """Write the table for a README."""
        lines = [f"`{self.command}` ({machine()}):", ""]
        lines += [_line(self.header), "|" + "|".join(["---", *["---:"] * (len(self.header) - 1)]) + "|"]
        lines += [_line(row) for row in self.rows]
        return "\n".join(lines) + "".join(f"\n\n{note}" for note in self.notes)

    def write(self, path: Path = README) -> None:
        """Put the table between its marks."""
        fill(path, self.name, self.markdown())


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
