"""Run the notebooks and keep what they show: `python scripts/refresh_notebooks.py`.

The scripts are what one edits. Each is paired with a notebook that holds the outputs too, without
what would change from run to run, and with the posterior in the place of a live explorer, which
needs a kernel.
"""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
LIVE = "application/vnd.jupyter.widget-view+json"


def main() -> None:
    for script in sorted(NOTEBOOKS.glob("*.py")):
        print(script.name)
        notebook = jupytext.read(script)
        client = NotebookClient(notebook, record_timing=False, store_widget_state=False)
        client.execute(cwd=NOTEBOOKS)
        without_live_parts(notebook)
        nbformat.write(notebook, script.with_suffix(".ipynb"))


def without_live_parts(notebook: nbformat.NotebookNode) -> None:
    """Leave of each output what a reader without a kernel can see."""
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(LIVE, None)


if __name__ == "__main__":
    main()
