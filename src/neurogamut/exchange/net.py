"""NET, the language of Hugin: discrete nodes and their potentials.

    node wet { states = ("yes" "no"); label = "Wet grass"; }
    potential (wet | rain) { data = ((0.9 0.1)(0.3 0.7)); }

The node itself runs fastest, its first parent slowest. Names are C identifiers; another name
stands in the attribute `neurogamut_name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NoReturn, TextIO

import numpy as np

from .draft import Draft, NetworkContent
from .identifiers import identifiers
from .number_text import NotANumber, floats, rows, written
from .places import Text, after_blanks, blanked

QUOTED = r'"(?:[^"\\]|\\.)*"'
OTHER = rf"[^;\"]*(?:{QUOTED}[^;\"]*)*"
COMMENT = re.compile(rf"{QUOTED}|%[^\n]*")
KEYWORD = re.compile(r"\s*((?:(?:discrete|continuous|interval|label)\s+)?[A-Za-z_]+)\b")
OPENING = re.compile(r"[^{]*?\{")
NODE = re.compile(r"\s*([^\s{]+)\s*\{")
FAMILY = re.compile(r"\s*\(([^)]*)\)\s*\{")
ATTRIBUTE = re.compile(rf"\s*(\w+)\s*=\s*({OTHER});")
CLOSING = re.compile(r"\s*\}")
WORD = re.compile(rf"({QUOTED})|([^\s()\"]+)")
#: What Hugin has besides, by its first word.
OTHER_KINDS = ("decision", "utility", "class", "continuous", "function", "interval", "label")
OWN_NAME = "neurogamut_name"


def read(lines: Iterable[str], file: str) -> NetworkContent:
    """The network of a NET file. Raises NetworkError with line and column."""
    return _Reader("".join(lines), Draft(file)).content()


def write(content: NetworkContent, comments: Iterable[str], out: TextIO) -> None:
    """Write NET to full double precision."""
    names = identifiers(content.states)
    out.write("net\n{\n}\n")
    for name, states in content.states.items():
        listed = " ".join(map(_quoted, states))
        out.write(f"node {names[name]}\n{{\n  states = ({listed});\n  label = {_quoted(name)};\n")
        if names[name] != name:
            out.write(f"  {OWN_NAME} = {_quoted(name)};\n")
        out.write("}\n")
    for name, table in content.tables.items():
        given = "".join(f" {names[parent]}" for parent in table.parents)
        bar = f" |{given}" if given else ""
        out.write(f"potential ({names[name]}{bar})\n{{\n  data = {_nested(table.values)};\n}}\n")
    out.writelines(f"% {line}\n" for line in comments)


class _Reader:
    """One pass over the whole text."""

    def __init__(self, text: str, draft: Draft):
        self.draft = draft
        self.source = Text(blanked(text, COMMENT))
        self.text = self.source.text
        self.names: dict[str, str] = {}
        self.potentials: list[tuple[int, list[str], np.ndarray]] = []

    def content(self) -> NetworkContent:
        """All that the file says."""
        at = 0
        while after_blanks(self.text, at) < len(self.text):
            at = self._block(at)
        for start, family, numbers in self.potentials:
            name, *parents = (self.names.get(word, word) for word in family)
            self.draft.add_table(name, parents, numbers, self.source.place(start))
        return self.draft.content()

    def _block(self, at: int) -> int:
        keyword = KEYWORD.match(self.text, at)
        kind, after = (" ".join(keyword[1].split()), keyword.end()) if keyword else ("", at)
        start = after_blanks(self.text, at)
        if kind == "net":
            opening = OPENING.match(self.text, after)
            if opening is None:
                self._fail(start, "expected 'net {'")
            return self._attributes(opening.end())[1]
        if kind in ("node", "discrete node"):
            return self._node(after)
        if kind == "potential":
            return self._potential(after)
        if kind.split(" ")[0] in OTHER_KINDS:
            self._fail(start, f"a {kind}: only discrete nodes of a plain network are read")
        found = self.text[start:].split("\n")[0][:40]
        return self._fail(start, f"expected net, node or potential; got {found!r}")

    def _node(self, at: int) -> int:
        head = NODE.match(self.text, at)
        if head is None:
            self._fail(at, "expected 'node name {'")
        attributes, end = self._attributes(head.end())
        if "states" not in attributes:
            self._fail(head.start(1), f"node {head.group(1)} has no states")
        own = _words(attributes[OWN_NAME][1]) if OWN_NAME in attributes else []
        name = own[0] if own else head.group(1)
        self.names[head.group(1)] = name
        states = _words(attributes["states"][1])
        self.draft.add_variable(name, states, self.source.place(head.start(1)))
        return end

    def _potential(self, at: int) -> int:
        head = FAMILY.match(self.text, at)
        family = head.group(1).replace("|", " ").split() if head else []
        if head is None or not family:
            self._fail(at, "expected 'potential (node | parents) {'")
        attributes, end = self._attributes(head.end())
        if "data" not in attributes:
            self._fail(head.start(1), f"the potential of {family[0]} has no data")
        start, data = attributes["data"]
        try:
            numbers = np.array(floats(data.replace("(", " ").replace(")", " ")))
        except NotANumber as error:
            self._fail(start + error.offset, f"the potential of {family[0]}: {error}")
        self.potentials.append((head.start(1), family, numbers))
        return end

    def _attributes(self, at: int) -> tuple[dict[str, tuple[int, str]], int]:
        """`name = value;` up to the closing brace: where each value begins, and the value."""
        found: dict[str, tuple[int, str]] = {}
        for attribute in _matches(ATTRIBUTE, self.text, at):
            name, at = attribute.group(1), attribute.end()
            if name in found:
                self._fail(attribute.start(1), f"{name} stands twice")
            found[name] = attribute.start(2), attribute.group(2)
        closing = CLOSING.match(self.text, at)
        if closing is None:
            self._fail(after_blanks(self.text, at), "expected 'name = value;' or '}'")
        return found, closing.end()

    def _fail(self, offset: int, message: str) -> NoReturn:
        self.draft.fail(self.source.place(offset), message)


def _matches(pattern: re.Pattern[str], text: str, at: int) -> Iterator[re.Match[str]]:
    while match := pattern.match(text, at):
        yield match
        at = match.end()


def _words(value: str) -> list[str]:
    found = WORD.findall(value)
    return [re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted else plain for quoted, plain in found]


def _quoted(word: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'


def _nested(values: np.ndarray) -> str:
    """A table in as many brackets as it has axes."""
    depth = values.ndim
    ends = [int(np.prod(values.shape[axis:-1])) for axis in range(depth - 1)]
    pieces = []
    columns = rows(values)
    for number, column in enumerate(columns):
        opening = sum(number % end == 0 for end in ends) + 1
        closing = sum((number + 1) % end == 0 for end in ends) + 1
        pieces.append("(" * opening + written(column) + ")" * closing)
    return "\n    ".join(pieces) if depth > 1 else f"({written(columns[0])})"
