"""Pages of the reference that follow from the code: commands, and what every model ships, with its sources."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from typer.main import get_command

from lqbayes.cli.app import app
from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set, model_of
from lqbayes.model import ENTRY_POINTS, Model
from lqbayes.prior.file import load_prior_set
from lqbayes.report.table import Column, Table
from lqbayes.report.tables import measurement_table, model_table, prior_table

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
        lines += [f"## Observables{f' of `--formulas {variant.variant}`' if len(Model.variants(name)) > 1 else ''}", variant.title]
        lines.append(_observables(variant))
    for kind, heading in (("likelihoods", "Measurement sets"), ("priors", "Priors")):
        lines.append(f"## {heading}")
        for entry in shipped_names(kind, name):  # type: ignore[arg-type]
            stem = f"{name}-{kind}-{entry}"
            pages[stem], title = _likelihood(entry, model) if kind == "likelihoods" else _prior(entry, model)
            lines.append(f"- [`{entry}`]({stem}.md): {title}")
    lines += _formulas(model)
    toctree = "\n".join(["```{toctree}", ":hidden:", "", *pages, "```"])
    return {f"model-{name}": "\n\n".join([*lines, toctree]) + "\n"} | pages


def _observables(model: Model) -> str:
    """The observables with links to their formulas."""
    columns = (Column("observable", kind="name"), Column("unit"), Column("meaning"), Column("formula"))
    rows = [(o.name, o.unit, o.description, _link(model.variant, o.name)) for o in model.observables]
    return Table.of_texts("", columns, rows).markdown(title=False)


def _link(variant: str, observable: str) -> str:
    place = next(place for place, names in _FORMULAS[variant].items() if re.match(names, observable))
    if not place or place.isidentifier():
        return place and f"[{place}](#{place})"
    heading = re.search(rf"^##+ ({re.escape(place)}\.? .*)$", _PHYSICS.read_text(encoding="utf-8"), re.MULTILINE)
    if heading is None:
        raise ValueError(f"docs/physics.md has no section {place}")
    anchor = re.sub(r"[^\w -]", "", heading[1].lower()).replace(" ", "-")
    return f"[section {place}](../physics.md#{anchor})"


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
        f"# {found.title}",
        f"`--likelihood {found.name}`",
        " ".join(found.description.split()),
        measurement_table(found).markdown(title=False),
    ]
    return "\n\n".join(part for part in parts if part) + "\n", found.title


def _prior(name: str, model: Model) -> tuple[str, str]:
    found = load_prior_set(name, model)
    parts = [
        f"# {found.title}",
        f"`--prior {found.name}`",
        " ".join(found.description.split()),
        prior_table(found, model).markdown(title=False),
    ]
    return "\n\n".join(part for part in parts if part) + "\n", found.title
