"""The network as a graph and as pictures."""

from __future__ import annotations

import math
from html import unescape

import networkx
import numpy as np
import pytest

import neurogamut as ng
from neurogamut import graph
from neurogamut.render import charts


def log_odds(probability: float) -> float:
    return math.log10(probability / (1 - probability))


def svg(chart, path) -> str:
    charts.save(chart, path)
    return unescape(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def links(model) -> list[graph.GraphLink]:
    rates = {finding.key: model.single.rates(finding.key) for finding in model.base.findings}
    return graph.links(model.graph(), rates, model.prior)


def test_the_graph_is_the_network_with_names(model):
    found = model.graph()
    assert networkx.is_directed_acyclic_graph(found)
    assert set(found) == set(model.network.variables)
    assert found.nodes["hearing_loss"]["label"] == "Hearing loss or tinnitus"
    assert found.nodes["hearing_loss"]["group"] == "clinical"


def test_edges_between_findings_carry_their_odds_ratio(model):
    found = model.graph()
    for edge in model.base.dependencies:
        assert found.edges[edge.parent, edge.child]["odds_ratio"] == edge.odds_ratio


@pytest.mark.parametrize("finding", ["hearing_loss", "retinal_artery_occlusion", "sex"])
def test_a_weight_is_the_change_of_the_log_odds(model, links, finding):
    for link in (link for link in links if link.finding == finding):
        said = {finding: link.state}
        after = model.posterior(said, reporting="systematic")[link.disease]
        change = log_odds(after) - log_odds(model.prior[link.disease])
        assert link.bans == pytest.approx(change, abs=1e-9)


def test_of_a_finding_that_is_never_simply_present_the_heaviest_state_is_meant(model, links):
    for link in (link for link in links if link.finding == "immune_status"):
        changes = {
            state: log_odds(
                model.posterior({"immune_status": state}, reporting="systematic")[link.disease]
            )
            for state in ("competent", "compromised")
        }
        assert link.state == max(changes, key=changes.__getitem__)


@pytest.mark.slow
def test_the_whole_network_names_everything_once(model, tmp_path):
    drawn = svg(model.draw(), tmp_path / "network.svg")
    for named in (*model.base.diseases, *model.base.findings):
        assert f">{named.label}</text>" in drawn
    for part in (model.info.hash[:12], model.info.setting, model.info.version, "bans"):
        assert part in drawn


@pytest.mark.slow
def test_no_two_labels_of_the_whole_network_touch(model, links):
    drawing = graph.Drawing(model.graph(), model.base, links, model.info)
    spec = drawing.around(None).to_dict()
    rows = [row for layer in spec["layer"] for row in layer["data"]["values"]]
    labels = [row for row in rows if "label" in row]
    for x in (graph.LEFT, graph.MIDDLE, graph.RIGHT):
        places = sorted({row["y"] for row in labels if row["x"] == x})
        assert len(places) > 20
        assert np.diff(places).min() >= 1


def test_around_a_disease_stand_the_findings_that_speak_for_it(model, tmp_path):
    drawn = svg(model.draw(around="susac"), tmp_path / "susac.svg")
    for label in (
        "Susac syndrome",
        "Branch retinal artery occlusion (+",
        "Corpus callosum lesions (+",
    ):
        assert f">{label}" in drawn


def test_around_a_finding_stand_the_diseases(model, tmp_path):
    drawn = svg(model.draw(around="hearing_loss"), tmp_path / "hearing_loss.svg")
    assert ">Susac syndrome (+" in drawn
    assert ">CNS tuberculosis (-" in drawn


def test_an_unknown_key_gets_the_nearest(model):
    with pytest.raises(ng.UsageError, match=r"around='susak'.*susac"):
        model.draw(around="susak")
