"""Tables: one data frame each, in full precision, with the columns that readers see and all formats that they are written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from lqbayes.report.latex import latex_numbers, latex_text
from lqbayes.report.rounding import number
from lqbayes.sampling.settings import NOT_CONVERGED
from lqbayes.storage.atomic import write_text_atomically

Kind = Literal["name", "text", "words", "number", "source"]
_LONGEST_WORD = 20  # of sentences and sources, references included; longer ones, such as addresses, are broken


@dataclass(frozen=True, slots=True)
class Column:
    """A column as readers see it."""

    heading: str  # What stands above it
    # The column of the frame that it shows, or what makes its text from a row; the heading's own unless given
    cell: str | Callable[[Any], str] = ""
    kind: Kind = "text"  # ``name`` and ``number`` are not broken into lines, in ``source`` references become links, ``words`` are sentences
    form: str = ""  # How a number is written
    extra: int = 0  # Left out first where the room is short, those with the highest number before the others; 0 for what must stay
    latex: Callable[[Any], str] | None = None  # What makes the cell in LaTeX, where that is not its text
    missing: str = ""  # Text where there is no number

    def text(self, row: Mapping[str, Any]) -> str:
        """Write the cell of one row."""
        if callable(self.cell):
            return self.cell(row)
        value = row[self.cell or self.heading]
        return number(value, self.form, self.missing) if self.form else str(value)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table."""

    title: str  # What it shows
    frame: pd.DataFrame  # Its numbers in full precision, as CSV has them, and whatever the columns take their texts from
    columns: tuple[Column, ...]  # What readers see
    note: str = ""  # What must be known to read it
    state: str = ""  # The sentence about the state of the run; empty where the table is about no run
    alarming: frozenset[int] = frozenset()  # Rows that call for attention
    csv_columns: tuple[str, ...] = ()  # Columns of the frame that CSV has; all of them unless given

    @classmethod
    def of_texts(cls, title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], **details: Any) -> Table:
        """Make a table of what readers see and nothing else."""
        frame = pd.DataFrame([list(row) for row in rows], columns=[column.heading for column in columns], dtype=str)
        return cls(title, frame, tuple(columns), **details)

    @property
    def headings(self) -> list[str]:
        """Headings of the columns."""
        return [column.heading for column in self.columns]

    @property
    def rows(self) -> list[list[str]]:
        """Texts of the cells."""
        return [[column.text(row) for column in self.columns] for row in self.frame.to_dict("records")]

    def csv(self) -> str:
        """Write the numbers in full precision; those of a run say in each row whether it has converged."""
        frame = self.frame[list(self.csv_columns)] if self.csv_columns else self.frame
        if self.state:
            frame = frame.assign(converged=not self.state.startswith(NOT_CONVERGED))
        flags = {name: frame[name].map({True: "true", False: "false"}) for name in frame.columns if frame[name].dtype == bool}
        text: str = frame.assign(**flags).to_csv(index=False, lineterminator="\n")
        return text

    def markdown(self, *, title: bool = True) -> str:
        """Write Markdown."""
        aligned = ["---:" if column.kind == "number" else "---" for column in self.columns]
        kinds = [column.kind for column in self.columns]
        rows = [[_markdown_cell(*pair) for pair in zip(kinds, row, strict=True)] for row in self.rows]
        # |x| of a limit on a modulus would end its cell.
        lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |" for cells in (self.headings, aligned, *rows)]
        state = f"**{self.state}**" if self.state.startswith(NOT_CONVERGED) else self.state
        parts = [f"# {self.title}", state] if title else []
        return "\n\n".join(part for part in (*parts, "\n".join(lines), self.note if title else "") if part) + "\n"

    def latex(self) -> str:
        r"""Write LaTeX over as many pages as it takes: a document of its own, or to be \input into one."""
        rows = [[_latex_cell(column, row) for column in self.columns] for row in self.frame.to_dict("records")]
        head = _latex_row(_mathematics(latex_text(heading[:1].upper() + heading[1:])) for heading in self.headings)
        shown = latex_text(self.state)
        shown = rf"\textbf{{{shown}}}" if self.state.startswith(NOT_CONVERGED) else shown
        caption = ". ".join(part for part in (latex_text(self.title), shown, _mathematics(latex_text(self.note))) if part)
        body = "\n".join(_latex_row(row) + r"\\" for row in rows)
        alignment = "".join("r" if column.kind == "number" else "l" for column in self.columns)
        template = (_FOLDER / "table.tex").read_text(encoding="utf-8")
        return template % {"state": self.state, "alignment": alignment, "caption": caption, "head": head, "body": body}

    def html(self, css: str = "") -> Markup:
        """Write an HTML table in a box that scrolls; everything in it is escaped."""
        return Markup(TEMPLATES.get_template("table.html.jinja").render(table=self, rows=self.rows, css=css))

    def _repr_html_(self) -> str:
        return str(self.html())

    def write(self, path: Path) -> Path:
        """Write a file in the format that its name says: .csv, .md or .tex."""
        write_text_atomically(path, {".csv": self.csv, ".md": self.markdown, ".tex": self.latex}[path.suffix]())
        return path

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Show the table in a terminal: words and numbers are whole, or their column is left out and a note says so."""
        texts = self.rows
        shown = list(range(len(self.columns)))
        # What can be left out, the first to go last: short texts from the right, numbers from the right, columns that say so.
        kinds = {kind: [k for k in shown if self.columns[k].kind == kind and not self.columns[k].extra] for kind in ("text", "number")}
        extra = [*(k for k in kinds["text"] if k), *kinds["number"][1:]]
        extra += sorted((k for k in shown if self.columns[k].extra), key=lambda k: self.columns[k].extra)
        sizes = [_sizes(column, [row[k] for row in texts]) for k, column in enumerate(self.columns)]

        def room(chosen: list[int]) -> int:
            """Room beyond that for the longest word of each column."""
            table = self._rich(texts, chosen, [1] * len(chosen))
            frame = Measurement.get(console, options, table).maximum - len(chosen)
            return options.max_width - frame - sum(sizes[k][0] for k in chosen)

        left_out: list[int] = []
        while extra and room(shown) < 0:
            left_out.append(extra.pop())
            shown.remove(left_out[-1])
        # Beside a wide column that went there may be room for the narrow ones that went before it.
        for k in reversed(left_out):
            if room(sorted([*shown, k])) >= 0:
                shown = sorted([*shown, k])
        yield self._rich(texts, shown, _widths([sizes[k] for k in shown], room(shown)))
        if self.note:
            yield Text(self.note, style="dim italic")
        missing = [column.heading for k, column in enumerate(self.columns) if k not in shown]
        if missing:
            yield Text(f"left out for want of room: {', '.join(missing)}; a wider window shows all", style="dim italic")

    def _rich(self, texts: Sequence[Sequence[str]], shown: Sequence[int], widths: Sequence[int | None]) -> RichTable:
        table = RichTable(title=self.title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
        for index, width in zip(shown, widths, strict=True):
            column = self.columns[index]
            table.add_column(column.heading, justify="right" if column.kind == "number" else "left", overflow="fold", width=width)
        for k, row in enumerate(texts):
            table.add_row(*(row[index] for index in shown), style="bold red" if k in self.alarming else None)
        return table


def _sizes(column: Column, cells: Sequence[str]) -> tuple[int, int]:
    """Widths of the longest word of a column, and of the longest cell; numbers are not broken into words, their headings are."""
    is_number = column.kind == "number"
    longest_word = max((cell_len(part) for cell in cells for part in ([cell] if is_number else cell.split())), default=1)
    if column.kind in {"source", "words"}:
        longest_word = min(longest_word, _LONGEST_WORD)
    least = max(longest_word, *map(cell_len, column.heading.split()), 1)
    return least, max(least, *map(cell_len, cells if is_number else [*cells, column.heading]), 1)


def _widths(sizes: Sequence[tuple[int, int]], room: int) -> list[int | None]:
    """Widths of columns from those of their longest words and cells; what is left over goes to those that can use it, to all alike."""
    if room < 0:  # even the columns that must stay have no room
        return [None] * len(sizes)
    widths = [least for least, _ in sizes]
    while room and (growing := [k for k, (_, most) in enumerate(sizes) if widths[k] < most]):
        for k in growing[:room]:
            more = min(max(room // len(growing), 1), sizes[k][1] - widths[k], room)
            widths[k] += more
            room -= more
    return [*widths]


def state_text(state: str) -> Text:
    """Show the sentence about the state of a run in colour."""
    return Text(state, style="bold red" if state.startswith(NOT_CONVERGED) else "green")


# Year and month, then four or five digits; the older numbers stand after the name of their archive.
_NUMBER = r"(?:0[7-9]|[1-4]\d)(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d+)?"
_OLD = r"(?:hep-(?:ph|ex|th|lat)|physics|nucl-(?:th|ex)|astro-ph)/\d{7}(?:v\d+)?"
_REFERENCE = re.compile(rf"(?<![\w.+-])(?:arXiv:\s?)?(?P<number>{_NUMBER}|{_OLD})(?![\w])(?!\.\d)", re.IGNORECASE)


def linked(text: str) -> Markup:
    """Make a link of each arXiv number in a text; everything else is escaped."""
    return Markup(_REFERENCE.sub(r'<a href="https://arxiv.org/abs/\g<number>">\g<0></a>', str(escape(text))))


_MARKUP = re.compile(r"[\\`*$\[\]]|<(?=[A-Za-z/!?])|(?<!\w)_|_(?!\w)")


def markdown_text(text: str) -> str:
    """Write any text for Markdown, in a line, with a link for each arXiv number."""
    return _REFERENCE.sub(r"[\g<0>](https://arxiv.org/abs/\g<number>)", _MARKUP.sub(r"\\\g<0>", " ".join(text.split())))


def _markdown_cell(kind: Kind, cell: str) -> str:
    """Names as code, what files say as it is; other texts are Markdown already."""
    if kind == "name" and cell:
        return f"`{cell}`"
    return markdown_text(cell) if kind in {"words", "source"} else cell


_FOLDER = Path(__file__).with_name("templates")
TEMPLATES = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
TEMPLATES.filters |= {"linked": linked, "typeset": lambda text: text.replace("+-", "±")}


def _latex_row(cells: Iterable[str]) -> str:
    row = " & ".join(cells)
    return f"{{}}{row}" if row.startswith(("[", "*")) else row  # the end of the row before would take it for its own


def _mathematics(text: str) -> str:
    return text.replace("R-hat", r"$\widehat{R}$").replace("2 pi", r"$2\pi$")


def _latex_cell(column: Column, row: Any) -> str:
    if column.latex is not None:
        return column.latex(row)
    return latex_numbers(column.text(row)) if column.kind == "number" else latex_text(column.text(row))
