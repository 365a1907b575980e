"""run.toml: everything that decides a run's result, in one file that a person can read."""

from __future__ import annotations

import difflib
import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import tomli_w
from pydantic import Field, ValidationError

from lqbayes.compilation import source_hash
from lqbayes.input.entry import Entry
from lqbayes.input.errors import ArgumentError, InputError, RunError
from lqbayes.input.extends import RUN_BOUNDS, RUN_FILE
from lqbayes.input.printable import printable
from lqbayes.input.problems import Problem, did_you_mean, dotted_key, problems_from_validation, shown
from lqbayes.input.shipped import MAXIMUM_BYTES, read_bytes, too_large
from lqbayes.input.toml_document import parse_toml
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import LikelihoodSet
from lqbayes.model import Model
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.prior.file import parse_prior_set
from lqbayes.prior.parameter_prior import PriorSet
from lqbayes.prior.prior import Prior
from lqbayes.sampling.annealing import sweeps_by_rung
from lqbayes.sampling.population import Rung
from lqbayes.sampling.settings import ConvergenceTargets, SamplingSettings, SettingProblem
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.population_file import SCHEMA, Origin
from lqbayes.version import __version__

FILE_NAME = RUN_FILE
_PACKAGES = ("emcee", "numpy", "scipy", "numba", "h5py")
_READERS = {2: "0.1.0"}  # of the schemas of before, the last version that reads them
_MOST_DIFFERENCES = 60
SettingsT = TypeVar("SettingsT", SamplingSettings, ConvergenceTargets)


class Source(Entry):
    """The run with whose draws a run began, annealed to another likelihood."""

    path: str  # of its directory, from that of the run
    identity: str
    populations: int = Field(ge=1)  # that every ensemble of it had then; those beyond begin with the first ones again
    draws: int = Field(ge=1)  # in each of them, from which the walkers of a population are chosen


class Published(Entry):
    """What a published copy of a run is a copy of."""

    name: str  # of the run
    one_walker_in: int = Field(default=1, ge=1)  # is there


class _RunFile(Entry):
    schema_version: int = Field(alias="schema")
    created: str
    model: dict[str, str]
    identity: str
    sections: dict[str, str]
    sampling: dict[str, Any]
    targets: dict[str, Any]
    versions: dict[str, str]
    prior: dict[str, Any]
    likelihood: dict[str, Any]
    source: Source | None = None
    published: Published | None = None


@dataclass(frozen=True, slots=True)
class RunConfiguration:
    """What a run was asked to do."""

    prior: PriorSet
    likelihood: LikelihoodSet
    model: Model
    sampling: SamplingSettings
    targets: ConvergenceTargets  # they decide how long, not what is sampled
    created: str  # ISO 8601 with the time zone
    versions: Mapping[str, str]  # of what decides the numbers, with a hash of lqbayes's sources
    source: Source | None = None  # None where it began with draws of the prior
    published: Published | None = None  # only of a copy that `lqbayes publish` made

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return self.sampling.seed

    @property
    def ensembles(self) -> int:
        """Number of independent ensembles."""
        return self.sampling.ensembles

    @property
    def walkers(self) -> int:
        """Walkers of each population that are stored."""
        return len(range(0, self.sampling.walkers, self.published.one_walker_in if self.published else 1))

    @property
    def sweeps(self) -> Callable[[Rung], int]:
        """Sweeps on each rung of the annealing."""
        return sweeps_by_rung(self.sampling.sweeps_per_rung, from_posterior=self.source is not None)

    @property
    def identity(self) -> str:
        """Hash of all that decides the posterior and the random numbers: prior, likelihood, model, sampling, source, schema."""
        return _hash({"schema": SCHEMA, **self._decisive})

    @property
    def section_hashes(self) -> dict[str, str]:
        """Hash of each part of `identity`, by which a message can name the one that was edited."""
        return {name: _hash(content)[:16] for name, content in self._decisive.items()}

    @property
    def model_entry(self) -> dict[str, str]:
        """What decides which model it is."""
        if self.model.source.file is not None:
            return {"sha256": self.model.source.sha256}
        return {"name": self.model.name, "variant": self.model.variant}

    @property
    def _decisive(self) -> dict[str, Any]:
        # Where the source lies does not count.
        source = {} if self.source is None else {"source": self.source.model_dump(exclude={"path"})}
        return {
            "prior": self.prior.to_dict(),
            "likelihood": self.likelihood.to_dict(),
            "model": self.model_entry,
            "sampling": asdict(self.sampling),
            **source,
        }

    def posterior(self) -> Posterior:
        """Build the posterior that the run samples."""
        return Posterior(Prior(self.prior, self.model), Likelihood(self.likelihood, self.model))

    def origin(self, posterior: Posterior, ensemble: int, population: int) -> Origin:
        """What a population's file says that it belongs to, and its sizes."""
        identity = f"{self.identity}/{ensemble + 1}/{population + 1}"
        return Origin(identity, self.walkers, posterior.dimension, Evaluation.width(len(posterior.term_names)))

    @property
    def _text(self) -> str:
        own = {"schema": SCHEMA, "created": self.created, "identity": self.identity, "sections": self.section_hashes}
        content: dict[str, Any] = own | {"targets": asdict(self.targets), "versions": dict(self.versions)} | self._decisive
        if self.source is not None:
            content["source"] = self.source.model_dump()
        if self.published:
            content["published"] = self.published.model_dump()
        if self.model.source.file is not None:  # to be read by people, never to be run
            text = printable(self.model.source.text, keep="\n\t")
            content["model"] |= {"name": self.model.name, "file": self.model.source.place, "text": text}
        return tomli_w.dumps(content, multiline_strings=True)

    def write(self, folder: Path) -> None:
        """Write run.toml."""
        write_text_atomically(folder / FILE_NAME, self._text)

    def refuse_unreadable(self) -> None:
        """Refuse what `read` would refuse, such as a table of too many entries, before anything is written."""
        raw, name = self._text.encode(), f"{FILE_NAME}, as it would be written"
        if len(raw) > MAXIMUM_BYTES:
            raise InputError([too_large(name, MAXIMUM_BYTES)])
        self._parse(raw, Path(name), self.model)

    @classmethod
    def read(cls, folder: Path, *models: Model) -> RunConfiguration:
        """Read run.toml; a run of a user's model file needs that model among those that the user names."""
        path = folder / FILE_NAME
        if not path.is_file():
            raise RunError(f"{folder}: there is no {FILE_NAME} here, so this is not a run directory; `lqbayes sample` makes one")
        return cls._parse(read_bytes(path), path, *models)

    @classmethod
    def _parse(cls, raw: bytes, path: Path, *models: Model) -> RunConfiguration:
        data = parse_toml(raw, str(path), RUN_BOUNDS)
        schema = data.get("schema")
        if schema != SCHEMA or not isinstance(schema, int):
            reader = _READERS.get(schema) if isinstance(schema, int) else None
            of_before = f"schema {schema} is read by lqbayes {reader}" if reader else "use the version that made the run"
            raise RunError(f"{path}: schema {shown(schema)}, but lqbayes {__version__} reads schema {SCHEMA}; {of_before}")
        try:
            file = _RunFile.model_validate(data)
        except ValidationError as error:
            raise InputError(problems_from_validation(error, file=str(path), data=data)) from None
        model = _model_of(path.parent, file.model, models)
        prior, likelihood = parse_prior_set(file.prior, path, model), parse_likelihood_set(file.likelihood, path, model)
        problems: list[Problem] = []
        sampling = _settings(SamplingSettings, file.sampling, path, "sampling", problems)
        targets = _settings(ConvergenceTargets, file.targets, path, "targets", problems)
        if not problems:
            problems += _located(sampling.problems(Prior(prior, model).dimension), path, "sampling")
            problems += _located(targets.problems(), path, "targets")
        if problems:
            raise InputError(problems)
        configuration = cls(prior, likelihood, model, sampling, targets, file.created, file.versions, file.source, file.published)
        if configuration.identity != file.identity:
            now = configuration.section_hashes
            edited = [f"[{name}]" for name in now if file.sections.get(name) != now[name]]
            where = f" (what changed: {', '.join(edited)})" if edited else ""
            raise RunError(
                f"{path}: its contents do not match its identity, so it was edited after the run began{where}; "
                "restore it, or start a new run"
            )
        return configuration


def _model_of(folder: Path, entry: Mapping[str, str], models: tuple[Model, ...]) -> Model:
    """Find the model of a run: by its name, or, of a file, among those that the user has named, since nothing in run.toml is ever run."""
    sha256 = entry.get("sha256", "")
    if sha256:
        found = next((model for model in models if model.source.sha256 == sha256), None)
        if found is not None:
            return found
        file, given = entry.get("file", "a file"), next((model for model in models if model.source.file is not None), None)
        if given is None:
            raise ArgumentError(
                f"{folder}: the run was made with a model of the user's, {file}: name that file with --model (its text is in {FILE_NAME})"
            )
        raise ArgumentError(f"{folder}: the run was made with another model than {given.source.place}:\n{_difference(entry, given)}")
    model = Model.installed(entry.get("name", ""), entry.get("variant", ""))
    if models and not any(given.name == model.name and given.source.file is None for given in models):
        raise ArgumentError(f"{folder}: the run was made with the model {model.name}, not with {models[0].name}; leave --model out")
    return model


def _difference(entry: Mapping[str, str], given: Model) -> str:
    then, now = (text.splitlines() for text in (entry.get("text", ""), printable(given.source.text, keep="\n\t")))
    lines = list(difflib.unified_diff(then, now, f"{entry.get('file', '')} as the run has it", given.source.place, lineterm="", n=1))
    more = [f"... {len(lines) - _MOST_DIFFERENCES} more lines"] if len(lines) > _MOST_DIFFERENCES else []
    return "\n".join([*lines[:_MOST_DIFFERENCES], *more]) or "they differ in ends of lines alone"


def _settings(cls: type[SettingsT], values: dict[str, Any], path: Path, section: str, problems: list[Problem]) -> SettingsT:
    """Make settings of a table that has to hold every one of them, and nothing else."""
    names = [field.name for field in fields(cls)]
    problems += _located([(name, "a required key is missing", f"add {name} = ...") for name in names if name not in values], path, section)
    problems += _located([(key, "unknown key", did_you_mean(key, names)) for key in values if key not in names], path, section)
    return cls(**{name: value for name, value in values.items() if name in names})


def _located(found: Iterable[SettingProblem], path: Path, section: str) -> list[Problem]:
    return [Problem(str(path), dotted_key(section, name), message, remedy) for name, message, remedy in found]


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def current_versions() -> dict[str, str]:
    """Versions of what decides the numbers."""
    own = {"python": platform.python_version(), "lqbayes": __version__, "sources": source_hash()}
    return own | {name: installed_version(name, "unknown") for name in _PACKAGES}


def installed_version(name: str, otherwise: str) -> str:
    """Version of a package; another word where it is not there, or installed without metadata."""
    try:
        return version(name)
    except PackageNotFoundError:
        return otherwise


def version_differences(then: Mapping[str, str], now: Mapping[str, str], where_then: str, where_now: str) -> str:
    """Say which versions differ; nothing where none does."""
    return "; ".join(
        f"{name} {then.get(name, 'unknown')} {where_then}, {now.get(name, 'unknown')} {where_now}"
        for name in sorted({*now, *then})
        if then.get(name) != now.get(name)
    )
