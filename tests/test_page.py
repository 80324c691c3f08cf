"""The page in a real browser: what a radiologist does with it, and what it must never do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

import neurogamut as ng
from conftest import WORDS
from neurogamut.cases.files import read_case_file
from neurogamut.server.app import create_app
from support.the_page import (
    FRAGMENT,
    SUSAC,
    chips,
    choose,
    enter_susac,
    intervals,
    leading,
    row,
    served,
    shown,
    watched,
)

pytestmark = pytest.mark.slow

KEY = "a key for the reading room"


@pytest.fixture(scope="module")
def locked_address(model: ng.Model) -> Iterator[str]:
    """A server that asks for a key, by a name that is not this machine's (browsers know better)."""
    name = "reading-room.localhost"
    with served(create_app(model, keys=(KEY,), names=(name,))) as found:
        yield found.replace("127.0.0.1", name)


def test_the_susac_patient_by_clicking(page: Page, model: ng.Model):
    enter_susac(page)
    expected = model.posterior({"age": 20, "sex": "female", **SUSAC})["susac"]
    expect(leading(page)).to_contain_text(shown(expected))


def test_the_change_from_before(page: Page, model: ng.Model):
    choose(page, "sex", "female")
    before = model.posterior({"sex": "female"})["susac"]
    susac = page.locator("[data-disease=susac]")
    expect(susac).to_contain_text(shown(before))
    choose(page, "corpus_callosum_lesions", "present")
    after = model.posterior({"sex": "female", "corpus_callosum_lesions": "present"})["susac"]
    expect(susac).to_contain_text(shown(after))
    expect(susac.locator(".ng-change")).to_contain_text(f"+{100 * (after - before):.1f}")


def test_a_source_opens_behind_a_bar(page: Page):
    enter_susac(page)
    row = page.locator("details[data-finding=corpus_callosum_lesions]")
    row.locator("summary").click()
    evidence = row.locator(".ng-evidence")
    expect(evidence).to_contain_text("27/27")
    expect(evidence).to_contain_text(re.compile(r"cpts/susac\.csv:\d+"))
    link = evidence.get_by_role("link", name="doi:10.1007/s00234-019-02335-5").first
    expect(link).to_have_attribute("href", "https://doi.org/10.1007/s00234-019-02335-5")
    expect(link).to_have_attribute("rel", "noreferrer")


def test_another_disease_is_explained_where_its_bar_is_clicked(page: Page, model: ng.Model):
    enter_susac(page)
    bar = page.locator(".ng-diseases li").nth(3)
    bar.locator(".ng-disease-row").click()
    disease = bar.get_attribute("data-disease")
    expect(page.locator(".ng-total")).to_contain_text(model.labels[disease])
    expect(bar.locator(".ng-disease-row")).to_have_attribute("aria-pressed", "true")


def test_a_suggested_test_is_followed(page: Page, address: str):
    """From a checklist: what a test shows is reported whatever it is, and so is what is entered."""
    page.goto(f"{address}{FRAGMENT}&reporting=systematic")
    page.reload()
    expect(leading(page)).to_contain_text("Susac syndrome")
    page.get_by_role("tab", name="What next").click()
    page.get_by_role("button", name=re.compile(r"All \d+ tests")).click()
    test = page.locator("[data-test=fluorescein_angiography]")
    test.locator("summary").click()
    expect(test.locator(".ng-outcomes li")).to_have_count(2)
    promised = test.locator(".ng-outcomes li", has_text="artery occlusion: present").inner_text()
    test.get_by_role("button", name="Enter its result").click()
    asked = page.locator(".ng-finding:visible")
    expect(asked).to_have_count(1)
    asked.get_by_role("radio", name="present").check(force=True)
    expect(leading(page)).to_contain_text("Susac syndrome")
    expect(page.locator("[data-test=fluorescein_angiography]")).to_have_count(0)
    assert leading(page).locator(".ng-number").inner_text() in promised


def test_an_outcome_is_entered_at_once(page: Page):
    enter_susac(page)
    page.get_by_role("tab", name="What next").click()
    test = page.locator("[data-test=lumbar_puncture]")
    test.locator("summary").click()
    test.get_by_role("button", name="Enter: Raised CSF protein; no other of 9").click()
    expect(page.locator(".ng-chips li")).to_have_count(6 + 9)
    expect(page.locator("[data-test=lumbar_puncture]")).to_have_count(0)


def test_what_would_flip_it(page: Page, model: ng.Model):
    enter_susac(page)
    page.get_by_role("tab", name="How sure").click()
    reading = page.locator(".ng-flips li").first
    worst = model.sensitivity({"age": 20, "sex": "female", **SUSAC}).findings().readings[0]
    expect(reading).to_contain_text(model.labels[worst.leading])
    figure = page.locator(".ng-figures li").first
    expect(figure).to_contain_text("Susac syndrome stays first unless")


def test_reload_from_the_address(page: Page):
    enter_susac(page)
    assert page.url.endswith(FRAGMENT)
    first = leading(page).inner_text().split("\n")[:2]
    page.reload()
    expect(leading(page)).to_contain_text("Susac syndrome")
    assert leading(page).inner_text().split("\n")[:2] == first
    expect(page.locator(".ng-chips li")).to_have_count(6)


def test_copy_link_gives_that_address(page: Page):
    enter_susac(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#notice")).to_contain_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_the_server_never_sees_the_fragment(page: Page, address: str):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + FRAGMENT)
    page.reload()
    expect(leading(page)).to_contain_text("Susac syndrome")
    assert not any("miliary" in url.partition("#")[0] for url in asked)


def test_the_page_says_a_thing_in_the_words_of_the_terminal(page: Page):
    pairs = json.loads(WORDS.read_text("utf-8"))
    said = page.evaluate(
        """async (pairs) => {
            const words = await import("./words.js");
            return pairs.map(([name, said]) => words[name](said));
        }""",
        pairs,
    )
    plain = [words.translate({0x202F: " ", 0x201C: '"', 0x201D: '"'}) for words in said]
    assert plain == [words for _, _, words in pairs]


def test_probably_is_a_likelihood(page: Page, model: ng.Model):
    choose(page, "corpus_callosum_lesions", "present")
    page.locator(".ng-finding[data-finding=corpus_callosum_lesions] .ng-states").hover()
    slider = page.get_by_label("How sure: Corpus callosum lesions")
    slider.fill("80")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("probably, 80"))
    said = {"corpus_callosum_lesions": {"present": 0.8, "absent": 0.2}}
    disease, probability = model.posterior(said).top(1)[0]
    expect(leading(page)).to_contain_text(shown(probability))
    expect(leading(page)).to_have_attribute("data-disease", disease)
    assert page.url.endswith("#corpus_callosum_lesions=present:0.8,absent:0.2")


def test_export_and_import(page: Page, tmp_path: Path):
    enter_susac(page)
    page.locator(".ng-finding[data-finding=corpus_callosum_lesions] .ng-states").hover()
    page.get_by_label("How sure: Corpus callosum lesions").fill("90")
    page.locator(".ng-menu summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Case (JSON)").click()
    file = tmp_path / "case.json"
    download.value.save_as(file)
    case = {"age": 20, "sex": "female"} | SUSAC
    case["corpus_callosum_lesions"] = {"present": 0.9, "absent": 0.1}
    assert read_case_file(file) == case
    address = page.url
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".ng-chips li")).to_have_count(0)
    page.locator("#file").set_input_files(file)
    expect(page.locator(".ng-chips li")).to_have_count(6)
    assert page.url == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"callosum_lesions": "present"}', "nearest"),
        ('{"age": 200}', "age"),
        ("[1, 2]", "expected a JSON object"),
        ("not json", "expected a JSON object"),
    ],
)
def test_a_file_that_is_no_case_is_refused_in_words(page: Page, text: str, words: str):
    page.locator("#file").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": text.encode()}
    )
    expect(page.locator(".ng-refusal, #notice", has_text=words)).to_be_visible()


def test_a_phenopacket_is_imported(page: Page, phenopacket: dict):
    file = {
        "name": "a.phenopacket.json",
        "mimeType": "application/json",
        "buffer": json.dumps(phenopacket).encode(),
    }
    page.locator("#file").set_input_files(file)
    expect(page.locator(".ng-chips li")).to_have_count(4)
    expect(page.locator("#notice")).to_contain_text("Unheard of (HP:9999999)")
    assert page.url.endswith("#age=20&sex=female&headache=present&seizures=absent")


def test_a_fhir_bundle_is_imported(page: Page):
    seizures = {"system": "http://human-phenotype-ontology.org", "code": "HP:0001250"}
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": {"resourceType": "Patient", "gender": "female"}},
            {"resource": {"resourceType": "Condition", "code": {"coding": [seizures]}}},
        ],
    }
    page.locator("#file").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": json.dumps(bundle).encode()}
    )
    expect(page.locator("#notice")).to_contain_text("Read from a.json")
    assert page.url.endswith("#sex=female&seizures=present")


def test_a_phenopacket_that_is_none_is_refused_in_words(page: Page):
    broken = {"subject": {"sex": "woman"}}
    page.locator("#file").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": json.dumps(broken).encode()}
    )
    expect(page.locator("#notice")).to_contain_text("x.json: ")
    expect(page.locator("#notice")).to_contain_text("FEMALE")


def test_a_file_with_markup_stays_text(page: Page):
    text = json.dumps({"<img src=x onerror=alert(1)>": "<b>present</b>"})
    page.locator("#file").set_input_files(
        {"name": "<i>x", "mimeType": "application/json", "buffer": text.encode()}
    )
    expect(page.locator("#notice")).to_contain_text("unknown finding")
    assert page.locator("main img, main b, #notice i, #notice img").count() == 0


def test_several_readers_are_kept(page: Page, address: str):
    page.goto(f"{address}#haemorrhage=present:0.8,absent:0.2&haemorrhage=absent")
    expect(page.locator(".ng-finding[data-finding=haemorrhage]")).to_contain_text(
        "Several readers: probably"
    )
    assert page.url.endswith("#haemorrhage=present:0.8,absent:0.2&haemorrhage=absent")


def test_everything_by_keyboard(page: Page):
    page.keyboard.press("/")
    page.keyboard.type("corpus callosum")
    page.keyboard.press("Enter")
    chip = page.locator(".ng-chips li")
    expect(chip).to_contain_text("Corpus callosum lesions: present")
    row(page, "corpus_callosum_lesions").locator("input:checked").focus()
    page.keyboard.press("a")
    expect(chip).to_contain_text("Corpus callosum lesions: absent")
    page.keyboard.press("n")
    expect(chip).to_have_count(0)
    expect(page.locator(":focus")).to_have_attribute("type", "radio")
    page.keyboard.press("p")
    page.get_by_role("tab", name="Why").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Compare")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="What next")).to_be_focused()
    expect(page.locator("[data-test]").first).to_be_visible()
    page.locator("[data-test] summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Enter its result")).to_be_visible()


def test_presets_are_the_papers_patients(page: Page):
    page.get_by_label("Example").select_option("fig_2b")
    expect(leading(page)).to_contain_text("Erdheim-Chester disease")
    expect(page.locator("#notice")).to_contain_text("Fig. 2b")


def test_another_setting_has_other_priors(page: Page, model: ng.Model):
    page.get_by_label("Setting").select_option("tb_endemic")
    disease, prior = model.in_setting("tb_endemic").posterior({}).top(1)[0]
    expect(leading(page)).to_have_attribute("data-disease", disease)
    expect(leading(page)).to_contain_text(shown(prior))
    expect(page.locator("footer")).to_contain_text("TB-endemic")
    page.reload()
    expect(page.get_by_label("Setting")).to_have_value("tb_endemic")


def test_diseases_that_may_coexist(page: Page, model: ng.Model):
    enter_susac(page)
    page.locator("#assume").select_option("may coexist")
    answer = model.posterior({"age": 20, "sex": "female", **SUSAC}, "coexisting")
    together = page.locator(".ng-together")
    expect(together).to_contain_text(shown(answer.number_present[1]))
    expect(together).to_contain_text(model.labels[answer.sets[0].diseases[0]])
    expect(page.locator("[data-disease=susac]")).to_contain_text(shown(answer["susac"]))
    expect(page.get_by_role("tab")).to_have_count(0)
    expect(intervals(page)).to_have_count(0)
    assert Axe().run(page).response["violations"] == []
    page.reload()
    expect(page.locator("#assume")).to_have_value("coexisting")
    expect(together).to_be_visible()
    page.locator("#assume").select_option("just one")
    expect(together).to_be_hidden()
    expect(intervals(page).first).to_be_visible()
    assert page.url.endswith(FRAGMENT)


def test_a_key_is_asked_for_and_kept_in_its_tab_alone(browser: Browser, locked_address: str):
    with watched(browser, locked_address) as page:
        page.goto(locked_address + FRAGMENT)
        field = page.get_by_label("This server asks for an API key")
        expect(field).to_be_focused()
        assert Axe().run(page).response["violations"] == []
        field.fill("another key than its own")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not one of the server’s")
        field.fill(KEY)
        page.get_by_role("button", name="Open").click()
        expect(leading(page)).to_be_visible()
        expect(field).to_be_hidden()
        expect(page.locator("footer")).to_contain_text("goes to this server and nowhere else")
        assert page.url == locked_address + FRAGMENT
        assert page.evaluate("localStorage.length") == 0 and page.context.cookies() == []
        page.reload()
        expect(leading(page)).to_be_visible()
        expect(field).to_be_hidden()
    with watched(browser, locked_address) as another:
        another.goto(locked_address)
        expect(another.get_by_label("This server asks for an API key")).to_be_focused()


def test_a_case_that_fits_nothing_says_so(page: Page, address: str, model: ng.Model):
    findings = ("port_wine_stain", "cardiac_vegetation", "dorsal_column_lesions")
    case = dict.fromkeys(findings, "present")
    assert not model.posterior(case, reporting="systematic").fits
    fragment = "&".join(f"{key}={state}" for key, state in case.items())
    page.goto(f"{address}#{fragment}&reporting=systematic")
    expect(page.locator(".ng-loud")).to_contain_text("This case fits no disease")


def test_the_report_is_one_page(page: Page, address: str):
    page.add_init_script("window.print = () => {}")
    page.goto(address + FRAGMENT)
    page.reload()
    expect(intervals(page).first).to_be_visible()
    page.get_by_role("button", name="Print").click()
    expect(page.locator("#printed")).not_to_be_empty()
    assert re.search(rb"/Count (\d+)", page.pdf(prefer_css_page_size=True)).group(1) == b"1"
    page.emulate_media(media="print")
    for heading in (".ng-chips", ".ng-waterfall", "[data-test]", ".ng-figures", ".ng-sources ol"):
        expect(page.locator(heading).first).to_be_visible()
    expect(page.locator(".ng-findings")).to_be_hidden()
    expect(page.locator("footer")).to_contain_text("research use only")


def test_the_footer_names_version_and_hash(page: Page, model: ng.Model):
    footer = page.locator("footer")
    for words in ("research use only", ng.__version__, model.info.hash[:12], "Nothing leaves"):
        expect(footer).to_contain_text(words)


PANELS = {"Why": "body"} | dict.fromkeys(["Compare", "What next", "How sure"], "[role=tabpanel]")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_at_any_width(page: Page, address: str, width: int, scheme: str):
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.goto(address + FRAGMENT)
    expect(leading(page)).to_contain_text("Susac syndrome")
    for tab, part in PANELS.items():
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel").locator("p").first).to_be_visible()
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        violations = Axe().run(page, context=part).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


# -- a report ----------------------------------------------------------------------------------

REPORT_TEXT = (
    "34-year-old woman 😀 with headache. No fever, neck stiffness or rash. "
    "Her mother had epilepsy.\n"
    "MRI: lesions of the splenium, possible leptomeningeal enhancement. Nystagmus."
)


def paste(page: Page, text: str) -> Locator:
    page.get_by_label("Paste a report").fill(text)
    page.get_by_role("button", name="Read", exact=True).click()
    dialog = page.get_by_role("dialog", name="What was read")
    expect(dialog).to_be_visible()
    return dialog


def tick(dialog: Locator, name: str) -> Locator:
    return dialog.get_by_role("checkbox", name=name)


def test_what_was_read_is_marked_and_nothing_is_entered_yet(page: Page):
    dialog = paste(page, REPORT_TEXT)
    marks = dialog.locator(".ng-text mark")
    assert [m.evaluate("m => m.firstChild.data") for m in marks.all()] == [
        "34-year-old", "woman", "headache", "fever", "neck stiffness", "rash", "epilepsy",
        "lesions of the splenium", "leptomeningeal enhancement", "Nystagmus",
    ]  # fmt: skip
    classes = {m.evaluate("m => m.firstChild.data"): m.get_attribute("class") for m in marks.all()}
    assert classes["headache"] == "ng-says" and classes["rash"] == "ng-denies"
    assert classes["epilepsy"] == "ng-open" and classes["leptomeningeal enhancement"] == "ng-hedges"
    assert chips(page) == []


def test_one_is_left_out_and_the_rest_entered_by_keyboard(page: Page):
    dialog = paste(page, REPORT_TEXT)
    expect(tick(dialog, "Age at presentation: 34 years")).to_be_focused()
    for key in ("ArrowDown", "ArrowDown", "n", "y"):
        page.keyboard.press(key)
    expect(tick(dialog, "Headache: present")).not_to_be_checked()
    expect(tick(dialog, "Fever: absent")).to_be_checked()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    entered = chips(page)
    assert (
        "Fever: absent" in entered
        and "Leptomeningeal enhancement: probably present (60\u202f%)" in entered
    )
    assert not any(chip.startswith("Headache") for chip in entered)


def test_undo_gives_the_case_back(page: Page):
    page.locator(".ng-finding[data-finding=sex]").get_by_role(
        "radio", name="male", exact=True
    ).check(force=True)
    expect(page.locator(".ng-chips li")).to_have_count(1)
    paste(page, REPORT_TEXT)
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo the report")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".ng-chips li")).to_have_count(1)
    assert chips(page) == ["Sex: male"]


def test_what_was_entered_stays_unless_the_difference_is_ticked(page: Page):
    page.locator(".ng-finding[data-finding=sex]").get_by_role(
        "radio", name="male", exact=True
    ).check(force=True)
    dialog = paste(page, "34F, no fever.")
    differs = tick(dialog, "Sex: female")
    expect(differs).not_to_be_checked()
    expect(dialog).to_contain_text("entered: male")
    page.keyboard.press("Enter")
    expect(page.locator(".ng-chips li")).to_have_count(3)
    assert "Sex: male" in chips(page)


def test_a_contradiction_is_decided_by_the_reader(page: Page):
    dialog = paste(page, "No fever on admission. Febrile on day three.")
    absent, present = tick(dialog, "Fever: absent"), tick(dialog, "Fever: present")
    expect(absent).not_to_be_checked()
    present.check()
    absent.check()
    expect(present).not_to_be_checked()
    dialog.get_by_role("button", name="Enter 1 finding").click()
    expect(page.locator(".ng-chips li")).to_have_count(1)
    assert chips(page) == ["Fever: absent"]


def test_a_text_without_findings_says_so(page: Page):
    dialog = paste(page, "The weather was fine.")
    expect(dialog).to_contain_text("No finding was read in this text.")
    expect(dialog.get_by_role("button", name="Enter 0 findings")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_review_passes_axe(page: Page, scheme: str):
    page.emulate_media(color_scheme=scheme)
    paste(page, REPORT_TEXT)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
