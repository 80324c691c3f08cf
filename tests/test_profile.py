"""What a disease looks like, against rates counted another way."""

from __future__ import annotations

import pytest

import neurogamut as ng


def test_rates_are_those_of_the_network(model: ng.Model):
    found = model.profile("Susac syndrome")
    assert (found.disease, found.within, found.ids[0]) == ("susac", "days", "ORPHA:838")
    prior = model.prior
    for feature in found.features:
        here = model.single.rates(feature.finding)
        states = model.network.variables[feature.finding].states
        column = states.index(feature.state)
        rates = dict(zip(prior, here[:, column], strict=True))
        others = {disease: rates[disease] for disease in prior if disease != "susac"}
        elsewhere = sum(prior[d] * rate for d, rate in others.items()) / (1 - prior["susac"])
        assert feature.rate == pytest.approx(rates["susac"])
        assert feature.elsewhere == pytest.approx(elsewhere)


def test_what_sets_it_apart_comes_first(model: ng.Model):
    names = [feature.finding for feature in model.profile("hypoparathyroidism").features]
    assert "hypocalcaemia" in names[:3]
    for disease in model.labels:
        features = model.profile(disease).features
        assert all(feature.state not in ("absent", "none") for feature in features)


def test_every_treatable_disease_names_its_source(model: ng.Model):
    for card in model.base.disease_cards:
        profile = model.profile(card.disease)
        assert profile.sources and profile.about
        assert (profile.within == "none") or profile.treatment
    assert {card.disease for card in model.base.disease_cards} == set(model.labels)


def test_it_draws_itself(model: ng.Model):
    text = str(model.profile("susac"))
    assert "Treatment: corticosteroids" in text and "To begin within: days" in text
    assert "<table" in model.profile("susac").to_html()


def test_an_unknown_disease_is_refused(model: ng.Model):
    with pytest.raises(ng.UsageError, match="nearest: susac"):
        model.profile("susax")
