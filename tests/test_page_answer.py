"""What the page answers and how it looks: marks, cards, comparison, speed, bad days, any screen."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

import neurogamut as ng
from neurogamut.server.app import create_app
from support.the_page import (
    FRAGMENT,
    SUSAC,
    chips,
    choose,
    leading,
    served,
    settled,
    shown,
    watched,
)

pytestmark = pytest.mark.slow

CASE = {"age": 20, "sex": "female", **SUSAC}


@pytest.fixture
def susac(page: Page, address: str) -> Page:
    """The page with the patient of Fig. 3b."""
    page.goto(address + FRAGMENT)
    page.reload()
    settled(page)
    return page


# -- the answer ---------------------------------------------------------------------------------


def test_why_is_against_a_disease_with_a_name(susac: Page, model: ng.Model):
    why = model.explain(CASE)
    assert why.against != "other"
    pair = susac.locator(".ng-pair")
    expect(pair).to_contain_text(f"{model.labels[why.against]} (next named)")
    heaviest = next(w for w in why.weights if w.bans > 0)
    expect(susac.locator(".ng-reasons > div").first).to_contain_text("Corpus callosum lesions")
    assert heaviest.finding == "corpus_callosum_lesions"


def test_a_disease_is_not_weighed_against_itself(susac: Page):
    option = susac.get_by_label("Against").locator("option[value=susac]")
    expect(option).to_be_disabled()


def test_three_diagnoses_side_by_side(susac: Page, model: ng.Model):
    susac.get_by_role("tab", name="Compare").click()
    table = susac.locator(".ng-compare")
    names = [label for d, label in model.labels.items() if d != "other"]
    heads = table.locator("thead th").all_inner_texts()[1:]
    assert len(heads) == 3 and set(heads) <= set(names)
    rate = 10 ** model.explain(CASE).likelihoods["corpus_callosum_lesions"]["susac"]
    row = table.locator("tr[data-finding=corpus_callosum_lesions]")
    expect(row.locator(".ng-most")).to_contain_text(f"{100 * rate:.1f}")


def test_a_card_says_what_treats_it_and_where_to_read_on(susac: Page, model: ng.Model):
    susac.get_by_role("button", name="About Susac syndrome").click()
    card = susac.get_by_role("dialog", name="About the disease")
    profile = model.profile("susac")
    expect(card).to_contain_text(profile.treatment)
    expect(card).to_contain_text("to begin within days")
    expect(card).to_contain_text(profile.features[0].label)
    link = card.get_by_role("link", name="Orphanet 838")
    expect(link).to_have_attribute("href", "https://www.orpha.net/en/disease/detail/838")
    expect(card.get_by_role("link", name=re.compile("Radiopaedia"))).to_be_visible()
    assert Axe().run(susac).response["violations"] == []
    card.get_by_role("button", name="Close").click()
    expect(susac.get_by_role("button", name="About Susac syndrome")).to_be_focused()


def test_what_must_not_be_missed_is_named(susac: Page, model: ng.Model):
    posterior = model.posterior(CASE)
    named = susac.locator(".ng-urgent")
    urgent = {c.disease for c in model.base.disease_cards if c.within in ("hours", "days")}
    others = [d for d, p in posterior.top(29)[1:] if d in urgent and p >= 0.01]
    for disease in others[:8]:
        expect(named).to_contain_text(model.labels[disease])
    expect(named).not_to_contain_text("Vitamin B12")


def test_every_interval_contains_its_value(page: Page, address: str):
    page.goto(f"{address}#retinal_artery_occlusion=present&csf_jcv_pcr_positive=present")
    page.reload()
    settled(page)
    places = page.evaluate(
        """() => [...document.querySelectorAll('.ng-diseases li')].map((row) => {
            const at = (name) => row.querySelector(name).style;
            const bar = parseFloat(at('.ng-posterior').width);
            const low = parseFloat(at('.ng-whisker').left);
            return [low, bar, low + parseFloat(at('.ng-whisker').width)];
        })"""
    )
    assert all(low <= bar + 1e-6 and bar <= high + 1e-6 for low, bar, high in places)


def test_sources_lead_to_their_papers(susac: Page):
    susac.locator(".ng-sources summary").click()
    link = susac.locator(".ng-sources").get_by_role("link", name="PMC11658810")
    expect(link).to_have_attribute("href", "https://pmc.ncbi.nlm.nih.gov/articles/PMC11658810/")
    texts = susac.locator(".ng-sources li").all_inner_texts()
    assert not [text for text in texts if len(re.findall(r"PMID (\d+)", text)) > 1]
    susac.get_by_role("tab", name="How sure").click()
    figures = susac.locator(".ng-figures")
    expect(figures).to_contain_text("Fuchs L, et al. Clinical characterization")
    expect(figures).not_to_contain_text("fuchs_2025")


def test_a_plan_is_drawn_as_a_tree(susac: Page, model: ng.Model):
    susac.get_by_role("tab", name="What next").click()
    susac.get_by_role("button", name="Draw the plan").click()
    tree = susac.locator(".ng-tree")
    expect(tree).to_be_visible()
    expect(tree.locator("summary").first).to_contain_text("Susac syndrome")
    assert tree.locator("li li").count() > 1
    choose(susac, "headache", "present")
    expect(tree).to_have_count(0)


def test_the_answer_is_copied_as_text(susac: Page, model: ng.Model):
    susac.get_by_role("button", name="Copy as text").click()
    expect(susac.locator("#notice")).to_contain_text("copied")
    text = susac.evaluate("navigator.clipboard.readText()")
    for words in (
        "- Corpus callosum lesions: present",
        f"1. Susac syndrome {100 * model.posterior(CASE)['susac']:.1f} % (95 % interval",
        "Why Susac syndrome rather than",
        model.info.hash[:12],
        "research use only",
    ):
        assert words in text


@pytest.mark.parametrize(("button", "member"), [("Phenopacket", "subject"), ("FHIR", "prediction")])
def test_a_case_is_saved_for_other_programs(susac: Page, button: str, member: str):
    susac.locator(".ng-menu summary").click()
    with susac.expect_download() as download:
        susac.get_by_role("button", name=re.compile(button)).click()
    assert member in json.loads(download.value.path().read_text())


def test_a_saved_case_comes_back_with_its_setting(susac: Page, tmp_path):
    susac.get_by_label("Setting").select_option("immunocompromised")
    susac.locator("#reporting").select_option("systematic")
    settled(susac)
    before, address = leading(susac).inner_text(), susac.url
    susac.locator(".ng-menu summary").click()
    with susac.expect_download() as download:
        susac.get_by_role("button", name="Case (JSON)").click()
    file = tmp_path / "case.json"
    download.value.save_as(file)
    susac.get_by_label("Setting").select_option("")
    susac.get_by_role("button", name="Start over").click()
    susac.locator("#file").set_input_files(file)
    expect(susac.locator("#notice")).to_contain_text("Read from case.json")
    settled(susac)
    assert susac.url == address
    assert leading(susac).inner_text().split("\n")[:2] == before.split("\n")[:2]


# -- speed and bad days -------------------------------------------------------------------------


def test_a_click_is_one_request(susac: Page):
    asked = []
    susac.on("request", lambda request: asked.append(request.url))
    choose(susac, "headache", "present")
    settled(susac)
    assert sum("/v1/" in url for url in asked) == 1


def test_what_was_overtaken_is_given_up(page: Page):
    """The request of the first click is cancelled by the second."""
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.route("**/v1/answers", lambda route: _late(page, route))
    choose(page, "headache", "present")
    choose(page, "fever", "present")
    settled(page)
    assert any("answers" in url for url in failed)
    assert len(chips(page)) == 2


def _late(page: Page, route: Route) -> None:
    page.wait_for_timeout(300)
    route.continue_()


def test_what_waits_looks_like_it(susac: Page):
    susac.route("**/v1/answers", lambda route: None)
    choose(susac, "headache", "present")
    panel = susac.get_by_role("tabpanel")
    expect(panel).to_have_attribute("aria-busy", "true")
    expect(panel).to_have_css("opacity", "0.5")
    expect(susac.locator(".ng-bars")).to_have_css("opacity", "0.5")


def test_after_a_failure_one_asks_again(susac: Page):
    busy = {"title": "Too Many Requests", "status": 429, "detail": "more than 20 requests a second"}
    susac.route("**/v1/answers", lambda route: route.fulfill(status=429, json=busy))
    choose(susac, "headache", "present")
    refusal = susac.locator(".ng-refusal")
    expect(refusal).to_contain_text("More than 20 requests a second.")
    susac.unroute("**/v1/answers")
    refusal.get_by_role("button", name="Retry").click()
    expect(refusal).to_have_count(0)
    settled(susac)


def test_something_is_painted_before_there_is_an_answer(browser: Browser, address: str):
    with watched(browser, address) as page:
        page.route("**/v1/choices", lambda route: None)
        page.goto(address)
        expect(page.get_by_text("Loading the findings")).to_be_visible()
        expect(page.locator(".ng-scope")).to_be_in_viewport()


def test_a_key_that_was_changed_is_asked_for_again(browser: Browser, model: ng.Model):
    keys = ["a key for the reading room"]
    name = "rotated.localhost"
    with served(create_app(model, keys=keys, names=(name,))) as found:
        address = found.replace("127.0.0.1", name)
        with watched(browser, address) as page:
            page.goto(address)
            page.get_by_label("This server asks for an API key").fill(keys[0])
            page.keyboard.press("Enter")
            settled(page)
            page.route("**/v1/**", lambda route: route.continue_(headers={}))
            choose(page, "headache", "present")
            expect(page.get_by_label("This server asks for an API key")).to_be_focused()
            page.unroute("**/v1/**")
            page.get_by_label("This server asks for an API key").fill(keys[0])
            page.keyboard.press("Enter")
            settled(page)
            assert chips(page) == ["Headache: present"]


# -- any screen ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 390, 820, 900, 960, 1280, 1920, 2560])
def test_bars_at_every_width(susac: Page, width: int):
    susac.set_viewport_size({"width": width, "height": 900})
    tracks = susac.locator(".ng-diseases .ng-track:visible")
    assert all(track.bounding_box()["width"] >= 90 for track in tracks.all())
    assert susac.evaluate("document.documentElement.scrollWidth") == width
    expect(susac.locator(".ng-research")).to_be_in_viewport()


def test_high_contrast_keeps_bars_and_choices(browser: Browser, address: str):
    with watched(browser, address, forced_colors="active") as page:
        page.goto(address + FRAGMENT)
        settled(page)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        for part in (".ng-posterior", ".ng-waterfall .ng-for", ".ng-states input:checked ~ span"):
            colour = page.locator(part).first.evaluate("e => getComputedStyle(e).backgroundColor")
            assert colour != ground and colour != "rgba(0, 0, 0, 0)", part
        tabs = page.get_by_role("tab").evaluate_all(
            "all => all.map((tab) => getComputedStyle(tab).borderBottomWidth)"
        )
        assert tabs[0] != tabs[1]


def test_fingers_have_room(browser: Browser, address: str):
    touch = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with watched(browser, address, **touch) as page:
        page.goto(address + FRAGMENT)
        settled(page)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, select, summary, .ng-states label')]
                .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 40)
                .map((one) => one.outerHTML.slice(0, 90))"""
        )
        assert small == []


def test_the_first_tab_skips_to_the_search(page: Page):
    assert page.evaluate("document.querySelector('a, button, input, select').id") == "skip"
    page.locator("#skip").focus()
    expect(page.locator("#skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_help_names_every_paper(browser: Browser, address: str, model: ng.Model):
    with watched(browser, address) as page:
        page.goto(address)
        page.get_by_role("link", name="Sources").click()
        expect(page.locator("#papers li")).to_have_count(len(model.base.sources))
        expect(page.locator("[data-fact=knowledge]")).to_contain_text("28 diseases")
        assert Axe().run(page).response["violations"] == []


def test_the_print_says_how_it_was_read(susac: Page):
    susac.add_init_script("window.print = () => {}")
    susac.reload()
    settled(susac)
    susac.get_by_role("button", name="Print").click()
    expect(susac.locator("#printed")).not_to_be_empty()
    susac.emulate_media(media="print")
    expect(susac.locator("#mode")).to_contain_text("a single disease explains the case")
    expect(susac.locator(".ng-legend")).to_be_visible()
    expect(susac.get_by_text("Patient reference")).to_be_visible()
    assert susac.locator(".ng-diseases li:visible").count() == 29


def test_the_form_and_the_neighbours_stand_beneath_their_bars(
    page: Page, address: str, model: ng.Model
):
    case = {
        "age": 29, "sex": "female", "optic_neuritis": "present", "miliary_enhancement": "present",
        "csf_oligoclonal_bands": "present", "periventricular_white_matter_lesions": "present",
    }  # fmt: skip
    page.goto(address + "#" + "&".join(f"{name}={state}" for name, state in case.items()))
    page.reload()
    settled(page)
    answer = model.posterior(case)
    for disease in (answer.leading, "other"):
        form, _ = answer.top_forms(disease)[0]
        beneath = page.locator(f".ng-diseases li[data-disease={disease}] .ng-forms")
        expect(beneath).to_contain_text(answer.form_labels[f"{disease}/{form}"])


# -- what is said of tests ----------------------------------------------------------------------


def test_mri_done_and_nothing_else_is_one_click(susac: Page, model: ng.Model):
    mri = "MRI of the brain with contrast"
    susac.locator(".ng-done").get_by_role("button", name=mri, exact=True).click()
    settled(susac)
    told = model.posterior({**CASE, "tests_done": ["mri_brain_with_contrast"]})
    expect(leading(susac)).to_contain_text(shown(told["susac"]))
    assert f"{mri}: done, nothing else found" in chips(susac)
    assert susac.url.endswith("&tests_done=mri_brain_with_contrast")
    susac.get_by_role("tab", name="What next").click()
    expect(susac.locator("[data-test=mri_brain_with_contrast]")).to_have_count(0)
    susac.reload()
    expect(leading(susac)).to_contain_text(shown(told["susac"]))
    susac.get_by_role("button", name=f"Take out {mri}").click()
    expect(susac.locator(".ng-chips li")).to_have_count(2 + len(SUSAC))


def test_a_test_that_cannot_be_had_is_not_proposed(susac: Page):
    susac.get_by_role("tab", name="What next").click()
    test = susac.locator("[data-test=lumbar_puncture]")
    test.locator("summary").click()
    test.get_by_role("button", name="Not available").click()
    expect(test).to_have_count(0)
    settled(susac)
    assert "Lumbar puncture with routine CSF: not available" in chips(susac)
    susac.get_by_role("button", name="Undo", exact=True).click()
    expect(susac.locator(".ng-chips li")).to_have_count(2 + len(SUSAC))
