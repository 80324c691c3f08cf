"""Entering a case on the page: search, keys, steps back, and what contradicts what."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

import neurogamut as ng
from support.the_page import (
    FRAGMENT,
    SUSAC,
    chips,
    choose,
    enter_result_of,
    give,
    leading,
    row,
    settled,
    shown,
)

pytestmark = pytest.mark.slow


def search(page: Page, text: str) -> list[str]:
    """The findings that a search shows, best first."""
    page.get_by_role("searchbox").fill(text)
    return [row.get_attribute("data-finding") for row in page.locator(".ng-finding:visible").all()]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ACE", "raised_serum_ace"),
        ("age", "age"),
        ("bell palsy", "facial_palsy"),
        ("snowball", "central_callosal_lesions"),
        ("hemorrhage", "haemorrhage"),
        ("anemia", "anaemia"),
        ("hypocalcemia", "hypocalcaemia"),
        ("heraing", "hearing_loss"),
        ("infratentorial", "lesion_location"),
        ("HP:0002315", "headache"),
    ],
)
def test_the_best_hit_comes_first(page: Page, text: str, first: str):
    assert search(page, text)[0] == first


def test_ring_enhancing_shows_both_findings(page: Page):
    assert {"ring_enhancement", "mass_or_ring_enhancing_lesion"} <= set(search(page, "ring enh"))


def test_the_name_that_matched_is_shown(page: Page):
    search(page, "snowball")
    expect(page.locator(".ng-finding:visible .ng-matched")).to_have_text("also: snowball lesions")


def test_what_is_inside_a_word_is_not_entered_by_enter(page: Page):
    """`pons` is inside `response to corticosteroids`."""
    search(page, "pons")
    expect(page.locator(".ng-told")).to_contain_text("No finding is called that")
    page.keyboard.press("Enter")
    assert chips(page) == []


def test_enter_takes_the_marked_hit_and_says_so(page: Page):
    search(page, "head")
    expect(page.locator(".ng-told")).to_contain_text("Enter enters Headache: present")
    page.keyboard.press("Enter")
    expect(page.locator(".ng-told")).to_have_text("Headache: present.")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("")
    search(page, "no fever")
    page.keyboard.press("Enter")
    search(page, "seiz")
    page.keyboard.press("Shift+Enter")
    assert chips(page) == ["Headache: present", "Fever: absent", "Seizures: absent"]


def test_arrows_move_and_enter_nothing(page: Page):
    search(page, "calcification")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert chips(page) == []
    row(page, "basal_ganglia_calcification").locator("input").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert chips(page) == []


def test_a_slash_replaces_the_old_word(page: Page):
    search(page, "headache")
    page.get_by_label("Age at presentation (years)").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("/")
    page.keyboard.type("confusion")
    expect(page.get_by_role("searchbox")).to_have_value("confusion")


def test_the_susac_patient_in_twenty_keys(page: Page):
    """34-year-old woman with headache, confusion, hearing loss and a snowball callosum."""
    keys = [*"34f", "Enter", *"hea", "Enter", *"con", "Enter", *"hear", "Enter", *"sn", "Enter"]
    for key in keys:
        page.keyboard.press(key)
    assert len(keys) <= 20
    assert chips(page) == [
        "Age at presentation: 34 years",
        "Sex: female",
        "Headache: present",
        "Acute or subacute encephalopathy, confusion: present",
        "Hearing loss or tinnitus: present",
        "Central lesions of the corpus callosum: present",
    ]
    expect(leading(page)).to_contain_text("Susac syndrome")


def test_a_sentence_in_the_search_is_read(page: Page):
    search(page, "34 F, headache, confusion")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="What was read")
    expect(dialog).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".ng-chips li")).to_have_count(4)


def test_what_a_finding_is_stands_beside_it(page: Page):
    search(page, "tram-track")
    expect(page.locator(".ng-marked .ng-about")).to_contain_text("following the gyri")


# -- age, keys and doubt ------------------------------------------------------------------------


def test_an_age_counts_once_it_is_complete(page: Page, model: ng.Model):
    age = page.get_by_label("Age at presentation (years)")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    age.press_sequentially("45", delay=100)
    assert not any("answers" in url for url in asked)
    page.keyboard.press("Enter")
    susac = page.locator("[data-disease=susac]")
    before, after = model.posterior({})["susac"], model.posterior({"age": 45})["susac"]
    expect(susac).to_contain_text(shown(after))
    expect(susac.locator(".ng-change")).to_contain_text(f"{100 * abs(after - before):.1f}")


@pytest.mark.parametrize("text", ["345", "34e", "old"])
def test_an_age_that_is_none_is_named_and_the_old_one_stays(page: Page, text: str):
    age = page.get_by_label("Age at presentation (years)")
    age.fill("34")
    page.keyboard.press("Enter")
    age.fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".ng-wrong")).to_contain_text("still 34")
    assert chips(page) == ["Age at presentation: 34 years"]


def test_a_slash_works_in_the_age_too(page: Page):
    page.get_by_label("Age at presentation (years)").focus()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_f_is_female(page: Page):
    row(page, "sex").locator("input").first.focus()
    page.keyboard.press("m")
    assert chips(page) == ["Sex: male"]
    page.keyboard.press("f")
    assert chips(page) == ["Sex: female"]
    page.keyboard.press("p")
    assert chips(page) == ["Sex: female"]


def test_the_slider_is_dragged_and_stepped(page: Page):
    choose(page, "headache", "present")
    slider = page.get_by_label("How sure: Headache")
    row(page, "headache").locator(".ng-states").hover()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 6, middle)
    page.mouse.down()
    seen = set()
    for share in (0.8, 0.6, 0.4, 0.2):
        page.mouse.move(box["x"] + share * box["width"], middle, steps=3)
        seen.add(slider.input_value())
    page.mouse.up()
    assert len(seen) == 4
    before = int(slider.input_value())
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert int(slider.input_value()) == before + 15
    expect(slider).to_be_focused()
    page.get_by_role("button", name="Undo", exact=True).click()
    assert chips(page) == ["Headache: present"]


# -- steps --------------------------------------------------------------------------------------


def test_every_step_is_undone_and_redone(page: Page):
    choose(page, "headache", "present")
    choose(page, "fever", "absent")
    page.get_by_label("Example").select_option("fig_2b")
    expect(page.locator(".ng-chips li")).to_have_count(5)
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".ng-chips li")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator(".ng-chips li")).to_have_count(5)
    page.go_back()
    expect(page.locator(".ng-chips li")).to_have_count(2)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".ng-chips li")).to_have_count(1)
    page.get_by_role("button", name="Redo").click()
    expect(page.locator(".ng-chips li")).to_have_count(2)
    expect(row(page, "fever").get_by_role("radio", name="absent")).to_be_checked()


def test_the_setting_is_undone_with_the_rest(page: Page):
    page.get_by_label("Setting").select_option("tb_endemic")
    settled(page)
    page.go_back()
    expect(page.get_by_label("Setting")).to_have_value("")
    expect(page.locator("footer")).to_contain_text("Adult referral")


def test_the_change_is_not_from_another_patient(page: Page):
    choose(page, "headache", "present")
    settled(page)
    page.get_by_label("Example").select_option("fig_2b")
    expect(page.locator("#notice")).to_contain_text("Fig. 2b")
    assert "".join(page.locator(".ng-change").all_inner_texts()) == ""


def test_the_notice_of_an_example_goes_with_it(page: Page):
    page.get_by_label("Example").select_option("fig_2d")
    expect(page.locator("#notice")).to_contain_text(re.compile(r"here it is number \d+ of 29"))
    choose(page, "headache", "present")
    expect(page.locator("#notice")).to_be_empty()


# -- what cannot hold together ------------------------------------------------------------------


def test_a_contradiction_is_named_with_a_way_out(page: Page):
    choose(page, "corpus_callosum_lesions", "present")
    choose(page, "brain_mri_abnormal", "absent")
    named = page.locator(".ng-contradictions")
    expect(named).to_contain_text(
        "Corpus callosum lesions is present, and Abnormal brain MRI absent"
    )
    named.get_by_role("button", name="Take out Abnormal brain MRI").click()
    expect(named).to_be_empty()
    assert chips(page) == ["Corpus callosum lesions: present"]


def test_the_keyboard_is_never_lost(page: Page):
    choose(page, "corpus_callosum_lesions", "present")
    choose(page, "brain_mri_abnormal", "absent")
    for name in ("Take out Abnormal brain MRI", "MRI of the brain with contrast"):
        page.get_by_role("button", name=name, exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
        assert page.evaluate("document.activeElement !== document.body"), name


def test_everything_else_was_normal_contradicts_nothing(page: Page, address: str):
    page.goto(address + FRAGMENT)
    page.reload()
    settled(page)
    enter_result_of(page, "mri_brain_with_contrast")
    page.get_by_role("button", name="Everything else was normal").click()
    settled(page)
    entered = chips(page)
    assert "Ring enhancement: absent" in entered
    assert not {"Abnormal brain MRI: absent", "Multiple brain lesions: absent"} & set(entered)
    expect(page.locator(".ng-contradictions")).to_be_empty()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".ng-chips li")).to_have_count(2 + len(SUSAC))
    expect(page.locator(".ng-only")).to_be_hidden()


def test_everything_else_was_normal_leaves_open_by_which_part_a_whole_is_there(
    page: Page, address: str
):
    page.goto(f"{address}#csf_pleocytosis=present")
    page.reload()
    settled(page)
    enter_result_of(page, "lumbar_puncture")
    page.get_by_role("button", name="Everything else was normal").click()
    settled(page)
    entered = set(chips(page))
    assert "Raised CSF protein: absent" in entered
    assert not any("predominan" in name or "eosinophil" in name.lower() for name in entered)


def test_a_search_leaves_the_findings_of_a_test(page: Page, address: str):
    page.goto(address + FRAGMENT)
    page.reload()
    settled(page)
    enter_result_of(page, "lumbar_puncture")
    assert search(page, "fever")[0] == "fever"


# -- which patients -----------------------------------------------------------------------------


def test_the_page_asks_what_the_scan_shows(page: Page):
    expect(page.locator(".ng-scope")).to_contain_text("MRI shows punctate (miliary) enhancement")
    choose(page, "hearing_loss", "present")
    premise = page.locator(".ng-premise")
    expect(premise).to_contain_text("Neither has been entered: say first what the scan shows")
    page.get_by_role("button", name="Calcium in the brain").click()
    expect(premise).to_be_empty()
    assert "Intracerebral calcification: present" in chips(page)
    expect(page.locator("[data-group=ct]")).to_have_attribute("open", "")
    page.get_by_role("button", name="Neither").click()
    expect(premise).to_contain_text("the list does not fit")


def test_with_nothing_entered_it_does_not_argue(page: Page):
    expect(page.get_by_role("tab")).to_have_count(0)
    expect(page.get_by_role("heading", name="Before any finding")).to_be_visible()
    expect(page.locator(".ng-urgent")).to_be_empty()


# -- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"fevr": "present"}', "nearest: fever"),
        ('{"fever": {}}', "fever"),
        ('{"constructor": "present"}', "unknown finding"),
        (
            '{"resourceType": "Bundle", "entry": []}',
            "expected a Patient, Conditions or Observations",
        ),
        ("[" * 200_000, "expected a JSON object"),
        ('{"evidence": {}, "model": {"setting": "mars"}}', "setting=mars"),
    ],
)
def test_a_refused_file_changes_nothing(page: Page, text: str, words: str):
    choose(page, "headache", "present")
    settled(page)
    address = page.url
    give(page, "x.json", text)
    expect(page.locator("#notice")).to_contain_text(words)
    expect(page.locator("#notice")).to_contain_text("Nothing was changed")
    assert (chips(page), page.url) == (["Headache: present"], address)


def test_an_unknown_setting_in_the_address_is_told(page: Page, address: str):
    page.goto(f"{address}#setting=mars&age=&headache=present")
    page.reload()
    expect(page.locator("#notice")).to_contain_text("setting=mars: unknown")
    assert chips(page) == ["Headache: present"]
