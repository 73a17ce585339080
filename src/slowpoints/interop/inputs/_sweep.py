"""The points of a network along a path of constant inputs: branches, and where they begin, end and change."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float64, Int

from slowpoints._errors import InputError
from slowpoints._extras import needs
from slowpoints._types import State
from slowpoints.dynamics import (
    AbstractSolver,
    distinct_points,
    EventKind,
    find_slow_points,
    Newton,
    Outcome,
    random_starts,
    track,
    Tracks,
)
from slowpoints.dynamics._states import flatten, flatten_one
from slowpoints.dynamics.tracking._continuation import distance, SAME
from slowpoints.interop._survey import Network

ENDS = (EventKind.APPEARS, EventKind.DISAPPEARS, EventKind.JUMPS, EventKind.UNDETERMINED)
"""The events at which a branch that is followed is not followed on."""

ONE_PLACE = 1e-5
"""Two events of one kind are one if they are nearer than this, in steps of the path."""

ABSENT = -1


class SweepEvent(NamedTuple):
    """What happens to branches on the path, as `Event`; `at` is a place on the path in inputs, 3.25 a quarter from the
    input 3 to 4, and `input` the constant input there.

    Examples:
        >>> from slowpoints.interop import SweepEvent
        >>> SweepEvent._fields
        ('kind', 'at', 'input', 'branches', 'evidence')
    """

    kind: EventKind
    at: float
    input: Float64[np.ndarray, "..."]
    branches: tuple[int, ...]
    evidence: dict[str, float]


class Sweep(NamedTuple):
    """Branches of points along a path of inputs; where a branch is not, NaN or −1.

    Examples:
        A unit h ↦ tanh(2h + u) is bistable between two folds at u = ±0.5327.

        >>> import numpy as np
        >>> from slowpoints.interop import from_torch, sweep
        >>> weights = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> swept = sweep(from_torch(weights, unit="tanh"), np.linspace(-1, 1, 9)[:, None], starts=16)
        >>> swept.attractors
        array([1, 1, 2, 2, 2, 2, 2, 1, 1])
        >>> [(event.kind.name, event.input.round(4)) for event in swept.events]
        [('APPEARS', array([-0.5328])), ('DISAPPEARS', array([0.5328]))]
    """

    inputs: Float64[np.ndarray, "input ..."]
    """The path: one constant input after the other. Between two of them it is straight."""
    state: State
    """The states; each leaf with leading axes `branch` and `input`."""
    outcome: Int[np.ndarray, "branch input"]
    """Codes of `Outcome`."""
    root_speed: Float64[np.ndarray, "branch input"]
    """√S."""
    modulus: Float64[np.ndarray, "branch input"]
    """The largest modulus of an eigenvalue of dF/dx."""
    unstable: Int[np.ndarray, "branch input"]
    """How many eigenvalues of dF/dx have a modulus above 1."""
    events: tuple[SweepEvent, ...]
    """What happens on the way, by place: folds, flips, Neimark–Sacker points and crossings, each proven as `track` does
    it, and where a branch was lost."""

    @property
    def fixed(self) -> np.ndarray:
        """Where each branch is a fixed point; array (branch, input)."""
        return self.outcome == Outcome.FIXED_POINT

    @property
    def attractors(self) -> Int[np.ndarray, " input"]:
        """How many fixed points without an unstable direction there are under each input. Where there are two or more,
        which of them a state is at depends on the way it came: hysteresis."""
        return np.sum(self.fixed & (self.unstable == 0), axis=0)

    def to_xarray(self) -> Any:
        """A dataset with dimensions `branch`, `input`, `coordinate` (of the state laid flat), `feature` and `event`."""
        needs("plots", "xarray")
        import xarray as xr

        branches, path = self.outcome.shape
        rows = [np.reshape(leaf, (branches, path, -1)) for leaf in jax.tree.leaves(self.state)]
        names = {"outcome": self.outcome, "root_speed": self.root_speed, "modulus": self.modulus}
        return xr.Dataset(
            {name: (("branch", "input"), array) for name, array in (names | {"unstable": self.unstable}).items()}
            | {
                "state": (("branch", "input", "coordinate"), np.concatenate(rows, axis=2)),
                "constant_input": (("input", "feature"), self.inputs.reshape(path, -1)),
                "attractors": ("input", self.attractors),
                "event_at": ("event", np.array([event.at for event in self.events], np.float64)),
                "event_kind": ("event", np.array([event.kind.name.lower() for event in self.events], str)),
            },
            coords={"branch": range(branches), "input": range(path)},
        )


def sweep(
    network: Network,
    inputs: Any,
    *,
    starts: int = 32,
    seed: int = 0,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
) -> Sweep:
    """The points of a network under each of many constant inputs, as branches along the path from one to the next.

    Under every input points are searched for from random starts. Each that lies on no branch yet is followed both ways
    along the path, by `track`, to where it is no longer the same point; so neighbours are found from neighbours, and
    what only one search found is on the whole of its branch. A branch that comes to coincide with an earlier one ends
    there.

    Args:
        network: from `from_torch` and its like.
        inputs: the path: two or more constant inputs, each as `Imported.at` takes it, along the first axis.
        starts: how many random starts under each input (see `random_starts`).
        seed: decides the starts.
        solver: of the searches from random starts.

    Returns:
        `Sweep`. A branch that no start reached under any input is missing. Continua of points are not followed.

    Raises:
        InputError: if there are fewer than two inputs; and as `Imported.at` and `random_starts`.

    Source:
        A history of inputs is a history of maps: see `track`.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.interop import from_torch, sweep
        >>> weights = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 0.5)}
        >>> swept = sweep(from_torch(weights, unit="tanh"), [[0.2], [0.5], [1.0]], starts=4)
        >>> swept.state.round(3)[..., 0], swept.events  # h = tanh(h/2 + u)
        (array([[0.365, 0.688, 0.895]]), ())
    """
    path = np.asarray(inputs, np.float64)
    if path.ndim < 1 or len(path) < 2:
        raise InputError(f"inputs must be two or more constant inputs, one a row, not of shape {path.shape}.")
    maps, like, domain = [network.at(one) for one in path], network.initial_state(), network.domain()
    pieces: list[_Piece] = []
    for k, key in enumerate(jax.random.split(jax.random.key(seed), len(maps))):
        begin = random_starts(maps[k], like, starts, key=key, domain=domain)
        found = find_slow_points(maps[k], begin, domain=domain, solver=solver)
        points = distinct_points(maps[k], found, domain=domain, solver=solver).points.state
        rows = flatten(points)
        new = [i for i, row in enumerate(rows) if not any(piece.is_at(k, row) for piece in pieces)]
        if new:
            given = jax.tree.map(lambda leaf, new=new: leaf[new], points)
            for piece in _followed(maps, k, given, domain):
                if not any(one.is_at(k, piece.rows[k]) for one in pieces):
                    pieces.append(piece.cut(pieces, k))
    return _as_sweep(path, pieces, like)


class _Piece(NamedTuple):
    """A branch on the inputs where it is: one row an input, NaN where it is not, and its events."""

    rows: np.ndarray
    columns: dict[str, np.ndarray]
    events: list[tuple[EventKind, float, dict[str, float]]]

    def is_at(self, k: int, row: np.ndarray) -> bool:
        return bool(distance(self.rows[k], row) <= SAME)

    def cut(self, others: Sequence["_Piece"], origin: int) -> "_Piece":
        """The branch from where it was found to where it meets one of the others, both ways."""
        met = [k for k, row in enumerate(self.rows) if any(other.is_at(k, row) for other in others)]
        low, high = max((k for k in met if k < origin), default=-1), min((k for k in met if k > origin), default=None)
        outside = np.ones(len(self.rows), bool)
        outside[low + 1 : high] = False
        self.rows[outside] = np.nan
        last = len(self.rows) if high is None else high
        return self._replace(events=[event for event in self.events if low <= event[1] <= last])


def _followed(maps: Sequence[Any], k: int, points: State, domain: Any) -> list[_Piece]:
    """The branches of some points under the input k, followed both ways."""
    count, size = len(flatten(points)), flatten(points).shape[1]
    pieces = [
        _Piece(np.full((len(maps), size), np.nan), {name: np.full(len(maps), np.nan) for name in _COLUMNS}, [])
        for _ in range(count)
    ]
    for backwards in (False, True):
        part = maps[: k + 1] if backwards else maps[k:]
        if len(part) < 2:
            continue
        first = 0 if backwards else k
        tracks = track(part, points, backwards=backwards, domain=domain)
        for i, piece in enumerate(pieces):
            _enter(piece, tracks, i, first)
    return pieces


def _enter(piece: _Piece, tracks: Tracks, i: int, first: int) -> None:
    """Adds what one track saw, up to where the branch ends."""
    path = tracks.speed.shape[1]
    events = [event for event in tracks.events_of(i) if event.kind != EventKind.CONTINUES]
    ends = [event for event in events if event.kind in ENDS]
    if tracks.backwards:
        limit = max((event.end for event in ends), default=-1.0)
        there = np.arange(path) >= limit
        events = [event for event in events if event.end >= limit]
    else:
        limit = min((event.begin for event in ends), default=float(path))
        there = np.arange(path) <= limit
        events = [event for event in events if event.begin <= limit]
    rows = np.concatenate([np.reshape(leaf[i], (path, -1)) for leaf in jax.tree.leaves(tracks.state)], axis=1)
    moduli = np.abs(tracks.eigenvalues[i])
    columns = {
        "outcome": tracks.outcome[i],
        "root_speed": tracks.root_speed[i],
        "modulus": moduli.max(axis=1),
        "unstable": np.sum(moduli > 1, axis=1),
    }
    where = first + np.flatnonzero(there)
    piece.rows[where] = rows[there]
    for name, column in columns.items():
        piece.columns[name][where] = column[there]
    piece.events.extend((event.kind, first + 0.5 * (event.begin + event.end), event.evidence) for event in events)


_COLUMNS = ("outcome", "root_speed", "modulus", "unstable")


def _as_sweep(path: np.ndarray, pieces: Sequence[_Piece], like: State) -> Sweep:
    shape = (len(pieces), len(path))
    rows = np.stack([piece.rows for piece in pieces]) if pieces else np.zeros((*shape, flatten_one(like).size))
    leaves, form = jax.tree.flatten(like)
    parts = np.split(rows, np.cumsum([np.size(leaf) for leaf in leaves])[:-1], axis=-1)
    state = [part.reshape(*shape, *np.shape(leaf)) for part, leaf in zip(parts, leaves, strict=True)]
    absent = np.isnan(rows).any(axis=-1)

    def table(name: str, kind: type, missing: float) -> np.ndarray:
        column = np.array([piece.columns[name] for piece in pieces]).reshape(shape)
        return np.where(absent, missing, column).astype(kind)

    return Sweep(
        inputs=path,
        state=jax.tree.unflatten(form, state),
        outcome=table("outcome", np.int64, ABSENT),
        root_speed=table("root_speed", np.float64, np.nan),
        modulus=table("modulus", np.float64, np.nan),
        unstable=table("unstable", np.int64, ABSENT),
        events=_joined(path, pieces),
    )


def _joined(path: np.ndarray, pieces: Sequence[_Piece]) -> tuple[SweepEvent, ...]:
    """The events of all branches by place, each once with all branches that it happens to."""
    joined: list[SweepEvent] = []
    seen = [(at, kind, b, evidence) for b, piece in enumerate(pieces) for kind, at, evidence in piece.events]
    for at, kind, branch, evidence in sorted(seen, key=lambda event: event[:3]):
        same = [i for i, one in enumerate(joined) if one.kind == kind and abs(one.at - at) <= ONE_PLACE]
        if same:
            one = joined[same[0]]
            joined[same[0]] = one._replace(branches=tuple(sorted({*one.branches, branch})))
        else:
            k = min(int(at), len(path) - 2)
            joined.append(SweepEvent(kind, at, path[k] + (at - k) * (path[k + 1] - path[k]), (branch,), evidence))
    return tuple(joined)
