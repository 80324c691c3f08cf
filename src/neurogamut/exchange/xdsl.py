"""XDSL, the files of GeNIe and SMILE: tables, deterministic and noisy-MAX nodes.

The node itself runs fastest, its first parent slowest, as in GeNIe's manual; pyAgrum (3.3.1)
writes the first parent fastest, and is known by its name in the file. Identifiers take only
letters, digits and _; other names stand in a property of the node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any, NamedTuple, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from ..canonical import noisy_max_table
from ..errors import nearest
from .draft import Draft, NetworkContent, Place
from .identifiers import identifiers, kept, own_names
from .markup import Element, read_elements
from .number_text import NotANumber, floats, written

KINDS = ("cpt", "deterministic", "noisymax")
OWN_NAMES = "neurogamut_names"
AGRUM = "aGrUM"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<smile version="1.0" id="network">\n<nodes>\n'


def read(stream: IO[Any], file: str) -> NetworkContent:
    """The network of an XDSL file. Raises NetworkError with line and column."""
    draft = Draft(file)
    reader = _Reader(draft)
    read_elements(stream, draft, reader.start, reader.end)
    return reader.content()


def write(content: NetworkContent, comments: Iterable[str], out: TextIO) -> None:
    """Write XDSL to full double precision."""
    names = identifiers(content.states)
    out.write(HEAD)
    for name, table in content.tables.items():
        states = content.states[name]
        ids = identifiers(states)
        out.write(f'<cpt id="{names[name]}">\n')
        out.writelines(f'<state id="{ids[state]}" />\n' for state in states)
        if table.parents:
            out.write(f"<parents>{' '.join(names[parent] for parent in table.parents)}</parents>\n")
        numbers = written(table.values.reshape(-1).tolist())
        out.write(f"<probabilities>{numbers}</probabilities>\n")
        if (names[name], *map(ids.get, states)) != (name, *states):
            own = escape(kept(name, states))
            out.write(f'<property id="{OWN_NAMES}">{own}</property>\n')
        out.write("</cpt>\n")
    out.write("</nodes>\n<extensions>\n")
    out.write('<genie version="1.0" app="neurogamut" name="network">\n')
    for name in content.states:
        out.write(f"<node id={quoteattr(names[name])}><name>{escape(name)}</name></node>\n")
    out.write("</genie>\n</extensions>\n</smile>\n")
    for line in comments:
        out.write(f"<!-- {line.replace('--', '- -')} -->\n")


class _Node(NamedTuple):
    """A node as it stands in the file."""

    kind: str
    id: str
    name: str
    states: tuple[str, ...]
    state_ids: tuple[str, ...]
    parents: tuple[str, ...]
    parts: Mapping[str, Element]
    element: Element


class _Reader:
    """The nodes so far, and what has been read of the open one."""

    def __init__(self, draft: Draft):
        self.draft = draft
        self.nodes: dict[str, _Node] = {}
        self.by_agrum = False
        self.names: tuple[str, tuple[str, ...]] | None = None
        self._begin()

    def start(self, tag: str, parent: str, attributes: Mapping[str, str], place: Place) -> None:
        """Look at a start tag."""
        if not parent and tag != "smile":
            self.draft.fail(place, f"expected <smile>; got <{tag}>")
        if tag == "dynamic":
            self.draft.fail(place, "a dynamic network, which is not read")
        if parent == "nodes":
            if tag not in KINDS:
                expected = ", ".join(KINDS)
                self.draft.fail(place, f"a node of type {tag!r}; expected {expected}")
            self._begin()
        if tag == "genie":
            self.by_agrum = attributes.get("app", "").startswith(AGRUM)

    def end(self, element: Element) -> None:
        """Take in an element."""
        if element.parent == "nodes":
            self._add(element)
        elif element.parent not in KINDS:
            return
        elif element.tag == "state":
            self.states.append(element.attributes.get("id", ""))
        elif element.tag == "property":
            if element.attributes.get("id") == OWN_NAMES:
                self.names = own_names(element.text)
        elif element.tag in self.parts:
            self.draft.fail(element.place, f"<{element.tag}> stands twice in a node")
        else:
            self.parts[element.tag] = element

    def content(self) -> NetworkContent:
        """All that the file says."""
        for node in self.nodes.values():
            self.draft.add_variable(node.name, node.states, node.element.place)
        for node in self.nodes.values():
            parents = [self.nodes[p].name if p in self.nodes else p for p in node.parents]
            numbers = self._numbers(node)
            if self.by_agrum and node.kind == "cpt":
                parents.reverse()
            self.draft.add_table(node.name, parents, numbers, node.element.place)
        return self.draft.content()

    def _begin(self) -> None:
        self.states: list[str] = []
        self.parts: dict[str, Element] = {}
        self.names = None

    def _add(self, element: Element) -> None:
        found = element.attributes.get("id", "")
        if found in self.nodes:
            first = self.nodes[found].element.place.line
            self.draft.fail(element.place, f"node {found} stands twice, first in line {first}")
        name, states = self.names or (found, self.states)
        if len(states) != len(self.states):
            self.draft.fail(
                element.place,
                f"node {found}: {len(self.states)} states; expected {len(states)}, as named",
            )
        parents = self.parts["parents"].text.split() if "parents" in self.parts else ()
        self.nodes[found] = _Node(
            element.tag,
            found,
            name,
            tuple(states),
            tuple(self.states),
            tuple(parents),
            self.parts,
            element,
        )

    def _numbers(self, node: _Node) -> np.ndarray:
        if node.kind == "deterministic":
            return self._deterministic(node)
        if node.kind == "noisymax":
            return self._noisy_max(node)
        return self._floats(node, "probabilities")

    def _deterministic(self, node: _Node) -> np.ndarray:
        part = self._part(node, "resultingstates")
        columns = np.eye(len(node.states))
        found = part.text.split()
        for state in found:
            if state not in node.state_ids:
                hint = nearest(state, node.state_ids)
                self.draft.fail(part.place, f"node {node.id} has no state {state!r}{hint}")
        return columns[[node.state_ids.index(state) for state in found]].reshape(-1)

    def _noisy_max(self, node: _Node) -> np.ndarray:
        """Columns stand parent by parent in the order of the parent's strengths, the leak's last;
        the strengths name the parent's states, by number."""
        columns = self._floats(node, "parameters")
        sizes = [len(self._states_of(node, parent)) for parent in node.parents]
        expected = (sum(sizes) + 1) * len(node.states)
        if columns.size != expected:
            place = node.parts["parameters"].place
            self.draft.fail(place, f"{columns.size} parameters; expected {expected}")
        *alone, leak = np.split(columns.reshape(-1, len(node.states)), np.cumsum(sizes))
        for i, order in enumerate(self._strengths(node, sizes)):
            alone[i] = alone[i][np.argsort(order)]
        return noisy_max_table(alone, leak[0]).reshape(-1)

    def _strengths(self, node: _Node, sizes: list[int]) -> list[np.ndarray]:
        found = self._floats(node, "strengths") if node.parents else np.zeros(0)
        orders = np.split(found, np.cumsum(sizes)[:-1]) if sizes else []
        if not all(sorted(o) == list(range(n)) for o, n in zip(orders, sizes, strict=True)):
            place = node.parts["strengths"].place
            self.draft.fail(place, "expected the numbers of each parent's states, from 0")
        return orders

    def _states_of(self, node: _Node, parent: str) -> tuple[str, ...]:
        if parent not in self.nodes:
            hint = nearest(parent, self.nodes)
            self.draft.fail(node.element.place, f"unknown variable {parent!r}{hint}")
        return self.nodes[parent].states

    def _part(self, node: _Node, tag: str) -> Element:
        if tag not in node.parts:
            self.draft.fail(node.element.place, f"node {node.id} has no <{tag}>")
        return node.parts[tag]

    def _floats(self, node: _Node, tag: str) -> np.ndarray:
        part = self._part(node, tag)
        try:
            return np.array(floats(part.text))
        except NotANumber as error:
            self.draft.fail(part.place_in_text(error.offset), f"node {node.id}: {error}")
