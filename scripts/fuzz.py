"""Damaged input at every door: anything but an error of ours is a fault, kept as a file.

    python scripts/fuzz.py                       ten minutes for each door
    python scripts/fuzz.py --seconds 30 bif yaml   these doors, half a minute each

Texts that a door reads are cut, doubled, crossed, and sprinkled with what parsers stumble over.
Ends with 1 where there are faults; `--keep FOLDER` has the inputs.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path

import neurogamut as ng
from neurogamut.cases.files import read_case_file
from neurogamut.errors import NeurogamutError

REPOSITORY = Path(__file__).resolve().parents[1]
CASE = {"sex": "female", "corpus_callosum_lesions": "present", "hearing_loss": True}
FORMATS = ("bif", "xmlbif", "net", "xdsl", "uai")
#: What parsers stumble over.
ODD = [
    *(piece.encode() for piece in "{}[](),:;|\"'\\<>/&=.-+#%!*?@~`^$ \t\n\r"),
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", "é".encode(), "\u2028".encode()),
    *(b"NaN", b"Infinity", b"-0", b"1e999", b"1e-999", b"0x1F", b"1_000", b"9" * 400, b"9" * 5000),
    *(b"null", b"true", b"~", b"<<: *a", b"&a ", b"*a", b"!!python/object:os.system", b"!!set "),
    *(b"? ", b"- ", b"2001-99-99", b"2001-01-01", b"[" * 3000, b"{" * 3000, b"a." * 2000),
    *(b"<!ENTITY a 'b'>", b"&a;", b"<![CDATA[", b"-->", b"P" + b"1" * 400 + b"Y", b"P1Y", b"P-1Y"),
    *(b'"present"', b'{"present": 1}', b"present", b"age", b"sex", b"\\ud800", b"%s", b"{0}"),
]


def main() -> None:
    """Every door in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("doors", nargs="*", help="all where none is named")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for inputs that are faults")
    asked = parser.parse_args()
    doors = _doors()
    if unknown := set(asked.doors) - doors.keys():
        parser.error(f"no door {', '.join(unknown)}; expected some of {', '.join(doors)}")
    faults = 0
    for name in asked.doors or doors:
        seeds, read = doors[name]
        faults += _fuzz(name, seeds(), read, asked.seconds, random.Random(asked.seed), asked.keep)
    sys.exit(faults > 0)


def _fuzz(
    name: str,
    seeds: list[bytes],
    read: Callable[[bytes], object],
    seconds: float,
    rng: random.Random,
    keep: Path | None,
) -> int:
    """How many kinds of fault a door has: an exception of another class, or at another place."""
    found: dict[str, bytes] = {}
    end, runs, refused = time.monotonic() + seconds, 0, 0
    for text in _damaged(seeds, rng):
        if time.monotonic() > end:
            break
        runs += 1
        try:
            with Path(os.devnull).open("w") as notices, redirect_stderr(notices):
                read(text)
        except NeurogamutError:
            refused += 1
        except (Exception, RecursionError) as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} at {frame.filename}:{frame.lineno}"
            if kind not in found or len(text) < len(found[kind]):
                found[kind] = text
    if refused == runs:
        found["everything is refused, seeds as well"] = seeds[0]
    print(f"{name}: {runs:,} inputs, {refused:,} refused in words, {len(found)} faults", flush=True)
    for number, (kind, text) in enumerate(found.items()):
        print(f"  {kind}: {text[:200]!r}", flush=True)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{name}_{number}").write_bytes(text)
    return len(found)


def _damaged(seeds: list[bytes], rng: random.Random) -> Iterator[bytes]:
    """Seeds as they are, and then with one to eight damages, without end."""
    yield from seeds
    while True:
        text = rng.choice(seeds)
        for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
            text = _damage(text, seeds, rng)
        yield text


def _damage(text: bytes, seeds: list[bytes], rng: random.Random) -> bytes:
    start = rng.randrange(len(text) + 1)
    end = min(len(text), start + rng.choice((0, 1, 1, 2, 8, 64)))
    other = rng.choice(seeds)
    cut = rng.randrange(len(other) + 1)
    kind = rng.randrange(6)
    if kind == 0:
        return text[:start] + text[end:]
    if kind == 1:
        return text[:end] + text[start:]
    if kind == 2:
        return text[:start] + other[cut : cut + rng.choice((1, 8, 64, 1024))] + text[end:]
    if kind == 3:
        return text[:start]
    return text[:start] + rng.choice(ODD) + text[end:]


# -- doors ----------------------------------------------------------------------------------------

Door = tuple[Callable[[], list[bytes]], Callable[[bytes], object]]


def _doors() -> dict[str, Door]:
    model = ng.load()
    folder = Path(tempfile.mkdtemp())
    cases = {
        suffix: (_case_texts(suffix), _case_file(model, folder / f"case.{suffix}"))
        for suffix in ("json", "yaml", "toml")
    }
    networks = {form: (_network_texts(model, form), _network(form)) for form in FORMATS}
    return {
        **cases,
        "phenopacket": (_phenopackets, _case_file(model, folder / "case.json")),
        "http": (_bodies, _http(model)),
        "cohort": (_cohorts, _cohort(model, folder)),
        "tables": (_tables, _knowledge_base(folder / "base")),
        **networks,
    }


def _case_texts(suffix: str) -> Callable[[], list[bytes]]:
    def texts() -> list[bytes]:
        whole = {"age": 27, **CASE, "pvs_pattern": {"present": 0.2, "absent": 0.8}}
        whole["seizures"] = ["present", {"present": 0.5, "absent": 0.5}]
        if suffix == "json":
            return [json.dumps(whole).encode()]
        if suffix == "yaml":
            flat = "".join(f"{key}: {json.dumps(value)}\n" for key, value in whole.items())
            return [flat.encode(), b"age: 20\nsex: female\nfever:\n  present: 1\n  absent: 0.5\n"]
        flat = "".join(f"{key} = {json.dumps(value)}\n" for key, value in CASE.items())
        return [flat.encode(), b"age = 20\n[fever]\npresent = 1.5e-3\nabsent = 0.5\n"]

    return texts


def _case_file(model: ng.Model, path: Path) -> Callable[[bytes], object]:
    def read(text: bytes) -> object:
        path.write_bytes(text)
        return model.posterior(read_case_file(path))

    return read


def _phenopackets() -> list[bytes]:
    packet = {
        "id": "a",
        "subject": {"timeAtLastEncounter": {"age": {"iso8601duration": "P20Y3M"}}, "sex": "FEMALE"},
        "phenotypicFeatures": [
            {"type": {"id": "HP:0002076", "label": "Migraine"}},
            {"type": {"id": "HP:0001250", "label": "Seizure"}, "excluded": True},
        ],
        "metaData": {"phenopacketSchemaVersion": "2.0"},
    }
    first = {"id": "b", "subject": {"ageAtCollection": {"age": "P3Y"}}, "phenotypicFeatures": []}
    return [json.dumps(each).encode() for each in (packet, {"proband": packet}, first)]


def _bodies() -> list[bytes]:
    case = json.dumps({"age": 27, **CASE})
    return [case.encode(), *_phenopackets(), f"{case}\n{case}\n".encode()]


def _http(model: ng.Model) -> Callable[[bytes], object]:
    """A body at each route that takes one; a status of 500 and more is a fault."""
    from starlette.testclient import TestClient

    from neurogamut.server.app import create_app

    client = TestClient(create_app(model), base_url="http://localhost")
    routes = {
        "posterior": "json",
        "explain": "json",
        "phenopacket": "json",
        "posteriors": "x-ndjson",
    }

    def read(text: bytes) -> object:
        for route, kind in routes.items():
            headers = {"content-type": f"application/{kind}"}
            answer = client.post(f"/v1/{route}", content=text, headers=headers)
            if answer.status_code >= 500:
                raise AssertionError(f"{route}: {answer.status_code}")
        return None

    return read


def _cohorts() -> list[bytes]:
    lines = "id,age,sex,seizures,lesion_location\na,30,female,present,\nb,,male,,infratentorial\n"
    return [lines.encode(), lines.replace(",", ";").encode(), b'id,sex\n"a\nb",male\n']


def _cohort(model: ng.Model, folder: Path) -> Callable[[bytes], object]:
    from neurogamut.cohort import workers
    from neurogamut.cohort.run import Run

    path = folder / "cases.csv"

    def read(text: bytes) -> object:
        path.write_bytes(text)
        with workers.local(1) as pool:
            run = Run(path, folder / "out.csv", model.scorer, model.info, True, lambda _: None)
            return list(run.blocks(pool))

    return read


TABLES = ("cpts/susac.csv", "cpts/findings.csv", "priors/estimation.csv", "priors/sources.csv")


def _tables() -> list[bytes]:
    """Tables by their place, which stands in the first line."""
    found = [path for path in TABLES if (REPOSITORY / path).exists()]
    return [path.encode() + b"\n" + (REPOSITORY / path).read_bytes() for path in found]


def _knowledge_base(folder: Path) -> Callable[[bytes], object]:
    """A table in the place of the one of that name, else in that of the first."""
    for part in ("priors", "cpts"):
        shutil.copytree(REPOSITORY / part, folder / part)

    def read(text: bytes) -> object:
        place, _, table = text.partition(b"\n")
        name = place.decode("latin-1")
        path = folder / (name if name in TABLES else TABLES[0])
        path.write_bytes(table)
        try:
            return ng.load(root=folder)
        finally:
            shutil.copy(REPOSITORY / path.relative_to(folder), path)

    return read


def _network_texts(model: ng.Model, form: str) -> Callable[[], list[bytes]]:
    def texts() -> list[bytes]:
        out = io.StringIO()
        ng.Network.example("cancer").write(out, format=form)
        return [out.getvalue().encode()]

    return texts


def _network(form: str) -> Callable[[bytes], object]:
    def read(text: bytes) -> object:
        return ng.Network.read(io.BytesIO(text), format=form)

    return read


if __name__ == "__main__":
    main()
