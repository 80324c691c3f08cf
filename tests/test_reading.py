"""A report is read: the gold set, the kinds of sentence that mislead, the tables, every door."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import neurogamut as ng
from neurogamut.cli.main import cli
from neurogamut.knowledge import wordings
from neurogamut.knowledge.spelling import words
from neurogamut.reading import read_report
from neurogamut.reading.quantities import parse_number
from reading_gold import agreement, plain, scored, texts

SENTENCES = texts("sentences")


def case(text: str) -> dict:
    return dict(ng.read_report(text).case)


def state(text: str, finding: str):
    return plain(ng.read_report(text).case).get(finding)


# -- how well -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_gold_set_is_read_as_well_as_was_asked(base):
    scores = scored(base, texts("gold"))
    assert scores.present.f1 >= 0.92 and scores.absent.f1 >= 0.90, scores.errors
    assert scores.opposite <= 0.01 * scores.findings, scores.errors


def test_texts_that_no_word_was_fitted_to_are_read_nearly_as_well(base):
    scores = scored(base, texts("held_out"))
    assert scores.present.f1 >= 0.90 and scores.absent.f1 >= 0.88, scores.errors
    assert scores.opposite <= 0.01 * scores.findings, scores.errors


def test_two_annotations_agree_better_than_the_reader_must(base):
    scores = agreement(base, texts("gold"))
    assert scores.present.f1 >= 0.95 and scores.absent.f1 >= 0.95, scores.errors


@pytest.mark.slow
def test_every_finding_is_read_in_the_words_of_its_sentences():
    missed = [s for s in SENTENCES if state(s["text"], s["finding"]) != s["state"]]
    assert len(missed) <= 0.02 * len(SENTENCES), missed


def test_the_scores_of_the_page_are_those_of_today(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "scripts")
    import write_reading_docs

    assert write_reading_docs.page() == write_reading_docs.PAGE.read_text(encoding="utf-8")


# -- sentences that mislead ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "csf", "blood"),
    [
        ("Blood cultures grew Candida albicans.", None, "present"),
        ("Candida was isolated from blood.", None, "present"),
        ("CSF culture grew yeast.", "present", None),
        ("Cryptococcus neoformans was isolated from blood and CSF.", "present", None),
        ("Sputum grew Aspergillus and Candida.", None, None),
    ],
)
def test_a_fungus_is_read_of_the_fluid_that_it_grew_from(text, csf, blood):
    assert state(text, "csf_fungal_culture_positive") == csf
    assert state(text, "beta_d_glucan_or_blood_culture_positive") == blood


@pytest.mark.parametrize(
    ("text", "finding", "expected"),
    [
        ("ANA positive, ANCA negative.", "anca_or_ana_positive", "present"),
        ("HLA-B51 negative but pathergy test positive.", "hla_b51_or_pathergy", "present"),
        ("ESR normal, CRP 45 mg/l.", "raised_esr_or_crp", "present"),
        ("ANA positive. ANA negative.", "anca_or_ana_positive", None),
        ("ANA positive. Antinuclear antibodies negative.", "anca_or_ana_positive", None),
        ("ESR elevated. Inflammatory markers normal.", "raised_esr_or_crp", None),
        (
            "No T2 hyperintensity, but leptomeningeal enhancement.",
            "leptomeningeal_enhancement",
            "present",
        ),
        (
            "MRI 3 T normal. Repeat MRI: leptomeningeal enhancement.",
            "leptomeningeal_enhancement",
            "present",
        ),
        ("CSF: 3 cells, 90 % lymphocytes.", "csf_pleocytosis", "absent"),
        ("CSF: 3 cells, 90 % lymphocytes.", "csf_lymphocytic_predominance", None),
        ("CSF: 120 cells, 90 % lymphocytes.", "csf_lymphocytic_predominance", "present"),
    ],
)
def test_alternatives_and_kinds_do_not_contradict(text, finding, expected):
    assert ng.read_report(text).case.get(finding) == expected


@pytest.mark.parametrize(
    ("text", "finding", "expected"),
    [
        ("No fever, neck stiffness or rash.", "skin_lesions", "absent"),
        ("no enhancement but restricted diffusion", "restricted_diffusion", "present"),
        ("no enhancement but restricted diffusion", "parenchymal_enhancement", "absent"),
        ("The patient is not without headache.", "headache", "present"),
        ("She does not deny headaches.", "headache", "present"),
        ("calcification of both dentate nuclei", "cerebellar_calcification", "present"),
        ("bilateral dentate calcifications", "cerebellar_calcification", "present"),
        ("Pontine lesions, calcifications of the thalami", "thalamic_calcification", "present"),
        ("Pontine lesions, calcifications of the thalami", "deep_grey_matter_lesions", None),
        ("Callosal lesion without mass effect.", "mass_or_ring_enhancing_lesion", None),
        ("No other lesion.", "brain_mri_abnormal", None),
        ("AQP4-IgG pending.", "aqp4_igg_positive", None),
        ("No AQP4 antibodies.", "aqp4_igg_positive", "absent"),
        ("JCV PCR negative, AQP4-IgG positive", "aqp4_igg_positive", "present"),
        ("JCV PCR negative, AQP4-IgG positive", "csf_jcv_pcr_positive", "absent"),
        ("Differential: lymphoma, metastases.", "known_malignancy", None),
        ("Known lymphoma, treated in 2020.", "known_malignancy", "present"),
        ("Her brother had seizures.", "seizures", None),
        ("Migraine in childhood.", "headache", None),
        ("A 3-week history of headache.", "headache", "present"),
        ("Plan: look for retinal artery occlusion.", "retinal_artery_occlusion", None),
        ("Retinal haemorrhages in both eyes.", "haemorrhage", None),
        ("Contrast-enhanced MRI of the brain was normal.", "parenchymal_enhancement", None),
        ("Contrast-enhanced MRI of the brain was normal.", "brain_mri_abnormal", "absent"),
        ("Ventricles and sulci are normal.", "hydrocephalus", "absent"),
        ("CSF normal.", "csf_pleocytosis", "absent"),
        ("Serum protein 72 g/l, white cells 8.", "csf_high_protein", None),
        ("afebrile", "fever", "absent"),
        ("Hydrocephlus.", "hydrocephalus", "present"),
        ("haemorrhagic lesions", "haemorrhage", "present"),
        ("hemorrhagic lesions", "haemorrhage", "present"),
    ],
)  # fmt: skip
def test_what_a_sentence_says_of_a_finding(text, finding, expected):
    assert state(text, finding) == expected


@pytest.mark.slow
def test_a_hedged_finding_is_a_likelihood_from_the_table(base):
    found = {row.certainty: row for row in wordings.load(base).certainties}
    hedged = case("Possible hydrocephalus.")["hydrocephalus"]
    assert hedged == {"present": found["possible"].present, "absent": found["possible"].absent}
    assert ng.load().posterior({"hydrocephalus": hedged}).evidence["hydrocephalus"] == hedged


@pytest.mark.parametrize(
    "text",
    ["?hydrocephalus", "? hydrocephalus", "Hydrocephalus?", "Hydrocephalus cannot be excluded."],
)
def test_a_question_mark_hedges(text):
    assert set(case(text)["hydrocephalus"]) == {"present", "absent"}


def test_every_hedged_finding_of_the_gold_set_is_hedged():
    for text in texts("gold"):
        read = case(text["text"])
        for finding, said in text["case"].items():
            if said in ("uncertain", "unlikely"):
                assert isinstance(read[finding], dict), (text["id"], finding)


def test_one_alternative_of_a_finding_is_enough():
    reading = ng.read_report("Tinnitus, but no hearing loss.")
    assert reading.case == {"hearing_loss": "present"}
    assert [m.why for m in reading.mentions if not m.entered] == ["another form is there"]


def test_a_contradiction_is_shown_and_in_no_case():
    reading = ng.read_report("No fever at first. Later she was febrile.")
    assert "fever" not in reading.case and "fever" in reading.contradictions
    assert [(m.state, m.entered) for m in reading.mentions if m.finding == "fever"] == [
        ("absent", False),
        ("present", False),
    ]


def test_parents_follow_children():
    reading = ng.read_report("Lesion of the splenium.")
    assert reading.case["brain_mri_abnormal"] == "present"
    why = {m.finding: m.why for m in reading.mentions}
    assert why["brain_mri_abnormal"] == "follows from Corpus callosum lesions"


def test_a_denied_child_says_nothing_of_its_parent():
    assert case("No callosal lesion.") == {"corpus_callosum_lesions": "absent"}


@pytest.mark.parametrize(
    ("text", "finding", "why"),
    [
        ("Her mother had epilepsy.", "seizures", 'of the family by "mother had"'),
        ("Seizures many years ago.", "seizures", 'of the past by "many years ago"'),
        ("No evidence of hydrocephalus.", "hydrocephalus", 'negated by "No evidence of"'),
        ("Possible hydrocephalus.", "hydrocephalus", 'possible by "Possible"'),
        ("Plan: rule out hydrocephalus.", "hydrocephalus", "asked or advised, not found"),
    ],
)
def test_why(text, finding, why):
    assert [
        m.why.startswith(why) for m in ng.read_report(text).mentions if m.finding == finding
    ] == [True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CSF: 4 cells", {"csf_pleocytosis": "absent"}),
        ("CSF: 5 cells/µl", {"csf_pleocytosis": "present"}),
        ("CSF protein 0.49 g/l", {"csf_high_protein": "absent"}),
        ("CSF protein 50 mg/dl", {"csf_high_protein": "present"}),
        ("CSF glucose 3.0 mmol/l, serum glucose 6.0", {"csf_low_glucose": "present"}),
        ("CSF glucose 3.1 mmol/l, serum glucose 6.0", {"csf_low_glucose": "absent"}),
        ("calcium 1,62 mmol/l", {"hypocalcaemia": "present"}),
        ("Cord lesion from C3 to C5.", {"longitudinally_extensive_myelitis": "present"}),
        ("Cord lesion from C3 to C4.", {}),
        (
            "CSF: 80 % lymphocytes",
            {"csf_pleocytosis": "present", "csf_lymphocytic_predominance": "present"},
        ),
        ("Blood: white cells 14, neutrophils 80 %", {}),
        ("ESR 12 mm/h", {"raised_esr_or_crp": "absent"}),
        ("CRP 84", {"raised_esr_or_crp": "present"}),
        ("CRP 3", {}),
        ("CD4 count 45/µl", {"low_cd4_count": "present"}),
    ],
)
def test_measurements_against_the_limits_of_the_table(text, expected):
    found = case(text)
    assert {k: found[k] for k in found if k not in ("spinal_cord_lesions",)} == expected


@pytest.mark.parametrize(
    ("text", "value"), [("1.2", 1.2), ("1,2", 1.2), ("1,200", 1200), ("0,45", 0.45), ("45", 45)]
)
def test_decimal_points_and_commas(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("34-year-old man", 34, "male"),
        ("34F, headache", 34, "female"),
        ("A boy aged 6 months", 0.5, "male"),
        ("a lady in her fifties", 55, "female"),
        ("a man in his late 60s", 68, "male"),
        ("Mrs Smith, 58, was seen", 58, "female"),
        ("F/18 with fever", 18, "female"),
        ("a forty-two-year-old woman", 42, "female"),
        ("3-day-old neonate", 0.01, None),
        ("Her 65-year-old father is demented. She is 40.", 40, "female"),
        ("seizures for 3 years, MS on T2 FLAIR", None, None),
    ],
)
def test_age_and_sex(text, age, sex):
    found = case(text)
    assert (found.get("age"), found.get("sex")) == (age, sex)


# -- the answer ---------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [s["text"] for s in SENTENCES] + ["No ", "?", "\n\n", "Plan: ", "😀", "- "]
        ),
        max_size=8,
    ).map(" ".join)
    | st.text(max_size=80)
)
def test_any_text_gives_a_case_that_the_model_takes(model, text):
    reading = read_report(text, model.base)
    model.posterior(reading.case)
    assert all(0 <= m.start < m.end <= len(text) for m in (*reading.mentions, *reading.unread))
    entered = {m.finding for m in reading.mentions if m.entered}
    assert entered == set(reading.case)
    json.dumps(reading.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    "words", ["no ", "lesion ", "? ", "fever, no rash and ", "34F, ", "mother is 60 ", "\n", "- "]
)
@pytest.mark.slow
def test_a_text_without_an_end_is_read_in_pieces(words):
    reading = ng.read_report(words * (64_000 // len(words)))
    assert reading.case.keys() <= {"brain_mri_abnormal", "fever", "skin_lesions", "age", "sex"}


def test_unread_words_are_shown():
    unread = [one.text for one in ng.read_report("Nystagmus and Susac syndrome.").unread]
    assert unread == ["Nystagmus", "Susac syndrome"]


def test_the_document_is_that_of_the_command_line():
    document = ng.read_report("34F. No fever.").to_dict()
    assert list(document) == ["case", "mentions", "unread", "model"]
    assert list(document["mentions"][0]) == ["finding", "state", "start", "end", "entered", "why"]
    assert set(document["model"]) == {"version", "hash"}


@pytest.mark.slow
def test_reading_loads_nothing_heavy():
    code = (
        "import neurogamut as ng, sys; ng.read_report('34F, fever.'); "
        "print([m for m in ('pandas', 'pgmpy', 'scipy', 'rich', 'spacy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- the command line ---------------------------------------------------------------------------


def run(*arguments: str, text: str | None = None):
    return CliRunner().invoke(cli, list(arguments), input=text)


def test_a_file_is_read_and_its_case_written(tmp_path: Path):
    report, out = tmp_path / "report.txt", tmp_path / "case.json"
    report.write_text("34F, headache. No fever.", encoding="utf-8")
    done = run("read", str(report), "--case", str(out))
    assert done.exit_code == 0 and 'negated by "No"' in done.stdout
    assert json.loads(out.read_text()) == {
        "age": 34, "sex": "female", "headache": "present", "fever": "absent",
    }  # fmt: skip


@pytest.mark.slow
def test_what_was_read_is_piped_into_a_posterior():
    document = run("read", "-", "--json", text="20F, lesions of the splenium, deafness.").stdout
    piped = json.loads(run("posterior", "-", "--json", text=document).stdout)
    assert piped["evidence"] == json.loads(document)["case"]


def test_a_contradiction_is_told_beside_the_document():
    done = run("read", "-", "--json", text="No fever. Febrile.")
    assert "fever: said absent and present" in done.stderr
    assert json.loads(done.stdout)["case"] == {}


# -- the tables ---------------------------------------------------------------------------------


def broken(tables: Path, file: str, before: str, after: str) -> str:
    path = tables / "cpts/reading" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    done = run("check", "--knowledge", str(tables))
    assert done.exit_code == 3
    return done.stdout


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("phrases.csv", "headache|headaches", "vertigo|headaches", "vertigo: belongs to"),
        ("phrases.csv", "\nheadache,present", "\nheadach,present", "nearest: headache"),
        ("phrases.csv", "\nheadache,present", "\nheadache,presnt", "nearest: present"),
        ("phrases.csv", "<lesion> + <callosum>", "<lesion> + <calosum>", "nearest: callosum"),
        ("implications.csv", ",hearing_loss,", ",hearing,", "nearest: "),
        ("limits.csv", "s1_guideline_csf_2020", "s1_guideline_csf", "is not a source"),
        ("cues.csv", "negated,forward", "denied,forward", "category"),
        ("terms.csv", "term,kind", "name,kind", "lacks term; has name"),
    ],
)
@pytest.mark.slow
def test_a_mistake_in_the_words_is_named(tables, file, before, after, says):
    told = broken(tables, file, before, after)
    assert f"cpts/reading/{file}:" in told and says in told


@pytest.mark.slow
def test_a_knowledge_base_without_words_is_sound_but_reads_nothing(tables):
    for path in (tables / "cpts/reading").iterdir():
        path.unlink()
    (tables / "cpts/reading").rmdir()
    assert run("check", "--knowledge", str(tables)).exit_code == 0
    with pytest.raises(ng.UsageError, match="no words to read a text by"):
        ng.read_report("34F", root=tables)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("haemorrhage", "hemorrhage"), ("oedema", "edema"), ("tumour", "tumor"),
        ("leucocytes", "leukocyte"), ("grey", "gray"), ("T2-weighted", "T2 weighted"),
        ("nuclei", "nucleus"), ("abscesses", "abscess"), ("Behçet's", "behcet"),
        ("calcifications", "calcification"), ("isn't", "not"),
    ],
)  # fmt: skip
def test_spellings_of_one_word(one, other):
    assert words(one) == words(other)
