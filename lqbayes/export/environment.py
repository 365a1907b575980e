"""The packages that a run stands on, with their versions as they are installed."""

import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution, entry_points

from lqbayes.model import ENTRY_POINTS, Model
from lqbayes.storage.configuration import installed_version, version_differences
from lqbayes.version import __version__

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LINE = re.compile(r"([a-z0-9-]+)==(\S+)")


def installed_requirements(model: Model) -> str:
    """Write, as pip reads them, lqbayes, the package of the model, and all that these need and that is installed."""
    providers = [point.dist.name for point in entry_points(group=ENTRY_POINTS, name=model.name) if point.dist]
    found, pending = {"lqbayes": __version__}, ["lqbayes", *(providers if model.source.file is None else [])]
    needed: set[str] = set()
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in needed:
            continue
        needed.add(name)
        try:
            package = distribution(name)
        except PackageNotFoundError:  # what only another system needs, or lqbayes that was not installed
            continue
        found.setdefault(name, package.version)
        pending += [_NAME.findall(line)[0] for line in package.requires or () if "extra ==" not in line]
    own = f"# Python {platform.python_version()}, {sys.platform} on {platform.machine()}\n"
    return own + "".join(f"{name}=={found[name]}\n" for name in sorted(found))


def other_versions(requirements: str) -> str:
    """Say which packages have other versions here; nothing where none has."""
    then = dict(_LINE.findall(requirements))
    now = {name: __version__ if name == "lqbayes" else installed_version(name, "not installed") for name in then}
    return version_differences(then, now, "there", "here")
