"""The description of a published run: RO-Crate 1.1 (https://w3id.org/ro/crate/1.1), linked data as JSON beside the files."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from lqbayes.results.summary import Summary
from lqbayes.version import __version__

METADATA = "ro-crate-metadata.json"
NO_LICENCE = "No licence was chosen: ask the authors before you use this."
_FORMATS = {
    ".csv": "text/csv",
    ".h5": "application/x-hdf5",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".py": "text/x-python",
    ".tex": "application/x-tex",
    ".toml": "application/toml",
}


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who made a published run, and what others may do with it."""

    authors: Sequence[str] = ()
    licence: str = NO_LICENCE  # A URL, or a sentence


def crate_metadata(summary: Summary, files: Iterable[str], ownership: Ownership) -> str:
    """Describe the files of a published run; their paths are those in its folder, with slashes."""
    asked, ids = summary.configuration, {name: quote(name) for name in sorted(files)}
    inputs = [name for name in ids if "/" not in name and name.endswith((".py", ".toml"))]
    people = [{"@id": f"#author-{k}", "@type": "Person", "name": name} for k, name in enumerate(ownership.authors, start=1)]
    is_url = ownership.licence.startswith(("https://", "http://"))
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Posterior of the run {summary.name}",
        "description": (
            f"Model {asked.model.full_name}; measurements {asked.likelihood.name}: {asked.likelihood.title}; "
            f"prior {asked.prior.name}: {asked.prior.title}. ln Z = {summary.evidence_text}. {summary.state}"
        ),
        "creativeWorkStatus": "converged" if summary.converged else "not converged",
        "datePublished": datetime.now(UTC).isoformat(timespec="seconds"),
        "license": {"@id": ownership.licence} if is_url else ownership.licence,
        "hasPart": _references(ids.values()),
        "mentions": {"@id": "#sampling"},
    }
    sampling = {
        "@id": "#sampling",
        "@type": "CreateAction",
        "name": "sampling of the posterior",
        "startTime": asked.created,
        "instrument": {"@id": "#lqbayes"},
        "object": _references(ids[name] for name in inputs),
        "result": _references(ids[name] for name in ids if name not in inputs),
    }
    graph = [
        {"@id": METADATA, "@type": "CreativeWork", "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}, "about": {"@id": "./"}},
        root | ({"author": _references(person["@id"] for person in people)} if people else {}),
        *(
            {"@id": identifier, "@type": "File", "name": name, "encodingFormat": _FORMATS.get(PurePosixPath(name).suffix, "text/plain")}
            for name, identifier in ids.items()
        ),
        sampling,
        {"@id": "#lqbayes", "@type": "SoftwareApplication", "name": "lqbayes", "version": asked.versions.get("lqbayes", __version__)},
        *people,
        *([{"@id": ownership.licence, "@type": "CreativeWork", "name": ownership.licence}] if is_url else []),
    ]
    return json.dumps({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}, indent=1, ensure_ascii=False) + "\n"


def _references(identifiers: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": identifier} for identifier in identifiers]
