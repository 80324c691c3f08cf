"""What a gamut says of itself beside its tables: priors/gamut.toml, which it may do without."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import nearest
from .tables import GAMUT, Problem


class Gamut(BaseModel):
    """The setting that is meant where none is named (else the first), the patient of
    priors/presets.csv whom `neurogamut demo` shows (else the first), and by test the management of
    priors/actions.csv that the test tries out. `scope` says for which patients the diseases are
    listed, `outside` what they leave out, and `patterns` the findings of which such a patient has
    at least one, each as the page asks for it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    default_setting: str = ""
    example_patient: str = ""
    scope: str = ""
    outside: str = ""
    patterns: dict[str, str] = {}
    trials: dict[str, str] = {}


def read_gamut(root: Path) -> tuple[Gamut, list[Problem]]:
    """What the file below `root` says, and what is wrong with it."""
    path = root / GAMUT
    if not path.is_file():
        return Gamut(), []
    try:
        return Gamut.model_validate(tomllib.loads(path.read_text("utf-8"))), []
    except ValidationError as error:
        return Gamut(), [_entry(detail["loc"], detail["msg"]) for detail in error.errors()]
    except ValueError as error:
        return Gamut(), [Problem(GAMUT, 1, "file", GAMUT, f"cannot be read ({error})", "mend it")]


def _entry(place: tuple[int | str, ...], message: str) -> Problem:
    entry = ".".join(map(str, place))
    hint = nearest(entry, Gamut.model_fields)
    known = ", ".join(Gamut.model_fields)
    return Problem(GAMUT, 1, "entry", entry, f"{message}{hint}", f"it may hold {known}")
