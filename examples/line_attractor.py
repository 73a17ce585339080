"""A line attractor that is not quite one.

An integrator of eye position: units take over one after the other, so that their mean holds any position, nearly. To
the eye it is a line attractor. The search finds what it is: a chain of attractors with saddles between them, along
which a position drifts. The smoother the units, the longer it is held, but the chain remains.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from slowpoints import distinct_points, find_slow_points, relax, save_figure, stability

THRESHOLDS = np.linspace(-1, 1, 9)
POSITIONS = np.linspace(-0.6, 0.6, 61)


def step(gain: jax.Array, h: jax.Array) -> jax.Array:
    """Each unit sees by how much the position, 9/8 of the mean of all, is above its threshold."""
    return jnp.tanh(gain * (9 / 8 * jnp.mean(h) - THRESHOLDS))


figure = Figure(figsize=(7.5, 2.8), layout="constrained")
for axes, gain in zip(figure.subplots(1, 3, sharey=True), (16.0, 10.0, 6.0), strict=True):
    integrator = jax.tree_util.Partial(step, jnp.asarray(gain))
    starts = np.tanh(gain * (POSITIONS[:, None] - THRESHOLDS))
    ends = find_slow_points(integrator, starts, domain=(-1.0, 1.0))
    points = distinct_points(integrator, ends, domain=(-1.0, 1.0)).points
    found = stability(integrator, points.state)
    kinds = np.array([label.name for label in found.labels])
    slowest, held = np.abs(found.time_constant[:, 0]), relax(integrator, starts)
    print(f"gain {gain:2.0f}: {np.sum(kinds == 'ATTRACTOR')} attractors, {np.sum(kinds == 'SADDLE')} saddles;", end=" ")
    print(f"time constants {slowest.min():.1f} to {slowest.max():.1f} steps;", end=" ")
    print(f"a position comes to rest after {np.median(held.steps):.0f} (median)")

    # On paper: the position p maps to the mean of tanh(gain (p − threshold)), and an eigenvalue is that map's slope.
    position = 9 / 8 * points.state.mean(axis=1)
    slope = gain / 8 * np.sum(1 - np.tanh(gain * (position[:, None] - THRESHOLDS)) ** 2, axis=1)
    np.testing.assert_allclose(found.eigenvalues[:, 0].real, slope, rtol=1e-6)
    assert np.array_equal(kinds == "SADDLE", slope > 1)
    order = np.argsort(position)
    assert all(one != other for one, other in zip(kinds[order], kinds[order][1:], strict=False))  # one after the other

    axes.plot(POSITIONS, 9 / 8 * held.state.mean(axis=1), ".", color="#6c7480", ms=3)
    for kind, colour in (("ATTRACTOR", "#0072b2"), ("SADDLE", "#d55e00")):
        axes.plot(position[kinds == kind], position[kinds == kind], "o", color=colour, ms=5, label=kind.lower())
    axes.set(title=f"gain {gain:.0f}", xlabel="position at first")
axes.legend(frameon=False, fontsize=8)
figure.axes[0].set_ylabel("position in the end")
save_figure(figure, Path("line.png"))
