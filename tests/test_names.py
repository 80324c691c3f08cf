"""Diseases and findings by key, label or id, at every door; what stands for several is refused."""

import pandas as pd
import pytest
from click.testing import CliRunner

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.knowledge.names import Names, folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hearing loss or tinnitus", "hearing-loss_OR  tinnitus"),
        ("haemorrhage", "Hemorrhage"),
        ("tumour", "tumor"),
        ("Behçet", "behcet"),
        ("Orphanet:838", "orpha_838"),
    ],
)
def test_one_spelling(one, other):
    assert folded(one) == folded(other)


def test_a_name_of_two_stands_for_none_and_a_hint_only_leads_there():
    names = Names([("a", "a"), ("both", "a"), ("both", "b")], [("wider", "a"), ("wider", "b")])
    assert names.find("A") == "a"
    assert names.find("both") is None and names.nearest("both") == "; nearest: a, b"
    assert names.find("wider") is None and names.nearest("Wider") == "; nearest: a, b"
    assert names.nearest("qqqq") == ""


@pytest.mark.parametrize(
    "name",
    ["susac", "Susac syndrome", "SUSAC SYNDROME", "ORPHA:838", "orphanet:838", "mondo:0019390"],
)
@pytest.mark.slow
def test_a_disease_goes_by_its_names(model, name):
    case = {"hearing_loss": "present"}
    assert model.base.disease(name).key == "susac"
    assert model.explain(case, disease=name).disease == "susac"
    assert model.sensitivity(case, target=name).priors().target == "susac"
    assert model.show("hearing_loss", name)[0].disease == "susac"
    shown = CliRunner().invoke(cli, ["show", name, "hearing_loss"])
    assert shown.exit_code == 0 and "hearing_loss, susac" in shown.stdout


def test_every_other_name_leads_to_its_disease(base):
    for other in base.disease_names:
        assert base.disease(other.name).key == other.disease, other.name
    for disease in base.diseases:
        assert disease.key == base.disease(disease.label).key
        assert not disease.database_id or base.disease(disease.database_id) is disease


def test_every_label_and_hpo_id_leads_to_its_finding(base):
    for finding in base.findings:
        assert base.finding(finding.label) is finding
        assert not finding.hpo_id or base.finding(finding.hpo_id.lower()) is finding


@pytest.mark.parametrize("name", ["Hearing loss or tinnitus", "HP:0000365", "hp_0000365"])
@pytest.mark.slow
def test_a_finding_goes_by_its_label_and_id(model, name):
    expected = model.posterior({"hearing_loss": "present"}, reporting="systematic")
    found = model.posterior({name: "Present"}, reporting="systematic")
    assert found.evidence == {"hearing_loss": "present"}
    assert found.probabilities == expected.probabilities
    rows = model.posteriors(pd.DataFrame({"id": [1], name: ["present"], "note": ["x"]}))
    assert rows["susac"][0] == pytest.approx(expected["susac"], abs=1e-12)
    command = CliRunner().invoke(cli, ["posterior", "--set", f"{name}=present", "--json"])
    assert command.exit_code == 0 and '"hearing_loss": "present"' in command.stdout


def test_a_synonym_that_may_be_wider_is_named_and_not_taken(model):
    with pytest.raises(ng.CaseError, match=r"'vegan diet': .*nearest: b12_risk_factor"):
        model.posterior({"vegan diet": "absent"})
    with pytest.raises(ng.CaseError, match="nearest: known_malignancy, mass_or_ring"):
        model.posterior({"tumor": "present"})


@pytest.mark.parametrize(
    ("word", "finding"),
    [
        ("SWI blooming", "haemorrhage"),
        ("microhemorrhage", "haemorrhage"),
        ("hemosiderin", "haemorrhage"),
        ("popcorn", "spot_calcification"),
        ("starry sky", "spot_calcification"),
        ("salt and pepper", "miliary_enhancement"),
        ("snowball", "central_callosal_lesions"),
        ("eosinophilic meningitis", "csf_eosinophilia"),
        ("tumefactive", "mass_or_ring_enhancing_lesion"),
        ("thalamus calcification", "thalamic_calcification"),
        ("optic nerve", "bilateral_or_chiasmal_optic_nerve_lesion"),
        ("hairy kidney", "perirenal_or_periaortic_tissue"),
    ],
)
def test_a_word_of_a_report_leads_to_its_finding(model, word, finding):
    with pytest.raises(ng.CaseError, match=f"nearest: {finding}"):
        model.posterior({word: "present"})


@pytest.mark.parametrize(
    ("name", "disease"),
    [
        ("ORPHA:838", "susac"),
        ("Susac syndrome", "susac"),
        ("NMO", "nmosd"),
        ("Lyme disease", "neuroborreliosis"),
        ("Behcet disease", "neuro_behcet"),
        ("ORPHA:73229", "col4a1_disorder"),
        ("NCC", "neurocysticercosis"),
    ],
)
def test_a_disease_has_more_than_one_name(model, name, disease):
    assert model.base.disease(name).key == disease


@pytest.mark.parametrize("term", ["HP:0002488", "hp_0002488"])
def test_a_narrower_term_leads_to_its_finding_and_is_not_taken(model, term):
    nearest = "nearest: known_malignancy, known_haematological_malignancy$"
    with pytest.raises(ng.CaseError, match=nearest):
        model.posterior({term: "absent"})


def test_an_id_that_nobody_knows_has_no_neighbours(model):
    with pytest.raises(ng.CaseError, match="unknown finding; see  neurogamut list findings"):
        model.posterior({"HP:9999999": "present"})
    with pytest.raises(ng.UsageError, match="disease='ORPHA:837': unknown$"):
        model.base.disease("ORPHA:837")


def test_a_finding_under_two_names_is_refused(model):
    with pytest.raises(ng.CaseError, match="hearing_loss: stands twice, once as 'HP:0000365'"):
        model.posterior({"hearing_loss": "present", "HP:0000365": "absent"})


def test_two_diseases_of_one_name_are_a_problem(tables):
    path = tables / "priors" / "disease_names.csv"
    path.write_text(path.read_text("utf-8") + "susac,TSC,\nsuzac,SuS,\n", encoding="utf-8")
    with pytest.raises(ng.KnowledgeBaseError) as error:
        ng.load(root=tables)
    assert "name=" in str(error.value) or "stands already" in str(error.value)
    assert "disease=suzac: is not a disease; nearest: susac" in str(error.value)


@pytest.mark.slow
def test_other_names_are_optional(tables):
    (tables / "priors" / "disease_names.csv").unlink()
    model = ng.load(root=tables)
    assert model.base.disease("ORPHA:838").key == "susac"
