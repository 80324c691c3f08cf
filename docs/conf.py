"""The documentation site:  sphinx-build -W -c docs . build/site

The repository is the source folder: a document's links work in an editor and on the site.
"""

from __future__ import annotations

import json
from pathlib import Path

from neurogamut import __version__
from neurogamut.model import load
from neurogamut.server.app import question_app
from neurogamut.server.limits import DEFAULT

project = "neurogamut"
copyright = "neurogamut contributors; MIT licence"
release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinxcontrib.openapi",
]
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "docs/**",
    "notebooks/*.ipynb",
    "cpts/README.md",
    "priors/README.md",
    "examples/README.md",
    "validation/README.md",
]
exclude_patterns = ["build", ".venv", "**/.pytest_cache"]
html_theme = "furo"
html_title = "neurogamut"
html_copy_source = False

myst_heading_anchors = 3
nb_execution_mode = "off"
autodoc_member_order = "bysource"
default_role = "literal"
autodoc_typehints = "signature"
suppress_warnings = ["myst.strikethrough"]

# The HTTP reference is drawn from what the server says of itself.
OPENAPI = Path(__file__).parent / "reference" / "openapi.json"
OPENAPI.write_text(json.dumps(question_app(load(), DEFAULT).openapi(), indent=1), "utf-8")
