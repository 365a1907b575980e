"""Pages of the reference that follow from the code: commands, and what every model ships, with its sources."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from one_file import slug_of
from typer.main import get_command

from lqbayes.cli.app import app
from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set, model_of
from lqbayes.model import ENTRY_POINTS, Model
from lqbayes.prior.file import load_prior_set
from lqbayes.quantities import shown_unit
from lqbayes.report.table import Column, Table, markdown_text
from lqbayes.report.tables import measurement_table, model_table, prior_table

# Pages that the table of their model leads to: a menu with all of them would be of no use, and is most of what the site takes to build.
_NO_MENU = "---\norphan: true\n---\n\n"
_PHYSICS = Path(__file__).with_name("physics.md")
_PAPER = {"2": "g_max", "3": r"(im_)?C\d|R_K|BR_Bs_mumu", "4": "BR_|delta_a", "5": "dm_"}
# Where the formulas of observables are: the first that fits of sections of the physics page, by number, or modules of the singlet, by name.
_FORMULAS = {
    "paper": _PAPER,
    "corrected": _PAPER,
    "full": {
        "2": "g_max",
        "8.2": r"(im_)?C\d|R_K(star)?$|BR_B(_K|_Kst|s|0)_",
        "8.3": "BR_K",
        "8.4": "BR_D0_|BR_Bc_|R_|RD",
        "8.5": "(im_)?Delta_|dm_|S_psiK|phi_s|eps_K|x12",
        "8.6": "BR_(mu|tau)_|delta_a|d_|CR_",
        "8.7": "Z_|N_nu|A_tau|kappa_|LHC",
    },
    "S1": {
        "charged_currents": "C_|R_|BR_(B|Bc|Ds)_taunu",
        "neutrino_pairs": "BR_BK",
        "mixing": "dm_",
        "dipoles": "delta_a|BR_tau",
        "z_decays": "g[AV]_",
        "": "y_max",
    },
}


def write(folder: Path) -> None:
    """Write all pages; what has not changed keeps its time, so that it is not built again."""
    folder.mkdir(exist_ok=True)
    pages = {"commands": _commands()}
    for name in sorted(entry_points(group=ENTRY_POINTS).names):
        pages |= _model_pages(name)
    for stem, text in pages.items():
        path = folder / f"{stem}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _commands() -> str:
    """Every command with its arguments, options, defaults and example."""
    parts = ["# Commands", "`lqbayes COMMAND --help` shows the same."]
    group: Any = get_command(app)
    for name, command in group.commands.items():
        for path, found in [(f"{name} {sub}", c) for sub, c in getattr(command, "commands", {}).items()] or [(name, command)]:
            parts += [f"## lqbayes {path}", inspect.cleandoc(found.help or "")]
            if found.epilog:
                parts.append(found.epilog.replace("[bold]", "`").replace("[/bold]", "`"))
            parts.append("\n".join(filter(None, (_line(parameter) for parameter in found.params))))
    return "\n\n".join(part for part in parts if part) + "\n"


def _line(parameter: Any) -> str:
    names = (
        ", ".join(f"`{name}`" for name in parameter.opts)
        if parameter.opts[0].startswith("-")
        else f"`{parameter.metavar or parameter.name}`"
    )
    if parameter.name == "help" or getattr(parameter, "hidden", False):
        return ""
    shown = getattr(parameter, "show_default", None)
    default = shown if isinstance(shown, str) else parameter.default if shown and parameter.default not in (None, False) else None
    metavar = f" `{parameter.metavar}`" if parameter.metavar and parameter.opts[0].startswith("-") else ""
    return f"- {names}{metavar}: {parameter.help or ''}" + (f" Default: {default}." if default is not None else "")


def _model_pages(name: str) -> dict[str, str]:
    model = Model.installed(name)
    pages: dict[str, str] = {}
    lines = [f"# The model {name}", f"`--model {name}`", "## Parameters", model_table(model, "parameters").markdown(title=False)]
    for variant in Model.variants(name):
        lines += [
            f"## Observables{f' of `--formulas {variant.variant}`' if len(Model.variants(name)) > 1 else ''}",
            markdown_text(variant.title),
        ]
        lines.append(_observables(variant))
    for kind, heading in (("likelihoods", "Measurement sets"), ("priors", "Priors")):
        lines.append(f"## {heading}")
        for entry in shipped_names(kind, name):  # type: ignore[arg-type]
            stem = f"{name}-{kind}-{entry}"
            pages[stem], title = _likelihood(entry, model) if kind == "likelihoods" else _prior(entry, model)
            lines.append(f"- [`{entry}`]({stem}.md): {markdown_text(title)}")
    lines += _formulas(model)
    toctree = "\n".join(["```{toctree}", ":hidden:", "", *pages, "```"])
    return {f"model-{name}": "\n\n".join([*lines, toctree]) + "\n"} | pages | _observable_pages(Model.variants(name))


def _observables(model: Model) -> str:
    """The observables with links to their pages and their formulas."""
    columns = (Column("observable"), Column("unit"), Column("meaning", kind="words"), Column("formula"))
    rows = [
        (f"[`{o.name}`]({_page(model.name, o.name)}.md)", o.unit, o.description, _link(model.variant, o.name)) for o in model.observables
    ]
    return Table.of_texts("", columns, rows).markdown(title=False)


def _page(model: str, observable: str) -> str:
    return f"{model}-observables-{observable}"


def _observable_pages(variants: Sequence[Model]) -> dict[str, str]:
    """A page of each observable: what it is, where its formulas are, and all that was measured of it, with the sources."""
    model = variants[0]
    sets = [load_likelihood_set(name, model_of(name, model)) for name in shipped_names("likelihoods", model.name)]
    measured: dict[str, list[tuple[str, ...]]] = {}
    for one in sets:
        for m in one.measurements:
            for name, text in zip(m.observables, m.texts(), strict=True):
                link = f"[`{one.name}`]({model.name}-likelihoods-{one.name}.md)"
                measured.setdefault(name, []).append((link, text, shown_unit(m.unit or "1"), m.form, m.source))
    pages = {}
    columns = (Column("set"), Column("measured", kind="name"), Column("unit"), Column("form", kind="name"), Column("source", kind="source"))
    for name in dict.fromkeys(name for variant in variants for name in variant.observable_names):
        having = [variant for variant in variants if name in variant.observable_names]
        found = having[0].observables[having[0].observable_index[name]]
        unit = shown_unit(found.unit)
        formulas = [(f"`--formulas {v.variant}`: " if len(variants) > 1 else "", _link(v.variant, name)) for v in having]
        lines = [f"- {which}{link.replace('(#', f'(model-{model.name}.md#')}" for which, link in formulas if link]
        rows = measured.get(name, [])
        parts = [
            f"# `{name}`",
            f"{markdown_text(found.description)}, ${found.latex}$, {f'in {unit}' if unit else 'a pure number'}.",
            f"An observable of [the model {model.name}](model-{model.name}.md).",
            *(["## Formulas", "\n".join(lines)] if lines else []),
            "## What was measured",
            Table.of_texts("", columns, rows).markdown(title=False).rstrip() if rows else "No shipped set has a measurement of it.",
        ]
        pages[_page(model.name, name)] = _NO_MENU + "\n\n".join(parts) + "\n"
    return pages


def _link(variant: str, observable: str) -> str:
    place = next(place for place, names in _FORMULAS[variant].items() if re.match(names, observable))
    if not place or place.isidentifier():
        return place and f"[{place}](#{place})"
    heading = re.search(rf"^##+ ({re.escape(place)}\.? .*)$", _PHYSICS.read_text(encoding="utf-8"), re.MULTILINE)
    if heading is None:
        raise ValueError(f"docs/physics.md has no section {place}")
    return f"[section {place}](../physics.md#{slug_of(heading[1])})"


def _formulas(model: Model) -> list[str]:
    """What the functions of a model say of their formulas, module by module; nothing where the physics page does."""
    modules = [name for name in _FORMULAS[model.variant] if name.isidentifier()]
    if not modules:
        return []
    package = import_module(model.source.place.rpartition(".")[0])
    parts = ["## Formulas", f"```text\n{inspect.getdoc(package)}\n```"]
    for name in (*modules, "running"):
        module = import_module(f"{package.__name__}.{name}")
        found = [f for f in vars(module).values() if getattr(f, "__module__", "") == module.__name__ and not f.__name__.startswith("_")]
        texts = [inspect.getdoc(module), *(f"{function.__name__}\n\n{inspect.getdoc(function)}" for function in found)]
        parts += [f"### {name}", "```text\n" + "\n\n\n".join(map(str, texts)) + "\n```"]
    return parts


def _likelihood(name: str, model: Model) -> tuple[str, str]:
    found = load_likelihood_set(name, model_of(name, model))
    parts = [
        f"# {markdown_text(found.title)}",
        f"`--likelihood {found.name}`",
        markdown_text(found.description),
        measurement_table(found).markdown(title=False),
    ]
    return "\n\n".join(part for part in parts if part) + "\n", found.title


def _prior(name: str, model: Model) -> tuple[str, str]:
    found = load_prior_set(name, model)
    parts = [
        f"# {markdown_text(found.title)}",
        f"`--prior {found.name}`",
        markdown_text(found.description),
        prior_table(found, model).markdown(title=False),
    ]
    return "\n\n".join(part for part in parts if part) + "\n", found.title
