"""A new sensitivity analysis is a module and a line where analyses are listed; all doors follow."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import neurogamut
from conftest import REPOSITORY
from neurogamut.sensitivity.analysis import ANALYSES

MODULE = '''"""How far behind the others are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import numpy as np

from ..render import charts
from ..render.sheet import Sheet
from .options import Option
from .sensitivity_answer import DRAWN, SHOWN, SensitivityAnswer
from .subject import Subject


@dataclass(frozen=True)
class Rival:
    """A disease, and log10 of the odds of the leading one against it."""

    disease: str
    bans: float


@dataclass(frozen=True, repr=False, kw_only=True)
class Rivals(SensitivityAnswer):
    """The nearest rivals of the leading disease."""

    nearest: tuple[Rival, ...]

    def records(self) -> list[dict[str, Any]]:
        """One row per rival."""
        return [asdict(rival) for rival in self.nearest]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"rivals": self.records(), "model": asdict(self.model)}

    def sheet(self, count: int = SHOWN) -> Sheet:
        """What is shown."""
        rows = [(self.labels[r.disease], f"{r.bans:.2f}") for r in self.nearest[:count]]
        return self._digest("How far behind the others are.", ("disease", "bans"), rows, ("bans",))

    def plot(self, count: int = DRAWN) -> Any:
        """A picture."""
        rows = [charts.estimate(self.labels[r.disease], r.bans, 0) for r in self.nearest[:count]]
        return charts.captioned(charts.bars(rows, "disease", "bans"), "Rivals", self.model)


def rivals(
    subject: Subject, most: Annotated[int, Option("How many rivals.", least=1)] = 3
) -> Rivals:
    """How far behind the others are."""
    now = subject.posterior
    order = np.argsort(-now)[1 : most + 1]
    bans = np.log10(now[subject.leading] / now[order])
    found = [Rival(subject.diseases[i], float(b)) for i, b in zip(order, bans, strict=True)]
    return Rivals(nearest=tuple(found), labels=subject.labels, model=subject.info)
'''

ASK = """
import json
import neurogamut as ng
from click.testing import CliRunner
from fastapi.testclient import TestClient
from neurogamut.cli.main import cli
from neurogamut.notebook.explorer import QUESTIONS
from neurogamut.server.app import create_app

model, case = ng.load(), {"corpus_callosum_lesions": "present"}
answer = model.sensitivity(case).rivals(most=2)
client = TestClient(create_app(model, names=["testserver"]))


def command(*options):
    words = ["sensitivity", "rivals", "--set", "corpus_callosum_lesions=present", *options]
    return CliRunner().invoke(cli, words).output


def refused():
    try:
        model.sensitivity(case).rivals(most=0)
    except ng.UsageError as error:
        return str(error)


print(json.dumps({
    "python": answer.to_dict(),
    "text": str(answer),
    "html": answer.to_html(),
    "command": json.loads(command("--most", "2", "--json")),
    "shown": command(),
    "help": CliRunner().invoke(cli, ["sensitivity", "--help"]).output,
    "http": client.post("/v1/sensitivity/rivals?most=2", json=case).json(),
    "listed": client.get("/v1/model").json()["sensitivity"],
    "cell": QUESTIONS["sensitivity/rivals"](model, "pertinent", case).to_dict(),
    "refused": refused(),
    "mistaken": client.post("/v1/sensitivity/rivals?most=0", json=case).status_code,
}))
"""


def python(source: Path, code: str) -> str:
    """What a fresh process prints that finds the package in `source`."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(source), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def house(folder: Path) -> Path:
    """A copy of the package beside the tables."""
    source = folder / "src"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(neurogamut.__file__).parent, source / "neurogamut", ignore=ignored)
    for tables in ("priors", "cpts"):
        (folder / tables).symlink_to(REPOSITORY / tables)
    return source


@pytest.mark.slow
def test_a_module_and_a_line_are_all_that_an_analysis_takes(tmp_path):
    source = house(tmp_path)
    room = source / "neurogamut" / "sensitivity"
    (room / "rivals.py").write_text(MODULE)
    listed = (room / "analysis.py").read_text()
    line = "    evppi = Analysis(evppi)\n"
    assert line in listed
    listed = listed.replace(line, f"{line}    rivals = Analysis(rivals)\n")
    listed = listed.replace("from .sobol", "from .rivals import rivals\nfrom .sobol")
    (room / "analysis.py").write_text(listed)

    found = json.loads(python(source, ASK))
    assert len(found["python"]["rivals"]) == 2
    assert found["command"] == found["http"] == found["python"]
    assert len(found["cell"]["rivals"]) == 3
    assert "How far behind" in found["text"] and "How far behind" in found["shown"]
    assert "<table" in found["html"]
    assert "rivals" in found["help"]
    assert found["listed"] == [*ANALYSES, "rivals"]
    assert found["refused"] == "most=0: expected at least 1"
    assert found["mistaken"] == 422


DRAW = """
import json
import neurogamut as ng

model, case = ng.load(), {"age": 27, "corpus_callosum_lesions": "present", "headache": "present"}
asked = model.sensitivity(case)
few = {"uncertainty": {"draws": 20}, "sobol": {"samples": 4}, "evppi": {"draws": 20}}
answers = {
    "posterior": lambda: model.posterior(case),
    "coexisting": lambda: model.posterior(case, "coexisting"),
    "explain": lambda: model.explain(case),
    "next_tests": lambda: model.next_tests(case),
    "plan": lambda: model.plan(case, 5),
    "distance": lambda: model.distance(model.in_setting("tb_endemic"), case),
    "cell": lambda: model.show("seizures", "susac")[0],
    **{name: lambda name=name: getattr(asked, name)(**few.get(name, {})) for name in NAMES},
}
drawn = {}
for name, ask in answers.items():
    answer = ask()
    drawn[name] = [str(answer), answer.to_html(), answer.to_markdown()]
print(json.dumps([str(model.info), drawn]))
"""


@pytest.mark.slow
def test_every_answer_draws_itself_where_nothing_but_the_package_was_imported():
    source = Path(neurogamut.__file__).parents[1]
    info, drawn = json.loads(python(source, DRAW.replace("NAMES", repr(list(ANALYSES)))))
    assert len(drawn) == 7 + len(ANALYSES)
    version = info.split(",")[0]
    for name, (text, html, markdown) in drawn.items():
        for medium in (text, html, markdown):
            assert version in " ".join(medium.split()), name
        assert html.startswith("<"), name
        assert "**" in markdown or "|" in markdown or "#" in markdown, name
