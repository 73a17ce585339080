"""What is promised whatever the history: reading, compilation, precision, and what is said of bad input."""

import gc
import re
import weakref

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import EventKind, track

from ..maps import TanhUnits
from .histories import Fold, history

MAPS = history(TanhUnits, [[1.3, 2.0], [1.4, 1.9], [1.5, 1.8]])
POINTS = MAPS[-1].fixed_points()[[0, 8]]


class Counting(eqx.Module):
    """x + μ − x², counting how often it is traced."""

    mu: jax.Array
    traces: list = eqx.field(static=True)

    def __call__(self, x):
        self.traces.append(1)
        return x + self.mu - x**2


@pytest.mark.parametrize("folds", [False, True])
def test_a_history_compiles_once_however_long(folds):
    lowest = -0.1 if folds else 0.1
    traces = []
    point = np.full((1, 1), np.sqrt(np.float32(0.3)))
    track([Counting(jnp.float32(mu), traces) for mu in np.linspace(lowest, 0.3, 3)], point)
    once = len(traces)
    long = track([Counting(jnp.float32(mu), traces) for mu in np.linspace(lowest, 0.3, 9)], point)
    assert len(traces) == once > 0
    assert any(event.kind == EventKind.APPEARS for event in long.events) == folds


class Snapshots:
    """Maps made when they are read, and how many of them were alive at once."""

    def __init__(self, length):
        self.length, self.read, self.alive, self.most = length, [], [], 0

    def __len__(self):
        return self.length

    def __getitem__(self, k):
        self.read.append(k)
        step = TanhUnits(jnp.asarray([1.3 + 0.02 * k, 2.0], jnp.float32))
        self.alive.append(weakref.ref(step))
        gc.collect()
        self.most = max(self.most, sum(ref() is not None for ref in self.alive))
        return step


@pytest.mark.parametrize("backwards", [True, False])
def test_maps_are_read_one_by_one_once_and_let_go(backwards):
    maps = Snapshots(8)
    start = Snapshots(8)[7 if backwards else 0]
    track(
        maps,
        start.fixed_points()[:2],
        backwards=backwards,
        label=lambda step, states: np.sign(states[:, 0]).astype(int),
    )
    assert sorted(maps.read) == list(range(8))
    assert maps.most <= 3


def test_nothing_global_changes_and_the_result_is_frozen_numpy():
    before = (jax.config.jax_enable_x64, jax.config.jax_numpy_dtype_promotion)  # pyright: ignore
    seen = []

    def label(step, states):
        seen.append((step.w.dtype, states.dtype, jnp.ones(()).dtype))
        return np.array([3, 5])

    tracks = track(MAPS, POINTS, label=label)
    assert before == (jax.config.jax_enable_x64, jax.config.jax_numpy_dtype_promotion)  # pyright: ignore
    assert seen == [(jnp.float32, np.float64, jnp.float32)] * 3
    np.testing.assert_array_equal(tracks.label, [[3] * 3, [5] * 3])
    for leaf in jax.tree.leaves(tracks):
        if isinstance(leaf, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                leaf[...] = 0


def test_what_reading_a_map_raises_is_passed_through():
    class Damaged(Snapshots):
        def __getitem__(self, k):
            if k == 1:
                raise InputError("step-0001 is damaged.")
            return MAPS[k]

    with pytest.raises(InputError, match=r"^step-0001 is damaged\.$"):
        track(Damaged(3), POINTS)


def three_units(w):
    return TanhUnits(jnp.full(3, w, jnp.float32))


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("maps", "points", "options", "message"),
    [
        (5, POINTS, {}, "maps must be a sequence of step functions, not int"),
        (MAPS[:1], POINTS, {}, "maps must hold at least two step functions to track between, not 1"),
        ([three_units(1.5), *MAPS], POINTS, {}, "map 0.w has shape (3,) and map 1.w (2,)"),
        ([Fold(jnp.float32(0.1)), *MAPS], POINTS, {}, "map 0 and map 1 differ in more"),
        ([jnp.tanh, jnp.tanh], POINTS, {}, "maps must hold their weights as arrays, as an equinox.Module does"),
        ([*MAPS[:2], TanhUnits(jnp.full(2, jnp.nan))], POINTS, {}, "maps must return finite values at every point"),
        (MAPS, POINTS[:0], {}, "points must hold at least one state"),
        (MAPS, POINTS * np.nan, {}, "points must be finite"),
        (MAPS, POINTS + 1.0, {"domain": (-1.0, 1.0)}, "points must lie in the domain; point 1 does not"),
        (MAPS, 0.6 * POINTS, {"reach": 0.1}, "points must be slow points of map 2, but a search from point 0 ends 0."),
        (MAPS, 0.6 * POINTS, {"reach": 0.1, "backwards": False}, "points must be slow points of map 0, but a search"),
        (MAPS, POINTS, {"reach": 0.0}, "reach must be positive, not 0.0"),
        (MAPS, POINTS, {"splits": -1}, "splits must be a whole number, 0 or more, not -1"),
        (MAPS, POINTS, {"label": lambda step, x: x}, "label must give one whole number a point, not float64 of shape"),
    ],
)
def test_bad_input_is_named_in_one_sentence(maps, points, options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        track(maps, points, **options)
