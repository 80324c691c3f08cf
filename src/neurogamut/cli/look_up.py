"""Commands that open the knowledge base: its lists, one cell, the network as a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..cases.presets import presets
from ..knowledge.base import OTHER
from ..knowledge.names import folded
from ..knowledge.records import Form
from ..knowledge.reporting import SYSTEMATIC
from ..model import Model
from ..render import text
from ..render.sheet import Linked, Listing, Part, Sheet, Table
from ..render.wording import links, percent
from .completion import diseases, findings
from .output import console, show_json, show_text
from .shared_options import NewFile, opens_model, takes_json, takes_reporting

if TYPE_CHECKING:
    from ..knowledge.records import Disease, FindingRecord, Utility

R = TypeVar("R", "Disease", "FindingRecord")
KINDS = ("diseases", "forms", "findings", "tests", "actions", "sources", "settings", "presets")
#: What the key of an entry is called, where not that.
KEYS = {"forms": "owner", "tests": "test", "settings": "setting", "presets": "patient"}
NEIGHBOURS = "Neighbours, outlines of diseases outside the list"
#: So many diseases of a setting are named.
COMMONEST = 3


@click.command("list")
@click.argument("kind", metavar="|".join(KINDS), type=click.Choice(KINDS))
@click.argument("words", nargs=-1, metavar="[WORD]...")
@opens_model
@takes_json
def list_records(kind: str, words: tuple[str, ...], model: Model, as_json: bool) -> None:
    """What the knowledge base holds, in lists.

    With WORDs only what has all of them in its cells, in any case and spelling; where no finding
    has, those that reports call so.
    """
    every = _entries(kind, model)
    entries = [entry for entry in every if _has(entry, words)]
    if kind == "findings" and not entries:
        called = _called(model)
        entries = [entry for entry in every if any(_has(c, words) for c in called[entry["key"]])]
    if as_json:
        show_json(entries)
        return
    if not entries and not words:
        text.write(console(), Sheet(f"These tables have no {kind}.", (), str(model.info)))
        return
    headline, *parts = LISTS[kind](model, {entry[KEYS.get(kind, "key")] for entry in entries})
    if words:
        headline = f"{len(entries)} of {len(every)} {kind}. {headline}"
    text.write(console(), Sheet(headline, tuple(parts), str(model.info)))


def _entries(kind: str, model: Model) -> list[dict[str, Any]]:
    """Everything of a kind as documents."""
    if kind == "presets":
        return list(presets(model.base.root))
    if kind == "settings":
        return [{"setting": name, "prior": _prior(model, name)} for name in model.base.settings]
    if kind == "actions":
        rows = [row.model_dump(mode="json", exclude={"row"}) for row in model.base.utilities]
        return [{"key": f"{row['action']} {row['disease']}", **row} for row in rows]
    if kind == "forms":
        return [
            {"owner": form.owner, **form.model_dump(mode="json", exclude={"row"})}
            for form in model.base.forms
        ]
    records = getattr(model.base, kind)
    entries = [record.model_dump(mode="json", exclude={"row"}) for record in records]
    if kind == "findings":
        meant = {record.finding: record.definition for record in model.base.definitions}
        entries = [entry | {"definition": meant.get(entry["key"], "")} for entry in entries]
    return entries


def _called(model: Model) -> dict[str, list[str]]:
    """The words by which reports call each finding."""
    from ..knowledge import wordings

    called: dict[str, list[str]] = defaultdict(list)
    if (model.base.root / wordings.FOLDER).is_dir():
        for phrase in wordings.load(model.base).phrases:
            for finding in phrase.finding:
                called[finding] += phrase.words
    return called


def _prior(model: Model, setting: str) -> dict[str, float]:
    weights = {weight.disease: weight.weight for weight in model.base.weights(setting)}
    total = sum(weights.values())
    return {disease: weight / total for disease, weight in weights.items()}


def _has(entry: object, words: Sequence[str]) -> bool:
    found = folded(str(entry))
    return all(folded(word) in found for word in words)


def _diseases(model: Model, keys: Collection[str]) -> Iterator[Any]:
    yield f"In brackets: the probability in setting {model.info.setting} before any finding."
    priors = {key: percent(prior) for key, prior in model.prior.items()}
    yield from _by_group(model.base.diseases, keys, lambda d: f"{d.label} ({priors[d.key]})")


def _forms(model: Model, keys: Collection[str]) -> Iterator[Any]:
    yield "In brackets: the share of the disease's patients, and when the form applies."
    kept = [form for form in model.base.forms if form.owner in keys]
    for disease in dict.fromkeys(form.disease for form in kept):
        of = [form for form in kept if form.disease == disease]
        title = NEIGHBOURS if disease == OTHER else model.labels[disease]
        yield Listing(f"{title} ({disease})", [(form.owner, _share(form)) for form in of])


def _share(form: Form) -> str:
    return f"{form.label} ({', '.join(filter(None, (percent(form.share), form.applies)))})"


def _findings(model: Model, keys: Collection[str]) -> Iterator[Any]:
    yield "A finding is present or absent, unless its states are given."
    yield from _by_group(model.base.findings, keys, _label_and_states)


def _label_and_states(finding: FindingRecord) -> str:
    usual = finding.states == ("present", "absent")
    return finding.label if usual else f"{finding.label}: {', '.join(finding.states)}"


def _by_group(
    records: Sequence[R], keys: Collection[str], words: Callable[[R], str]
) -> Iterator[Part]:
    """The key and the text of the records with these keys, by group."""
    kept = [record for record in records if record.key in keys]
    for group in dict.fromkeys(record.group for record in kept):
        yield Listing(group, [(r.key, words(r)) for r in kept if r.group == group])


def _tests(model: Model, keys: Collection[str]) -> Iterator[Any]:
    yield "cost: 1 is a blood test; harm: the probability of a serious one; days until the answer"
    rows = [
        (test.test, test.label, f"{test.cost:g}", percent(test.harm), f"{test.days:g}")
        for test in model.base.tests
        if test.test in keys
    ]
    yield Table(("key", "test", "cost", "harm", "days"), rows, ("cost", "harm", "days"))


def _actions(model: Model, keys: Collection[str]) -> Iterator[Any]:
    yield "What each management is worth in each disease, from 0 (worst) to 1 (best), and why."
    rows = [row for row in model.base.utilities if f"{row.action} {row.disease}" in keys]
    for disease, label in model.labels.items():
        mine = sorted((r for r in rows if r.disease == disease), key=lambda row: -row.utility)
        if mine:
            yield Listing(label, [(row.action, _worth(row)) for row in mine])


def _worth(row: Utility) -> str:
    place = f"{row.basis}, {row.source}, {row.locator}" if row.locator else row.basis
    return f"{row.utility:g} ({place}) {row.note}"


def _sources(model: Model, keys: Collection[str]) -> Iterator[Any]:
    yield "The bibliography."
    kept = [source for source in model.base.sources if source.key in keys]
    yield Listing("", [(s.key, Linked(s.citation, links(s.row.cells))) for s in kept])


def _settings(model: Model, keys: Collection[str]) -> Iterator[Any]:
    yield "Populations to choose by --setting, with the diseases that are commonest in each."
    priors = {name: _prior(model, name) for name in model.base.settings if name in keys}
    yield Listing("", [(name, _commonest(model, prior)) for name, prior in priors.items()])


def _commonest(model: Model, prior: Mapping[str, float]) -> str:
    named = (disease for disease in prior if disease != OTHER)
    first = sorted(named, key=prior.__getitem__, reverse=True)[:COMMONEST]
    return ", ".join(f"{model.labels[disease]} {percent(prior[disease])}" for disease in first)


def _presets(model: Model, keys: Collection[str]) -> Iterator[Any]:
    yield "Patients of published figures; --json has their cases."
    rows = [
        (p["patient"], p["label"], p["figure"], model.labels[p["diagnosis"]])
        for p in presets(model.base.root)
        if p["patient"] in keys
    ]
    yield Table(("key", "patient", "figure", "the paper's diagnosis"), rows)


LISTS = {
    "diseases": _diseases,
    "forms": _forms,
    "findings": _findings,
    "tests": _tests,
    "actions": _actions,
    "sources": _sources,
    "settings": _settings,
    "presets": _presets,
}


@click.command()
@click.argument("finding", shell_complete=findings)
@click.argument("disease", shell_complete=diseases)
@opens_model
@takes_json
def show(finding: str, disease: str, model: Model, as_json: bool) -> None:
    """One cell: P(FINDING | DISEASE), its distribution, and each row behind it.

    DISEASE/FORM is a form of a disease; of a neighbour the key is enough."""
    cells = model.show(*_in_order(model, finding, disease))
    if as_json:
        show_json([cell.to_dict() for cell in cells])
    else:
        show_text(*cells)


def _in_order(model: Model, finding: str, disease: str) -> tuple[str, str]:
    """The two names, finding first, in whichever order they were typed."""
    base = model.base
    diseases = (base.names_of_diseases, base.neighbours)
    named = "/" in finding or any(names.find(finding) for names in diseases)
    swapped = named and not base.names_of_findings.find(finding)
    return (disease, finding) if swapped else (finding, disease)


@click.command()
@click.argument("file", type=NewFile())
@opens_model
@takes_reporting(SYSTEMATIC)
def export(file: Path, model: Model, reporting: str) -> None:
    """Write the network to FILE, as BIF (.bif) or XMLBIF (.xml).

    With pertinent reporting it has a node for what is said beside every finding that may be told
    or not."""
    model.export(file, reporting)
    click.echo(f"wrote {file}", err=True)


commands = {"list": list_records, "show": show, "export": export}
