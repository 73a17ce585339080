"""Basins whose shape is known on paper, and where states arrive."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binomtest

from slowpoints._errors import InputError
from slowpoints.dynamics import basin_fraction, BasinFraction, destination, relax

from ..maps import TanhUnits

ONE = TanhUnits(jnp.asarray([1.5], jnp.float32))
TWO = TanhUnits(jnp.asarray([1.5, 1.5], jnp.float32))
HEIGHT = ONE.fixed_points()[2, 0]  # 0 parts the basins of ± this


def side(x):
    return jnp.stack([x[0], -x[0]])


def test_in_one_dimension_it_is_one_and_then_a_half(getkey):
    found = basin_fraction(
        ONE, np.array([HEIGHT]), [0.5 * HEIGHT, 0.99 * HEIGHT, 1.01 * HEIGHT], key=getkey(), draws=80
    )
    np.testing.assert_array_equal(found.survived[:2], 80)
    # Beyond, just those that go up come back.
    assert binomtest(int(found.survived[2]), 80, 0.5).pvalue > 1e-4
    assert (found.interval[:2, 1] == 1).all()
    assert found.interval[2, 0] < 0.5 < found.interval[2, 1]
    np.testing.assert_array_equal(found.undecided, 0)


def test_in_two_dimensions_it_is_an_angle(getkey):
    """A circle of radius s about (a, a) is cut by each axis at an angle of 2·arccos(a/s) while s < a√2."""
    sizes = HEIGHT * np.array([0.9, 1.1, 1.3])
    found = basin_fraction(TWO, np.array([HEIGHT, HEIGHT]), sizes, key=getkey(), draws=400)
    expected = 1 - 2 * np.arccos(np.minimum(HEIGHT / sizes, 1)) / np.pi
    for survived, fraction in zip(found.survived, expected, strict=True):
        assert binomtest(int(survived), 400, fraction).pvalue > 1e-4
    np.testing.assert_array_equal(found.fraction, found.survived / 400)
    # Sizes share their directions, and do not depend on each other.
    alone = basin_fraction(TWO, np.array([HEIGHT, HEIGHT]), sizes[2:], key=jax.random.key(0), draws=400)
    np.testing.assert_array_equal(alone.survived, found.survived[2:])


def test_a_readout_judges_the_whole_way_and_only_it(getkey):
    """It reads the first unit's side: a perturbation survives if that keeps its side, whatever the second unit does."""
    size = 1.3 * HEIGHT
    found = basin_fraction(TWO, np.array([HEIGHT, HEIGHT]), [size], key=getkey(), draws=400, scores=side, max_steps=50)
    assert binomtest(int(found.survived[0]), 400, 1 - np.arccos(HEIGHT / size) / np.pi).pvalue > 1e-4


def test_a_wandering_point_needs_a_readout(getkey):
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    with pytest.raises(InputError, match="point must settle within 30 steps"):
        basin_fraction(lambda x: turn @ x, np.ones(2), [0.1], key=getkey(), max_steps=30)


def test_what_is_still_moving_is_said_to_be_undecided(getkey):
    step = lambda x: 0.5 * x
    found = basin_fraction(step, np.zeros(3), [1e-12, 1.0], key=getkey(), draws=7, max_steps=10)
    np.testing.assert_array_equal(found.survived, [7, 0])
    np.testing.assert_array_equal(found.undecided, [0, 7])


def test_perturbations_stay_in_the_domain_at_their_size(getkey):
    """From a corner of the cube all coordinates must turn inwards; what leaves it breaks."""

    def breaks(state):
        return jax.tree.map(lambda x: jnp.where(jnp.abs(x) > 1, jnp.nan, x / 2), state)

    corner = {"h": np.array([1.0, -1.0]), "c": np.array(1.0)}
    found = basin_fraction(breaks, corner, [0.3], key=getkey(), draws=50, domain=(-1.0, 1.0))
    assert found.fraction == 1
    with pytest.raises(InputError, match="step must return finite values"):
        basin_fraction(breaks, corner, [0.3], key=getkey(), draws=50)
    with pytest.raises(InputError, match="of size 9, only 0 of 500 perturbations do"):
        basin_fraction(breaks, corner, [9.0], key=getkey(), draws=50, domain=(-1.0, 1.0))


@pytest.mark.parametrize("survived", [0, 3, 10, 50])
def test_the_interval_is_wilson_s(survived):
    found = BasinFraction(np.ones(1), 50, np.array([survived]), np.zeros(1, int))
    interval = binomtest(survived, 50).proportion_ci(method="wilson")
    np.testing.assert_allclose(found.interval[0], [interval.low, interval.high], atol=1e-6)


def test_destinations():
    step = TanhUnits(jnp.asarray([1.5, 2.0], jnp.float32))
    points = step.fixed_points()
    starts = np.array([[0.3, -0.2], [-0.9, -0.1], [0.5, 0.0], [0.0, 0.0]])
    found = relax(step, starts)
    at = destination(found.state, points)
    np.testing.assert_array_equal(np.sign(points[at]), np.sign(starts))
    near = np.array([[HEIGHT + 3e-5], [HEIGHT + 3e-3]])
    np.testing.assert_array_equal(destination(near, ONE.fixed_points()), [2, -1])
    np.testing.assert_array_equal(destination(near, ONE.fixed_points(), within=1e-2), [2, 2])
    pair = {"a": near[:, 0], "b": near}
    np.testing.assert_array_equal(destination(pair, jax.tree.map(lambda leaf: leaf[::-1], pair)), [1, 0])


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": [0.0]}, "sizes must be positive numbers"),
        ({"sizes": 0.5}, "sizes must be positive numbers"),
        ({"draws": 0}, "draws must be positive"),
        ({"point": np.array([np.nan])}, "point must be finite"),
    ],
)
def test_bad_input_is_named(options, message, getkey):
    arguments = {"point": np.array([HEIGHT]), "sizes": [0.1], "key": getkey()} | options
    with pytest.raises(InputError, match=message):
        basin_fraction(ONE, **arguments)
    with pytest.raises(InputError, match="points must have the states' 1 coordinates, not 2"):
        destination(np.zeros((1, 1)), np.zeros((1, 2)))


def test_a_state_whose_distance_overflows_is_nowhere():
    np.testing.assert_array_equal(destination(np.array([[1e200], [1.0]]), np.array([[1.0]])), [-1, 0])


def test_what_diverges_does_not_survive():
    """x ↦ x³ takes 0.5 to 0 and 2 beyond all numbers."""
    found = basin_fraction(lambda x: x**3, np.zeros(1), [0.5, 2.0], key=jax.random.key(0))
    np.testing.assert_array_equal(found.fraction, [1.0, 0.0])
