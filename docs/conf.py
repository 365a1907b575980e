"""Sphinx builds the documentation from here: ``make docs``. Nothing is fetched while it builds, and warnings are errors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import broken_links  # noqa: E402
import one_file  # noqa: E402
import reference_pages  # noqa: E402

from lqbayes.version import __version__  # noqa: E402

project = "lqbayes"
copyright = "the lqbayes developers"
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon", "sphinx-mathjax-offline"]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}  # the first is that of autosummary
exclude_patterns = ["_build"]
templates_path = ["_templates"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"lqbayes {version}"
html_theme_options = {"navigation_with_keys": True}

myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "fieldlist"]
myst_heading_anchors = 4

# Executed pages run in this process's environment, with tiny runs.
nb_execution_mode = "cache"
nb_execution_timeout = 600
nb_execution_raise_on_error = True

autosummary_generate = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False


def setup(app: Any) -> None:
    """Write pages that follow from the code before anything is read, and at the end everything as one file; then follow all links."""
    app.connect("builder-inited", lambda app: reference_pages.write(Path(app.srcdir) / "reference"))
    app.connect("build-finished", one_file.write)
    app.connect("build-finished", broken_links.warn)
