"""The gradient flow of speed against SciPy's stiff integrator, and where Newton takes another way."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from slowpoints._errors import InputError
from slowpoints.dynamics import find_slow_points, GradientFlow, Outcome

from .maps import Ghost, numpy_gru, random_gru, TanhUnits


def test_it_ends_where_the_flow_does():
    step, weights = random_gru(3, seed=0, gain=2.0)
    starts = np.random.default_rng(0).uniform(-0.5, 0.5, (6, 3))

    def fall(_, h):
        half_speed = lambda at: 0.5 * ((numpy_gru(weights, at) - at) ** 2).sum()
        return [(half_speed(h - nudge) - half_speed(h + nudge)) / 2e-6 for nudge in 1e-6 * np.eye(3)]

    flow = [solve_ivp(fall, (0, 1e4), h, method="BDF", rtol=1e-5, atol=1e-8).y for h in starts]
    inside = np.array([np.abs(path).max() < 1 for path in flow])
    found = find_slow_points(step, starts, domain=(-1.0, 1.0), solver=GradientFlow(tolerance=1e-4))
    assert inside.sum() >= 4
    assert Outcome.UNFINISHED not in found.outcomes
    np.testing.assert_allclose(found.state[inside], np.stack([path[:, -1] for path in flow])[inside], atol=1e-3)


def test_basins_are_divided_by_the_ridges_of_speed():
    step = TanhUnits(jnp.asarray([2.0], jnp.float32))
    # (tanh 2x − x)² has its maximum between 0 and the positive root where 2/cosh² 2x = 1.
    ridge = np.arccosh(np.sqrt(2.0)) / 2
    found = find_slow_points(
        step, np.array([[ridge - 1e-3], [ridge + 1e-3]]), domain=(-1.0, 1.0), solver=GradientFlow()
    )
    root = step.fixed_points()[:, 0].max()
    np.testing.assert_allclose(found.state[:, 0], [0.0, root], atol=1e-12)
    assert found.outcomes == (Outcome.FIXED_POINT,) * 2


def test_a_ghost_is_a_slow_point():
    found = find_slow_points(Ghost(jnp.asarray(1e-3, jnp.float32)), np.array([-0.3, 0.2]), solver=GradientFlow())
    assert found.outcomes == (Outcome.SLOW_POINT,) * 2
    np.testing.assert_allclose(found.state, 0, atol=1e-6)


def test_the_box_holds_the_flow():
    found = find_slow_points(lambda x: x + (2 - x) / 8, np.array([[0.0]]), domain=(-1.0, 1.0), solver=GradientFlow())
    assert found.outcomes == (Outcome.EDGE,)
    np.testing.assert_array_equal(found.state, [[1.0]])


def test_a_budget_too_small_is_unfinished():
    found = find_slow_points(Ghost(jnp.asarray(1e-3)), np.array([0.4]), solver=GradientFlow(max_iterations=3))
    assert found.outcomes == (Outcome.UNFINISHED,)
    assert found.iterations == [3]


def test_settings_are_checked():
    with pytest.raises(InputError, match="GradientFlow's tolerance must be positive, not 0"):
        GradientFlow(tolerance=0)
