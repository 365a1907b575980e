"""The table of credible intervals as CSV, Markdown and LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from lqbayes.quantities import Quantity
from lqbayes.report.rounding import rounded
from lqbayes.results.intervals import COLUMNS, IntervalRow, unit_text
from lqbayes.results.state import NOT_CONVERGED

_HEADINGS = ("quantity", "unit", "median", "68 % interval", "95 % interval", "R-hat", "ESS")
_NOTE = (
    "Equal-tailed credible intervals, those of phases on [0, 2 pi). For the probability of a positive sign the median column holds the "
    "probability. R-hat is the nested R-hat of independent ensembles, ESS the effective sample size of all of them together."
)
_LATEX_UNITS = {"1": "", "eV^2": r"$\mathrm{eV}^2$"}
_LATEX_PREAMBLE = r"""% \input this file into a document that uses the packages booktabs and longtable, or run pdflatex on it as it is.
\expandafter\ifx\csname @classoptionslist\endcsname\relax
  \documentclass[10pt]{article}
  \usepackage[a4paper,margin=20mm]{geometry}
  \usepackage{booktabs,longtable}
  \begin{document}
  \def\lqbayesfinish{\end{document}}
\else
  \def\lqbayesfinish{}
\fi
"""


def to_csv(rows: Sequence[IntervalRow], state: str) -> str:
    """Write the table as CSV, in full precision."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow("" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in row.cells())
    if state.startswith(NOT_CONVERGED):
        writer.writerow([state, *[""] * (len(COLUMNS) - 1)])
    return stream.getvalue()


def to_markdown(rows: Sequence[IntervalRow], state: str, title: str) -> str:
    """Write the table as Markdown, rounded for readers."""
    aligned = ("---", "---", "---:", "---:", "---:", "---:", "---:")
    table = [_HEADINGS, aligned, *([f"`{name}`", *rest] for name, *rest in map(interval_texts, rows))]
    lines = ["| " + " | ".join(cells) + " |" for cells in table]
    return "\n".join([f"# {title}", "", f"**{state}**" if state.startswith(NOT_CONVERGED) else state, "", *lines, "", _NOTE, ""])


def interval_texts(row: IntervalRow) -> list[str]:
    """Write one row for readers."""
    if row.low68 is None:
        numbers = [f"{row.median:.3f}"]
    else:
        numbers = number_texts(*_values(row))[: 1 if row.constant else None]
    texts = [numbers[0], *(f"{numbers[k]} .. {numbers[k + 1]}" for k in range(1, len(numbers), 2))]
    unit = unit_text(row.quantity)
    return [row.quantity.name, "" if unit == "1" else unit, *_padded(texts), *_diagnostics(row)]


def number_texts(median: float, low68: float, high68: float, *others: float) -> list[str]:
    """Write a median and the ends of its intervals for readers, none of them rounded away."""
    values = [median, low68, high68, *others]
    if _span_decades(values):
        return [f"{x:.2g}" for x in values]
    mantissas, exponent = _rounded(values)
    power = f"e{exponent:+03d}" if exponent else ""
    return [f"{mantissa}{power}" for mantissa in mantissas]


def to_latex(rows: Sequence[IntervalRow], state: str, title: str) -> str:
    r"""Write the table as LaTeX, rounded for readers, over as many pages as it takes."""
    head = " & ".join(("Quantity", "Unit", "Median", r"68\,\% interval", r"95\,\% interval", r"$\widehat{R}$", "ESS"))
    shown = rf"\textbf{{{_escaped(state)}}}" if state.startswith(NOT_CONVERGED) else _escaped(state)
    # The nested R-hat and 2 pi are set as mathematics, the rest of the note is plain.
    note = _escaped(_NOTE).replace("R-hat", r"$\widehat{R}$").replace("2 pi", r"$2\pi$")
    lines = [
        f"% {state}",
        # Small and narrow, so that the table fits the text of an article.
        _LATEX_PREAMBLE + r"\begingroup\scriptsize\setlength{\tabcolsep}{2pt}\setlength{\LTleft}{\fill}\setlength{\LTright}{\fill}",
        r"\begin{longtable}{@{}llrrrrr@{}}",
        rf"\caption{{{_escaped(title)}. {shown}. {note}}}\\",
        r"\toprule",
        head + r"\\",
        r"\midrule",
        r"\endfirsthead",
        r"\toprule",
        head + r"\\",
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        *(" & ".join(_latex_cells(row)) + r"\\" for row in rows),
        r"\end{longtable}\endgroup",
        r"\lqbayesfinish",
        "",
    ]
    return "\n".join(lines)


def _latex_cells(row: IntervalRow) -> list[str]:
    if _span_decades(_values(row)):
        numbers = [_latex_number(x) for x in _values(row)]
        texts = [f"${numbers[0]}$", *(rf"$[{numbers[k]},{numbers[k + 1]}]$" for k in range(1, len(numbers), 2))]
        return [*_latex_name(row.quantity), *_padded(texts), *_diagnostics(row)]
    mantissas, exponent = _numbers(row)
    power = rf"{{\cdot}}10^{{{exponent}}}" if exponent else ""
    texts = [f"${mantissas[0]}{power}$"]
    texts += [rf"$[{mantissas[k]},{mantissas[k + 1]}]{power}$" for k in range(1, len(mantissas), 2)]
    return [*_latex_name(row.quantity), *_padded(texts), *_diagnostics(row)]


def _latex_name(quantity: Quantity) -> tuple[str, str]:
    if quantity.transform == "log10_abs":
        return quantity.label, ""  # a logarithm has its unit inside
    return f"${quantity.symbol}$", _LATEX_UNITS.get(quantity.unit, quantity.unit)


def _values(row: IntervalRow) -> list[float]:
    return [x for x in (row.median, row.low68, row.high68, row.low95, row.high95) if x is not None]


def _span_decades(values: Sequence[float]) -> bool:
    """Tell whether one power of ten for all numbers of a row would round some of them to 0."""
    if len(set(values)) == 1:
        return False
    if min(values) <= 0 <= max(values):
        # On both sides of 0: one power takes too many digits where one side is far longer than the other.
        return max(abs(x - values[0]) for x in values) > 1e3 * _steeper(values)
    if max(map(abs, values)) > 1e3 * min(map(abs, values)):
        return True
    return any(not mantissa.strip("-0.") for mantissa in _rounded(values)[0])


def _latex_number(x: float) -> str:
    mantissa, _, power = f"{x:.2g}".partition("e")
    return rf"{mantissa}{{\cdot}}10^{{{int(power)}}}" if power else mantissa


def _numbers(row: IntervalRow) -> tuple[list[str], int]:
    if row.low68 is None:
        return [f"{row.median:.3f}"], 0
    mantissas, exponent = _rounded(_values(row))
    return mantissas[: 1 if row.constant else None], exponent


def _rounded(values: Sequence[float]) -> tuple[list[str], int]:
    if len(set(values)) == 1:
        mantissas, exponent = rounded(values[:1], 0.0)
        return mantissas * len(values), exponent
    return rounded(values, _steeper(values))


def _steeper(values: Sequence[float]) -> float:
    # Digits for the steeper side, so that the near end of a skewed interval is not rounded away.
    median, low68, high68 = values[:3]
    return min(high68 - median, median - low68) or (high68 - low68) / 2


def _padded(texts: list[str]) -> list[str]:
    return texts + [""] * (3 - len(texts))


def _diagnostics(row: IntervalRow) -> list[str]:
    return ["" if row.rhat is None else f"{row.rhat:.3f}", "" if row.ess is None else f"{row.ess:.0f}"]


def _escaped(text: str) -> str:
    for character in "_%&#":
        text = text.replace(character, f"\\{character}")
    return text
