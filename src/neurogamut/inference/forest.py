"""The findings as a forest: exact conditioning, sampling and outcome tables without a plan.

Given the target, or what it comes in, and a context (a few variables of few states), every other
variable has at most one parent. So evidence is absorbed by one pass up the branches that it
touches, and the result is again a forest. Ranking asks thousands of differently shaped questions,
where compiling a plan for each would cost more than answering it; the answers are those of the
engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np

from ..errors import ImpossibleEvidenceError, NetworkError
from ..network import Cpt, Evidence, Network

#: States of findings, by name: one array (rows,) of positions each.
Rows = Mapping[str, np.ndarray]
#: Rows worked on at a time, and the most outcomes of blocks multiplied beforehand: both fit in a
#: core's cache.
CHUNK, JOINED = 256, 256
#: The findings of a table, and the table.
Message = tuple[tuple[str, ...], np.ndarray]


@dataclass(frozen=True, eq=False)
class Shape:
    """What evidence does not change. `hubs` are the variables that all findings may depend on; the
    last is the target, or the `kind` in which a state of the target comes, `members`
    (kinds, target states) says which in which. `parent` has one entry per finding, in topological
    order."""

    target: str
    hubs: tuple[str, ...]
    members: np.ndarray
    sizes: Mapping[str, int]
    parent: Mapping[str, str | None]

    @cached_property
    def rank(self) -> dict[str, int]:
        """Position of each finding in topological order."""
        return {name: position for position, name in enumerate(self.parent)}

    @cached_property
    def hub_states(self) -> dict[str, np.ndarray]:
        """For each hub its state in every joint state of the hubs, shape (joint states,)."""
        grid = np.indices([self.sizes[hub] for hub in self.hubs])
        return {hub: states.reshape(-1) for hub, states in zip(self.hubs, grid, strict=True)}


@dataclass(frozen=True, eq=False)
class BlockTable:
    """P(findings | joint state of the hubs, findings of blocks above): `table` has one row per
    joint state of `findings`, the last varying fastest, and one column per state of the hubs."""

    findings: tuple[str, ...]
    table: np.ndarray


@dataclass(frozen=True, eq=False)
class Forest:
    """P(hubs, findings | all evidence absorbed so far).

    `weights` (hub states,) is P(hubs | evidence) and `tables` maps a finding to
    P(finding | parent, hubs, evidence), shape (parent states, states, hub states). `known` holds
    the findings whose state is certain, `seen` those that anything was said of."""

    shape: Shape
    weights: np.ndarray
    tables: Mapping[str, np.ndarray]
    known: Mapping[str, int]
    seen: frozenset[str]

    @classmethod
    def of(
        cls, network: Network, target: str, context: Sequence[str] = (), kind: str | None = None
    ) -> Forest:
        """The network with nothing known. `context` are further variables that findings share;
        `kind` is a child of the target, each of whose states belongs to one of the target's, on
        which findings depend in its place.

        Raises NetworkError where a finding has two parents besides these."""
        last = kind or target
        hubs = (*context, last)
        sizes = {name: len(variable) for name, variable in network.variables.items()}
        cpts = {n: cpt for n, cpt in network.cpts.items() if n not in (*hubs, target)}
        parent = {name: _only_parent(cpt, hubs) for name, cpt in cpts.items()}
        prior = network.cpts[target].table
        members = network.cpts[kind].table if kind else np.eye(len(prior))
        weights = reduce(
            np.multiply,
            [_aligned(network.cpts[hub], hubs, sizes) for hub in context],
            prior @ members,
        )
        tables = {
            name: np.ascontiguousarray(_table(cpt, parent[name], hubs, sizes))
            for name, cpt in cpts.items()
        }
        shape = Shape(target, hubs, (members > 0).T.astype(float), sizes, parent)
        return cls(shape, weights.reshape(-1), tables, {}, frozenset())

    # -- what it says -----------------------------------------------------------------------

    @cached_property
    def posterior(self) -> np.ndarray:
        """P(target | evidence), shape (target states,)."""
        return self.of_target(self.weights)

    def of_target(self, weights: np.ndarray) -> np.ndarray:
        """Weights (..., hub states) summed to weights (..., target states)."""
        members = self.shape.members
        kinds = weights.reshape(*weights.shape[:-1], -1, len(members)).sum(axis=-2)
        return kinds @ members

    def marginals(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """P(finding | hubs, evidence) of these findings and of what is above them, shape (states,
        hub states)."""
        found: dict[str, np.ndarray] = {}
        for name in reversed(self._upwards(name for name in names if name in self.tables)):
            table, parent = self.tables[name], self.shape.parent[name]
            if parent is None:
                found[name] = table[0]
            elif parent in self.known:
                found[name] = table[self.known[parent]]
            else:
                found[name] = (found[parent][:, None] * table).sum(axis=0)
        return found

    # -- evidence ---------------------------------------------------------------------------

    def given(self, evidence: Evidence) -> Forest:
        """The forest after further evidence. Raises ImpossibleEvidenceError where it cannot be."""
        said = {name: _scaled(weights) for name, weights in evidence.likelihoods.items()}
        for name, state in evidence.states.items():
            said[name] = np.eye(self.shape.sizes[name])[state]
        weights, tables = self.weights.copy(), dict(self.tables)
        for name in self.shape.hubs:
            if name in said:
                weights *= said[name][self.shape.hub_states[name]]
        support = {name: said[name][:, None] for name in said if name in self.tables}
        for name in self._upwards(support):
            joint = tables[name] * support[name]
            total = joint.sum(axis=1)
            tables[name] = _divide(joint, total[:, None])
            parent = self.shape.parent[name]
            if parent is None:
                weights = _scaled(weights * total[0])
            elif parent in self.known:
                weights = _scaled(weights * total[self.known[parent]])
            else:
                support[parent] = support.get(parent, 1) * total
        if not (total := weights.sum()) > 0:
            raise ImpossibleEvidenceError(f"{', '.join(said)}: cannot hold with what was known")
        return replace(
            self,
            weights=weights / total,
            tables=tables,
            known={**self.known, **evidence.states},
            seen=self.seen.union(said),
        )

    def _upwards(self, names: Iterable[str]) -> list[str]:
        """These findings and all above them as far as the next known one, children first."""
        touched: set[str] = set()
        for name in names:
            at: str | None = name
            while at is not None and at not in touched:
                touched.add(at)
                at = self.shape.parent[at]
                if at in self.known:
                    break
        return sorted(touched, key=self.shape.rank.__getitem__, reverse=True)

    # -- outcomes ---------------------------------------------------------------------------

    def blocks(self, findings: Sequence[str]) -> list[BlockTable]:
        """Factors whose product is P(findings | hubs, evidence); all else is summed out."""
        shape = self.shape
        done = [
            BlockTable((name,), np.eye(shape.sizes[name])[:, shape.hub_states[name]])
            for name in findings
            if name in shape.hubs
        ]
        asked = frozenset(findings).intersection(self.tables)
        below: dict[str, list[Message]] = {}
        for name in self._upwards(asked):
            message, closed = self._message(name, name in asked, below.pop(name, []))
            done += closed
            parent = shape.parent[name]
            if parent is None:
                done.append(BlockTable(message[0], message[1][0]))
            elif parent in self.known:
                done.append(BlockTable(message[0], message[1][self.known[parent]]))
            else:
                below.setdefault(parent, []).append(message)
        return done

    def _message(
        self, name: str, asked: bool, below: Sequence[Message]
    ) -> tuple[Message, list[BlockTable]]:
        """P(findings asked for below, or at, a finding | its parent, hubs) as names and an array
        (parent states, joint states, hub states); and the blocks that the finding cuts off."""
        table = self.tables[name]
        if asked:
            flat = (-1, table.shape[-1])
            return ((name,), table), [BlockTable((name, *f), m.reshape(flat)) for f, m in below]
        names: tuple[str, ...] = ()
        joint = np.ones((table.shape[1], 1, 1))
        for more, message in below:
            names += more
            joint = (joint[:, :, None] * message[:, None]).reshape(
                len(joint), -1, message.shape[-1]
            )
        return (names, np.einsum("psh,sch->pch", table, joint)), []

    def joint(self, findings: Sequence[str]) -> np.ndarray:
        """P(findings, target | evidence) for every outcome, shape (outcomes, target states); the
        last finding varies fastest."""
        place = {name: axis for axis, name in enumerate(findings)}
        blocks = [_ordered(block, place, self.shape.sizes) for block in self.blocks(findings)]
        total = self.weights.reshape(*[1] * len(findings), -1)
        for array in sorted(blocks, key=lambda a: a.shape[:-1]):
            total = total * array
        return self.of_target(total.reshape(-1, len(self.weights)))

    def joint_of(self, rows: Rows, findings: Sequence[str]) -> np.ndarray:
        """P(findings, target | evidence) of given outcomes only, shape (rows, target states)."""
        codes, tables = self._joined(rows, self.blocks(findings))
        if not tables:
            return self.of_target(self.weights[None])
        found = np.empty((len(codes[0]), self.shape.members.shape[1]))
        for start in range(0, len(found), CHUNK):
            part = slice(start, start + CHUNK)
            total = self.weights * tables[0][codes[0][part]]
            for code, table in zip(codes[1:], tables[1:], strict=True):
                total *= table[code[part]]
            found[part] = self.of_target(total)
        return found

    def _joined(
        self, rows: Rows, blocks: Sequence[BlockTable]
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The blocks' tables, multiplied to few of up to JOINED joint outcomes each, and where the
        rows stand in them."""
        codes: list[np.ndarray] = []
        tables: list[np.ndarray] = []
        for block in blocks:
            code = np.zeros(len(rows[block.findings[0]]), dtype=np.intp)
            for name in block.findings:
                code = code * self.shape.sizes[name] + rows[name]
            if tables and len(tables[-1]) * len(block.table) <= JOINED:
                code += codes.pop() * len(block.table)
                table = tables.pop()[:, None] * block.table
                tables.append(table.reshape(-1, table.shape[-1]))
            else:
                tables.append(block.table)
            codes.append(code)
        return codes, tables

    def sample(
        self, count: int, rng: np.random.Generator, names: Iterable[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Draws from the joint distribution of hubs and findings, or of `names` and what is above
        them. The hubs are drawn systematically, which spreads the rows over the diagnoses."""
        spread = (np.arange(count) + rng.random()) / count
        hub = np.searchsorted(np.cumsum(self.weights)[:-1], spread, side="right")
        drawn = {name: states[hub] for name, states in self.shape.hub_states.items()}
        drawn[self.shape.target] = self.shape.members[drawn[self.shape.hubs[-1]]].argmax(axis=1)
        wanted = self.tables if names is None else frozenset(names).intersection(self.tables)
        for name in reversed(self._upwards(wanted)):
            parent = self.shape.parent[name]
            if parent is None:
                above: np.ndarray | int = 0
            else:
                above = self.known[parent] if parent in self.known else drawn[parent]
            chances = self.tables[name][above, :, hub].cumsum(axis=1)[:, :-1]
            drawn[name] = (chances < rng.random((count, 1))).sum(axis=1)
        return drawn


def _only_parent(cpt: Cpt, hubs: tuple[str, ...]) -> str | None:
    parents = [name for name in cpt.parents if name not in hubs]
    if len(parents) > 1:
        raise NetworkError(
            f"{cpt.variable}: parents {', '.join(parents)} besides {', '.join(hubs)}; "
            "expected at most one"
        )
    return parents[0] if parents else None


def _table(
    cpt: Cpt, parent: str | None, hubs: tuple[str, ...], sizes: Mapping[str, int]
) -> np.ndarray:
    """A CPT of shape (parent states, states, hub states)."""
    above = () if parent is None else (parent,)
    full = [sizes[axis] for axis in (*above, cpt.variable, *hubs)]
    table = np.broadcast_to(_aligned(cpt, (*above, cpt.variable, *hubs), sizes), full)
    return table.reshape(1 if parent is None else sizes[parent], sizes[cpt.variable], -1)


def _aligned(cpt: Cpt, axes: tuple[str, ...], sizes: Mapping[str, int]) -> np.ndarray:
    """The table of a CPT with its axes in this order, and length 1 where it has none."""
    own = (*cpt.parents, cpt.variable)
    if missing := set(own).difference(axes):
        raise NetworkError(f"{cpt.variable}: depends on {', '.join(missing)}; it may not")
    table = cpt.table.transpose([own.index(axis) for axis in axes if axis in own])
    return table.reshape([sizes[axis] if axis in own else 1 for axis in axes])


def _ordered(block: BlockTable, place: Mapping[str, int], sizes: Mapping[str, int]) -> np.ndarray:
    """A block with one axis per finding of `place`, and the hub states last."""
    array = block.table.reshape(*(sizes[name] for name in block.findings), -1)
    axes = sorted(range(len(block.findings)), key=lambda i: place[block.findings[i]])
    own = {place[name]: sizes[name] for name in block.findings}
    return array.transpose(*axes, -1).reshape(*(own.get(i, 1) for i in range(len(place))), -1)


def _scaled(weights: np.ndarray) -> np.ndarray:
    """Weights with a maximum of 1, so that products over many findings stay within range."""
    return weights / (weights.max() or 1)


def _divide(joint: np.ndarray, total: np.ndarray) -> np.ndarray:
    """joint / total, and 0 where the total is."""
    return np.divide(joint, total, out=np.zeros_like(joint), where=total > 0)
