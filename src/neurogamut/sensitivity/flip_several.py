"""The smallest joint change of several published figures that puts another diagnosis first.

No change of anything at a Chan-Darwiche distance below ln(P(leading | e) / P(rival | e)) can do
it. The figures of the two diseases are moved by sequential quadratic programming; what it finds is
a local optimum, which the bound shows to be the best where they meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import needs
from .figures import SMALLEST, Figure, Panel, figures, panels
from .subject import Marginals, Subject

FURTHEST = 12.0
#: What the optimiser leaves of a figure that need not move.
SMALLEST_MOVE = 1e-3
STEP = 1e-6
#: A derivative below this is rounding.
NO_EFFECT = 1e-7
#: Weight of the size of the moves beside the distance: enough to choose among equals.
SIZE = 1e-4


@dataclass(frozen=True)
class JointChange:
    """Figures with their new values, the distance of the change, and the least that any change
    could have."""

    rival: str
    changes: tuple[tuple[Figure, float], ...]
    distance: float
    least: float


def smallest_joint_change(subject: Subject, leading: int, rival: int) -> JointChange | None:
    """Moves the figures of both diseases on the observed findings; priors stay. None where the
    optimiser finds no change."""
    least = float(np.log(subject.posterior[leading] / subject.posterior[rival]))
    pair = _Pair(_only(subject, (leading, rival)))
    moves = pair.optimise(pair.start(least))
    if moves is None:
        return None
    return JointChange(subject.diseases[rival], pair.changes(moves), pair.distance(moves), least)


def _only(subject: Subject, diseases: tuple[int, ...]) -> Subject:
    """The subject with these diseases alone."""
    causes = np.concatenate([np.flatnonzero(subject.structure.shares[d]) for d in diseases])
    telling = subject.telling and subject.telling.only(causes.tolist())
    few = replace(subject, named_target=None, telling=telling)
    return few.on(subject.blueprint.only(diseases))


class _Pair:
    """The leading disease and its rival. A move is a shift of a figure's log odds; moves have the
    shape (panels, 2), with 0 where a panel is no figure of the disease."""

    def __init__(self, subject: Subject):
        self.subject = subject
        observed = set(subject.findings.variables())
        self.panels: list[Panel] = [p for p in panels(subject) if p.finding in observed]
        values = np.array([panel.values(subject) for panel in self.panels])
        self.log_odds = np.log(values) - np.log1p(-values)
        self.holds = np.array([panel.holds for panel in self.panels])
        self.affected = tuple(subject.tables(self._moved(np.zeros((1, *values.shape)))))
        self.direction = self._direction()
        self._last: tuple[bytes, tuple[np.ndarray, np.ndarray]] | None = None

    def _direction(self) -> np.ndarray:
        """The sign of the move of each figure that helps the rival against the leading disease."""
        slopes = self._slopes(np.zeros(self.log_odds.shape))[1][:, 0]
        slopes = np.where(np.abs(slopes) > NO_EFFECT, slopes, 0)
        return np.sign(slopes) * np.array([-1.0, 1.0]) * self.holds

    def values(self, moves: np.ndarray) -> np.ndarray:
        """The figures after moves of shape (..., panels, 2)."""
        shifted = 1 / (1 + np.exp(-(self.log_odds + moves)))
        return np.clip(shifted, SMALLEST, 1 - SMALLEST)

    def effects(self, moves: np.ndarray) -> np.ndarray:
        """ln P(disease, case), and the greatest and least ln ratio of the joint distributions in
        that disease, (rows, 3, 2), after moves of shape (rows, panels, 2)."""
        moved = self._moved(moves)
        joint = np.log(self.subject.joint(moved))
        low, high = self.subject.log_ratio_range(self.subject.tables(moved, self.affected))
        return np.stack([joint, high, low], axis=1)

    def _moved(self, moves: np.ndarray) -> Marginals:
        values = self.values(moves)
        moved: dict[str, np.ndarray] = {}
        for i, panel in enumerate(self.panels):
            start = moved.get(panel.finding, self.subject.means[panel.finding])
            value = np.where(panel.holds, values[:, i], _current(panel, start, len(moves)))
            moved[panel.finding] = panel.moved(start, value)
        return moved

    def distance(self, moves: np.ndarray) -> float:
        """The Chan-Darwiche distance of the whole network after the moves, from before."""
        _, high, low = self.effects(moves[None])[0]
        return float(max(high.max(), 0.0) - min(low.min(), 0.0))

    def slopes(self, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The effects (3, 2), and their derivatives in every move, (panels, 3, 2). Kept for when
        the optimiser asks again at the same place."""
        key = moves.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = key, self._slopes(moves)
        return self._last[1]

    def _slopes(self, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The figures of one disease have no effect on the other, so both are moved at once."""
        steps = np.vstack([np.zeros((1, len(moves))), STEP * np.eye(len(moves))])
        found = self.effects(moves + steps[:, :, None])
        return found[0], (found[1:] - found[0]) / STEP

    def start(self, least: float) -> np.ndarray:
        """Every figure that can help moved alike, about enough."""
        slopes = self.slopes(np.zeros(self.log_odds.shape))[1][:, 0]
        return self.direction * least / max(float(np.abs(slopes * self.direction).sum()), STEP)

    def optimise(self, start: np.ndarray) -> np.ndarray | None:
        """The moves of least distance, and among those nearly as good of least size."""
        with needs("sensitivity"):
            from scipy.optimize import minimize

        effect = self.effects(start[None])[0]
        first = [*start.ravel(), max(effect[1].max(), 0.0), max(-effect[2].min(), 0.0)]
        signs = self.direction.ravel()
        found = minimize(
            _distance_and_size,
            np.array(first),
            jac=True,
            method="SLSQP",
            bounds=[(FURTHEST * min(s, 0), FURTHEST * max(s, 0)) for s in signs] + [(0, None)] * 2,
            constraints={
                "type": "ineq",
                "fun": lambda x: self._constraints(x)[0],
                "jac": lambda x: self._constraints(x)[1],
            },
            options={"maxiter": 40, "ftol": 1e-5},
        )
        moves = found.x[:-2].reshape(start.shape)
        return self._enough(np.where(np.abs(moves) < SMALLEST_MOVE, 0.0, moves))

    def _enough(self, moves: np.ndarray) -> np.ndarray | None:
        """The moves, stretched by what the optimiser lacks, until the rival is first."""
        for stretch in (0, *np.geomspace(1e-7, 1e-2, 11)):
            stretched = moves * (1 + stretch)
            leading, rival = self.effects(stretched[None])[0, 0]
            if rival >= leading:
                return stretched
        return None

    def _constraints(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What must not be negative, with its derivatives: the rival's lead, and the room below
        the greatest and above the least ln ratio."""
        effect, slopes = self.slopes(x[:-2].reshape(self.direction.shape))
        up, down = x[-2:]
        values = [effect[0, 1] - effect[0, 0], *(up - effect[1]), *(down + effect[2])]
        by_move = np.zeros((5, *self.direction.shape))
        by_move[0] = slopes[:, 0] * np.array([-1.0, 1.0])
        for disease in (0, 1):
            by_move[1 + disease, :, disease] = -slopes[:, 1, disease]
            by_move[3 + disease, :, disease] = slopes[:, 2, disease]
        by_bound = np.array([[0, 0], [1, 0], [1, 0], [0, 1], [0, 1]])
        return np.array(values), np.hstack([by_move.reshape(5, -1), by_bound])

    def changes(self, moves: np.ndarray) -> tuple[tuple[Figure, float], ...]:
        """The figures that moved, most first, with their new values."""
        values = self.values(moves)
        found = [
            (abs(moves[i, disease]), figure, float(values[i, disease]))
            for i, panel in enumerate(self.panels)
            for disease, figure in figures(self.subject, panel).items()
            if moves[i, disease] != 0
        ]
        return tuple((figure, value) for _, figure, value in sorted(found, key=lambda c: -c[0]))


def _distance_and_size(x: np.ndarray) -> tuple[float, np.ndarray]:
    """What is minimised, with its derivatives: `x` holds the moves and the two ends of the range
    of ln ratios, whose sum is the distance."""
    moves = x[:-2]
    return x[-2] + x[-1] + SIZE * float(moves @ moves), np.array([*(2 * SIZE * moves), 1.0, 1.0])


def _current(panel: Panel, marginals: np.ndarray, rows: int) -> np.ndarray:
    """Where the figure of a panel stands in marginals with or without an axis of rows."""
    layer = marginals[..., panel.layers[0], :] if panel.layers else marginals
    return np.broadcast_to(layer[..., panel.state], (rows, layer.shape[-2]))
