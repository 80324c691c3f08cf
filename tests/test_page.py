"""The page in a real browser: what a radiologist does with it, and what it must never do."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright

import neurogamut as ng
from neurogamut.server.app import create_app

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: The patient of Fig. 3b and 5d before the retina was examined (as in `neurogamut demo`).
SUSAC = {
    "miliary_enhancement": "present",
    "pvs_pattern": "absent",
    "corpus_callosum_lesions": "present",
    "lesion_location": "supratentorial",
}
FRAGMENT = "#age=20&sex=female&" + "&".join(f"{key}={state}" for key, state in SUSAC.items())

# A busy machine is no failure.
expect.set_options(timeout=20_000)


KEY = "a key for the reading room"


@pytest.fixture(scope="module")
def address(model: ng.Model) -> Iterator[str]:
    """A server that anyone on this machine may ask."""
    with served(create_app(model)) as found:
        yield found


@pytest.fixture(scope="module")
def locked_address(model: ng.Model) -> Iterator[str]:
    """A server that asks for a key, by a name that is not this machine's (browsers know better)."""
    name = "reading-room.localhost"
    with served(create_app(model, keys=(KEY,), names=(name,))) as found:
        yield found.replace("127.0.0.1", name)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """An application on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, ready to be used."""
    with watched(browser, address) as page:
        page.goto(address)
        expect(intervals(page).first).to_be_visible()
        yield page


@contextmanager
def watched(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose console stays silent and whose requests all go to the server."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    # A refused case is answered with a status that the browser itself reports.
    assert [text for text in said if "status of 4" not in text] == []
    assert [url for url in asked if not url.startswith((address, "blob:"))] == []


def intervals(page: Page):
    return page.locator(".ng-whisker:not([hidden])")


def leading(page: Page):
    return page.locator(".ng-diseases li").first


def shown(probability: float) -> str:
    """As the page words it."""
    return f"{100 * probability:.1f}\u202f%"


def choose(page: Page, finding: str, state: str) -> None:
    row = page.locator(f"[data-finding={finding}]").first
    if row.locator("select").count():
        row.locator("select").select_option(state)
    else:
        row.get_by_role("radio", name=state, exact=True).check(force=True)


def enter_susac(page: Page) -> None:
    page.get_by_label("Age at presentation (years)").fill("20")
    choose(page, "sex", "female")
    for finding, state in SUSAC.items():
        choose(page, finding, state)
    expect(leading(page)).to_contain_text("Susac syndrome")
    expect(intervals(page).first).to_be_visible()


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
    bar.locator("button").click()
    disease = bar.get_attribute("data-disease")
    expect(page.locator(".ng-total")).to_contain_text(model.labels[disease])
    expect(bar.locator("button")).to_have_attribute("aria-pressed", "true")


def test_a_suggested_test_is_followed(page: Page):
    enter_susac(page)
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
    test.get_by_role("button", name="Enter: none of its 5 findings").click()
    expect(page.locator(".ng-chips li")).to_have_count(6 + 5)
    expect(page.locator("[data-test=lumbar_puncture]")).to_have_count(0)


def test_what_would_flip_it(page: Page, model: ng.Model):
    enter_susac(page)
    page.get_by_role("tab", name="What would flip it").click()
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


def test_probably_is_a_likelihood(page: Page, model: ng.Model):
    choose(page, "corpus_callosum_lesions", "present")
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
    page.get_by_label("How sure: Corpus callosum lesions").fill("90")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    file = tmp_path / "case.json"
    download.value.save_as(file)
    case = {"age": 20, "sex": "female"} | SUSAC
    case["corpus_callosum_lesions"] = {"present": 0.9, "absent": 0.1}
    assert json.loads(file.read_text()) == case
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
    expect(page.locator(".ng-refusal")).to_contain_text("unknown finding")
    assert page.locator("main img, main b, #notice i").count() == 0


def test_several_readers_are_kept(page: Page, address: str):
    page.goto(f"{address}#haemorrhage=present:0.8,absent:0.2&haemorrhage=absent")
    expect(page.locator("[data-finding=haemorrhage]")).to_contain_text("Several readers: probably")
    assert page.url.endswith("#haemorrhage=present:0.8,absent:0.2&haemorrhage=absent")


def test_search_by_word_and_synonym(page: Page):
    search = page.get_by_role("searchbox")
    search.fill("bell palsy")
    names = page.locator(".ng-finding:visible .ng-name")
    expect(names).to_have_count(1)
    expect(names).to_contain_text("Facial nerve palsy")
    search.fill("no such word")
    expect(page.get_by_text("No finding is called that.")).to_be_visible()
    search.fill("")
    expect(page.get_by_text("No finding is called that.")).to_be_hidden()


def test_everything_by_keyboard(page: Page):
    page.keyboard.press("/")
    page.keyboard.type("corpus callosum")
    page.keyboard.press("Enter")
    page.keyboard.press("p")
    chip = page.locator(".ng-chips li")
    expect(chip).to_contain_text("Corpus callosum lesions: present")
    page.keyboard.press("a")
    expect(chip).to_contain_text("Corpus callosum lesions: absent")
    page.keyboard.press("n")
    expect(chip).to_have_count(0)
    expect(page.locator(":focus")).to_have_attribute("type", "radio")
    page.get_by_role("tab", name="Why").focus()
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
    expect(page.locator("footer")).to_contain_text("tb endemic")
    page.reload()
    expect(page.get_by_label("Setting")).to_have_value("tb_endemic")


def test_diseases_that_may_coexist(page: Page, model: ng.Model):
    enter_susac(page)
    page.get_by_label("Diseases").select_option("may coexist")
    answer = model.posterior({"age": 20, "sex": "female", **SUSAC}, "coexisting")
    together = page.locator(".ng-together")
    expect(together).to_contain_text(shown(answer.number_present[1]))
    expect(together).to_contain_text(model.labels[answer.sets[0].diseases[0]])
    expect(page.locator("[data-disease=susac]")).to_contain_text(shown(answer["susac"]))
    expect(page.get_by_role("tab")).to_have_count(0)
    expect(intervals(page)).to_have_count(0)
    assert Axe().run(page).response["violations"] == []
    page.reload()
    expect(page.get_by_label("Diseases")).to_have_value("coexisting")
    expect(together).to_be_visible()
    page.get_by_label("Diseases").select_option("just one")
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
    assert not model.posterior(case).fits
    page.goto(f"{address}#" + "&".join(f"{key}={state}" for key, state in case.items()))
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


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_at_any_width(page: Page, address: str, width: int, scheme: str):
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.goto(address + FRAGMENT)
    expect(leading(page)).to_contain_text("Susac syndrome")
    parts = {"Why": "body", "What next": "[role=tabpanel]", "What would flip it": "[role=tabpanel]"}
    for tab, part in parts.items():
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel").locator("p").first).to_be_visible()
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        violations = Axe().run(page, context=part).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
