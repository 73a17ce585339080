"""How many units make a ring attractor.

Units prefer directions around a circle and excite those with like preferences. With infinitely many, any direction can
be held: a ring of fixed points. With few, the ring breaks into as many attractors as there are units, with saddles
between them. The more units, the slower a direction drifts from where it was put to the nearest attractor, until no
drift can be told from rounding.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from slowpoints import distinct_points, find_slow_points, save_figure, stability


def step(weights: jax.Array, h: jax.Array) -> jax.Array:
    """One step of the units."""
    return jnp.tanh(weights @ h)


figure = Figure(figsize=(7.5, 2.8), layout="constrained")
for axes, units in zip(figure.subplots(1, 3), (6, 8, 12), strict=True):
    preferred = 2 * np.pi * np.arange(units) / units
    ring = jax.tree_util.Partial(step, 3 / units * np.cos(preferred[:, None] - preferred))
    directions = np.linspace(0, 2 * np.pi, 40, endpoint=False) + 0.01
    starts = 0.6 * np.cos(directions[:, None] - preferred)
    points = distinct_points(ring, find_slow_points(ring, starts, domain=(-1.0, 1.0)), domain=(-1.0, 1.0)).points
    found = stability(ring, points.state)
    kinds = [label.name for label in found.labels]
    slowest = np.abs(found.time_constant[:, 0]).max()
    print(f"{units:2} units: {kinds.count('ATTRACTOR')} attractors and {kinds.count('SADDLE')} saddles,", end=" ")
    print(f"between which a direction drifts with a time constant of up to {slowest:,.0f} steps")
    assert kinds.count("ATTRACTOR") == kinds.count("SADDLE") == units == len(points) / 2

    around = points.state @ np.stack([np.cos(preferred), np.sin(preferred)], axis=1)
    for kind, colour in (("ATTRACTOR", "#0072b2"), ("SADDLE", "#d55e00")):
        here = around[[label == kind for label in kinds]]
        axes.plot(*here.T, "o", color=colour, label=f"{kind.lower()} ({len(here)})")
    axes.set(title=f"{units} units", aspect="equal", xticks=[], yticks=[])
    axes.legend(loc="center", frameon=False, fontsize=7)
save_figure(figure, Path("ring.png"))
