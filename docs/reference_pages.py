"""Pages of the reference that follow from the code: commands, and what every model ships, with its sources."""

from __future__ import annotations

import inspect
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from typer.main import get_command

from lqbayes.cli.app import app
from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set, model_of
from lqbayes.model import ENTRY_POINTS, Model
from lqbayes.prior.file import load_prior_set
from lqbayes.report.tables import measurement_table, model_table, prior_table


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
    lines = [f"# The model {name}", f"`--model {name}`", "## Parameters", model_table(model, "parameters").markdown()]
    for variant in Model.variants(name):
        lines += [f"## Observables{f' of `--formulas {variant.variant}`' if len(Model.variants(name)) > 1 else ''}", variant.title]
        lines.append(model_table(variant, "observables").markdown())
    for kind, heading in (("likelihoods", "Measurement sets"), ("priors", "Priors")):
        lines.append(f"## {heading}")
        for entry in shipped_names(kind, name):  # type: ignore[arg-type]
            stem = f"{name}-{kind}-{entry}"
            pages[stem], title = _likelihood(entry, model) if kind == "likelihoods" else _prior(entry, model)
            lines.append(f"- [`{entry}`]({stem}.md): {title}")
    toctree = "\n".join(["```{toctree}", ":hidden:", "", *pages, "```"])
    return {f"model-{name}": "\n\n".join([*lines, toctree]) + "\n"} | pages


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
