"""A ring and a line whose drift and contraction are known, in a space of more dimensions."""

import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import slow_manifold
from slowpoints.plots import manifold_drift, plot_manifold_drift

RATE, WAVES = 2e-3, 3
AXES = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0]
"""The ring lies in the plane of the first two; along the others states shrink by 0.7."""


def ring(x):
    y = AXES.T @ x
    radius, angle = jnp.hypot(y[0], y[1]), jnp.arctan2(y[1], y[0])
    angle = angle + RATE * jnp.sin(WAVES * angle)
    radius = 1 + 0.4 * (radius - 1)
    return AXES @ jnp.concatenate([radius * jnp.stack([jnp.cos(angle), jnp.sin(angle)]), 0.7 * y[2:]])


def on_ring(angle, radius=1.0):
    flat = np.stack([radius * np.cos(angle), radius * np.sin(angle), *np.zeros((3, len(angle)))], axis=1)
    return flat @ AXES.T


ANGLES = 2 * np.pi * np.arange(240) / 240


@pytest.fixture(scope="module")
def found():
    return slow_manifold(ring, on_ring(ANGLES))


def test_drift_contraction_and_slope_of_the_ring(found):
    turned = RATE * np.sin(WAVES * ANGLES)
    np.testing.assert_allclose(found.drift, 2 * np.abs(np.sin(turned / 2)), atol=5e-6)
    np.testing.assert_allclose(found.contraction, 0.7, atol=1e-10)
    np.testing.assert_allclose(found.eigenvalues[:, 0], 1 + RATE * WAVES * np.cos(WAVES * ANGLES), atol=1e-5)
    tangent = on_ring(ANGLES + np.pi / 2)
    np.testing.assert_allclose(np.sum(found.motion * tangent, axis=1), turned, atol=5e-6)
    assert found.spacing == pytest.approx(2 * np.sin(np.pi / 240))


def true_times(within, most=100_000):
    """When the angle alone, iterated, has moved each start by a chord of `within`."""
    angle, times = ANGLES.copy(), np.full(len(ANGLES), np.inf)
    for t in range(1, most):
        angle = angle + RATE * np.sin(WAVES * angle)
        gone = (2 * np.abs(np.sin((angle - ANGLES) / 2)) >= within) & np.isinf(times)
        times[gone] = t
        if np.abs(np.sin(WAVES * angle)).max() < 1e-9:
            return times
    raise AssertionError("the angles must have come to rest")


@pytest.mark.parametrize("within", [0.02, 0.1, 0.3])
def test_a_value_is_held_for_as_long_as_promised_and_not_far_beyond(found, within):
    promised, true = found.holds(within), true_times(within)
    assert (promised <= true).all()
    # Where states drift away from faster ones the bound is far too low, so the tight half is looked at.
    moving = np.isfinite(true)
    assert np.median(promised[moving] / true[moving]) > 0.6


def test_how_far_a_value_moves_is_the_inverse_of_how_long_it_holds(found):
    for steps in (1.0, 30.0, 400.0):
        moved = found.moves(steps)
        some = range(0, len(moved), 40)
        np.testing.assert_allclose([found.holds(moved[k])[k] for k in some], steps, rtol=1e-9)
    assert (found.moves(0.0) == 0).all()
    angle = ANGLES.copy()
    for _ in range(200):
        angle = angle + RATE * np.sin(WAVES * angle)
    assert (2 * np.abs(np.sin((angle - ANGLES) / 2)) <= found.moves(200) + 1e-6).all()


def test_states_beside_the_ring_are_brought_to_it(found):
    beside = on_ring(ANGLES, 1.1)
    away = slow_manifold(ring, beside)
    np.testing.assert_allclose(away.across, 0.06, atol=1e-3)
    np.testing.assert_allclose(away.offset, 0.2, atol=1e-2)  # a bound: 0.7 is not the radius' own contraction, 0.4
    settled = slow_manifold(ring, beside, settling=30)
    assert settled.across.max() < 1e-5
    angle = ANGLES.copy()
    for _ in range(30):
        angle = angle + RATE * np.sin(WAVES * angle)
    np.testing.assert_allclose(settled.state, on_ring(angle), atol=1e-9)


def test_a_sheet_has_two_slow_directions_and_may_move_not_at_all():
    rates = np.array([1.0, 1.0, 0.3])
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    still = slow_manifold(lambda x: rates * x, corners, dimension=2)
    assert np.isinf(still.holds(0.5)).all()
    assert (still.moves(1000) == 0).all()
    np.testing.assert_allclose(still.contraction, 0.3)
    drifting = slow_manifold(lambda x: rates * x + np.array([3e-3, 4e-3, 0]), corners, dimension=2)
    np.testing.assert_allclose(drifting.holds(0.5), 100)


def test_a_manifold_that_repels_has_no_known_offset():
    pushed = slow_manifold(lambda x: x * np.array([1.0, 1.5]), np.array([[0.0, 0.1], [1.0, 0.1]]))
    assert np.isinf(pushed.offset).all()


def test_what_is_drawn_is_the_table(found):
    values = manifold_drift(found, longest=500.0)
    np.testing.assert_allclose(np.linalg.norm(values["place"], axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(values["motion"], axis=1), found.drift, atol=1e-7)
    np.testing.assert_allclose(values["moves"][:, -1], found.moves(500.0))
    np.testing.assert_array_equal(found.to_xarray()["moves"][:, 1], found.moves(100.0))
    right = plot_manifold_drift(values).axes[1]
    np.testing.assert_allclose(right.lines[0].get_ydata(), values["moves"].median("point"))
    line = slow_manifold(lambda x: x + 1e-3, np.array([[0.0], [1.0]]))
    assert plot_manifold_drift(manifold_drift(line)).axes


@pytest.mark.parametrize(
    ("states", "options", "sentence"),
    [
        (np.zeros((1, 2)), {}, "states must be two or more"),
        (np.zeros((2, 2)), {"dimension": 3}, "dimension must lie between 1 and the 2 coordinates, not 3"),
        (np.zeros((2, 2)), {"settling": -1}, "settling must not be negative, but it is -1"),
        (np.zeros((2, 2)), {}, "at state 0, 1 of them are not: take one more or fewer"),
    ],
)
def test_what_does_not_fit_is_said(states, options, sentence):
    turn = 0.9 * np.array([[0.8, -0.6], [0.6, 0.8]])
    with pytest.raises(InputError, match=sentence):
        slow_manifold(lambda x: turn @ x, states, **options)


def test_distances_and_times_are_positive(found):
    with pytest.raises(InputError, match="within must be positive, not 0"):
        found.holds(0)
    with pytest.raises(InputError, match="steps must not be negative, but it is -1"):
        found.moves(-1)
