"""examples/hpo_gamut.py: tables from a file of the form of phenotype.hpoa. The annotations are
drawn at random, as the published file is not here."""

from __future__ import annotations

import csv
import importlib.util
import json
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.errors import UsageError

SCRIPT = Path(__file__).parents[1] / "examples" / "hpo_gamut.py"
COLUMNS = (
    "database_id",
    "disease_name",
    "qualifier",
    "hpo_id",
    "reference",
    "evidence",
    "onset",
    "frequency",
    "sex",
    "modifier",
    "aspect",
    "biocuration",
)
FREQUENCIES = ("7/12", "25%", "HP:0040281", "HP:0040283", "")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hpo_gamut", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def annotated(path: Path, diseases: int, terms: int) -> Path:
    """A synthetic phenotype.hpoa: some forty terms a disease, common ones more often."""
    rng = np.random.default_rng(0)
    weights = 1 / np.arange(1, terms + 1) ** 0.6
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("#description: synthetic\n#version: 2025-01-16\n")
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", restval="")
        writer.writeheader()
        for disease in range(diseases):
            size = int(rng.integers(20, 50))
            chosen = rng.choice(terms, size=size, replace=False, p=weights / weights.sum())
            for place, term in enumerate(chosen):
                row = {"database_id": f"OMIM:{disease}", "disease_name": f"Disease {disease}"}
                row |= {"hpo_id": f"HP:{term:07d}", "aspect": "P"}
                row |= {"reference": f"PMID:{disease}" if place % 2 else f"OMIM:{disease}"}
                writer.writerow(row | {"frequency": FREQUENCIES[place % len(FREQUENCIES)]})
            row |= {"hpo_id": f"HP:{terms:07d}"}
            writer.writerow(row | {"qualifier": "NOT"})
            writer.writerow(row | {"aspect": "I"})
    return path


@pytest.fixture(scope="module")
def root(script, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hpo")
    script.build(annotated(folder / "phenotype.hpoa", 30, 100), folder / "tables", 20, 60)
    return folder / "tables"


def test_an_annotation_becomes_a_count_a_percentage_or_a_band(script):
    found = [script.figure(said) for said in FREQUENCIES]
    assert [f.get("percent", "") for f in found] == ["", "25", "90", "17", "40"]
    assert (found[0]["k"], found[0]["n"]) == ("7", "12")
    assert [f["basis"] for f in found] == ["reported"] * 2 + ["indirect"] * 3


def test_the_tables_are_sound_and_answer(root):
    result = CliRunner().invoke(cli, ["check", "--knowledge", str(root)])
    assert result.exit_code == 0, result.output
    model = ng.load(root=root)
    assert len(model.labels) == 21 and len(model.base.findings) == 60
    assert not any(f.hpo_id == "HP:0000100" for f in model.base.findings), "excluded, or onset"
    own = [s.finding for s in model.base.statements if s.disease == "omim_3"]
    told = dict.fromkeys(own[:4], "present")
    assert model.posterior(told).leading == "omim_3"


def test_a_phenopacket_is_read_by_the_ids_of_the_findings(root, tmp_path):
    model = ng.load(root=root)
    terms = [f.hpo_id for f in model.base.findings][:3]
    packet = tmp_path / "packet.json"
    features = [{"type": {"id": term, "label": ""}} for term in terms]
    document = {"id": "x", "subject": {"sex": "MALE"}, "phenotypicFeatures": features}
    packet.write_text(json.dumps(document), encoding="utf-8")
    told = model.posterior(packet)
    assert len(told.evidence) == 3


def test_both_rankings_are_compared(script, root, capsys):
    script.compare(root, 20)
    shown = capsys.readouterr().out
    assert "20 simulated patients, 20 diseases, 60 findings" in shown
    assert "neurogamut" in shown and "likelihood ratios" in shown


def test_real_patients_are_ranked_with_and_without_their_paper(script, root, tmp_path, capsys):
    model = ng.load(root=root)
    own = [s for s in model.base.statements if s.disease == "omim_3"]
    ids = {finding.key: finding.hpo_id for finding in model.base.findings}
    paper = [ids[s.finding] for s in own if s.source == "pmid_3"]
    features = [{"type": {"id": term}} for term in paper[:6]]
    features += [{"type": {"id": paper[0]}, "excluded": True}, {"type": {"id": "HP:9999999"}}]
    for number, disease in enumerate(("OMIM:3", "OMIM:3", "OMIM:999")):
        packet = {
            "phenotypicFeatures": features,
            "diseases": [{"term": {"id": disease}}, {"term": {"id": "OMIM:4"}, "excluded": True}],
            "metaData": {"externalReferences": [{"id": "PMID:3"}]},
        }
        (tmp_path / f"{number}.json").write_text(json.dumps(packet), encoding="utf-8")
    read = script.patient(tmp_path / "0.json")
    assert (read.disease, read.papers) == ("omim_3", {"pmid_3"})
    assert set(read.terms.values()) == {"present"}, "present in the end"
    script.pose(root, tmp_path, 5)
    shown = capsys.readouterr().out
    assert "2 patients, 2 of them with a paper that the annotations rest on" in shown
    whole, fewer = shown.partition("own paper left out, present\n")[::2]
    assert "pertinent          first 100%" in whole
    assert "pertinent          first 0%" in fewer


@pytest.mark.slow
def test_three_hundred_diseases_and_a_thousand_findings_answer_in_milliseconds(script, tmp_path):
    script.build(annotated(tmp_path / "phenotype.hpoa", 350, 1100), tmp_path / "tables", 300, 1000)
    model = ng.load(root=tmp_path / "tables")
    keys = [finding.key for finding in model.base.findings]
    seconds = []
    for first in range(0, 100, 5):
        case = dict.fromkeys(keys[first : first + 5], "present")
        started = time.perf_counter()
        assert sum(model.posterior(case).probabilities.values()) == pytest.approx(1)
        seconds.append(time.perf_counter() - started)
    assert np.median(seconds[1:]) < 0.1
    with pytest.raises(UsageError, match="findings told, at most"):
        model.posterior(dict.fromkeys(keys, "absent"))
    assert model.posterior(dict.fromkeys(keys, "absent"), reporting="systematic").leading
