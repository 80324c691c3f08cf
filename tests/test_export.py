"""The exported network gives the same posteriors elsewhere and says whence its numbers come."""

import numpy as np
import pyagrum
import pytest
from pgmpy.inference import VariableElimination

import neurogamut as ng

pytestmark = pytest.mark.slow

CASES = [
    {},
    {"corpus_callosum_lesions": "present", "hearing_loss": "present", "sex": "female"},
    {"miliary_enhancement": "present", "pvs_pattern": "absent", "fever": "present"},
    {"basal_ganglia_calcification": "present", "lesion_location": "both", "age": "from_50_to_54"},
]


@pytest.fixture(
    scope="module", params=[("net.xml", 1e-9), ("net.bif", 1e-6)], ids=["XMLBIF", "BIF"]
)
def exported(request, model, tmp_path_factory):
    name, tolerance = request.param
    path = tmp_path_factory.mktemp("export") / name
    model.export(path)
    return path, tolerance


def expected(model, case):
    table = model.engine.query("diagnosis", case).table
    return dict(zip(model.blueprint.structure.states["diagnosis"], table, strict=True))


def test_pyagrum_reads_it_and_agrees(model, exported):
    path, tolerance = exported
    if path.suffix == ".xml":
        path = path.rename(path.with_suffix(".bifxml"))  # the suffix pyAgrum knows
    network = pyagrum.loadBN(str(path))
    labels = network.variable("diagnosis").labels()
    for case in CASES:
        engine = pyagrum.LazyPropagation(network)
        engine.setEvidence(case)
        engine.makeInference()
        found = dict(zip(labels, engine.posterior("diagnosis").toarray(), strict=True))
        assert found == pytest.approx(expected(model, case), abs=tolerance)
    if path.suffix == ".bifxml":
        path.rename(path.with_suffix(".xml"))


def test_pgmpy_reads_it_and_agrees(model, exported):
    path, tolerance = exported
    network = ng.Network.read(path).to_pgmpy()
    assert network.get_roots() == ["diagnosis"]
    elimination = VariableElimination(network)
    for case in CASES:
        found = elimination.query(["diagnosis"], evidence=case, show_progress=False)
        posterior = dict(zip(found.state_names["diagnosis"], found.values, strict=True))
        assert posterior == pytest.approx(expected(model, case), abs=tolerance)


def test_it_carries_the_published_figures(model, exported):
    text = exported[0].read_text(encoding="utf-8")
    assert model.info.hash[:12] in text
    figure = "present 27/27 -> Beta(27.5, 0.5); bot_2020; section Susac's syndrome"
    assert any(
        "corpus_callosum_lesions | susac" in line and figure in line for line in text.splitlines()
    )


def test_it_gives_the_same_network(model, exported):
    found = ng.Network.read(exported[0])
    for name, cpt in model.network.cpts.items():
        assert found.cpts[name].parents == cpt.parents
        assert np.allclose(found.cpts[name].table, cpt.table, atol=exported[1])
