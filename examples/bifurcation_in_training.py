"""A bifurcation during training: when a GRU begins to remember.

A GRU of eight units learns to hold the sign of the last pulse. At first all that it has seen fades, to one fixed point.
At the end there are two attractors, one for each answer, and a saddle between them. Followed back through the history
of weights, the saddle and one attractor meet: a fold, proven by an eigenvalue at +1, is where memory begins. It is
lost and found again on the way.
"""

from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.figure import Figure

from slowpoints import (
    distinct_points,
    EventKind,
    find_slow_points,
    from_equinox,
    random_starts,
    save_figure,
    stability,
    track,
)

STEPS, EVERY = 300, 10


def loss_of(network: tuple, pulses: jax.Array) -> jax.Array:
    """The mean squared difference to the sign of the last pulse, over all trials and steps."""
    cell, readout = network

    def advance(carry, pulse):
        state, sign = carry
        state, sign = jax.vmap(cell)(pulse[:, None], state), jnp.where(pulse == 0, sign, pulse)
        return (state, sign), jnp.mean((state @ readout - sign) ** 2)

    start = jnp.zeros((pulses.shape[1], cell.hidden_size)), pulses[0]
    return jnp.mean(jax.lax.scan(advance, start, pulses)[1])


optimizer = optax.adam(1e-2)


@eqx.filter_jit
def train(network: tuple, memory: optax.OptState, key: jax.Array) -> tuple:
    """One step of training on fresh trials: 64 of 30 steps, a pulse of ±1 at one step in ten."""
    comes, sign = jax.random.split(key)
    pulses = jax.random.bernoulli(comes, 0.1, (30, 64)) * jax.random.rademacher(sign, (30, 64), jnp.float32)
    loss, gradient = eqx.filter_value_and_grad(loss_of)(network, pulses)
    updates, memory = optimizer.update(gradient, memory)
    return eqx.apply_updates(network, updates), memory, loss


cell_key, readout_key, key = jax.random.split(jax.random.key(0), 3)
network = eqx.nn.GRUCell(1, 8, key=cell_key), 0.3 * jax.random.normal(readout_key, (8,))
memory = optimizer.init(eqx.filter(network, eqx.is_array))
history = [network[0]]
for number, step_key in enumerate(jax.random.split(key, STEPS), start=1):
    network, memory, loss = train(network, memory, step_key)
    if number % EVERY == 0:
        history.append(network[0])
print(f"mean squared error {loss:.3f}")


def fixed_points(step: jax.tree_util.Partial) -> np.ndarray:
    """The states of the fixed points that 32 random starts lead to."""
    starts = random_starts(step, np.zeros(8), 32, key=jax.random.key(1), domain=(-1.0, 1.0))
    points = distinct_points(step, find_slow_points(step, starts, domain=(-1.0, 1.0)), domain=(-1.0, 1.0)).points
    return points.state[[outcome.name == "FIXED_POINT" for outcome in points.outcomes]]


maps = [from_equinox(cell).at(0.0) for cell in history]
ends = fixed_points(maps[-1])
kinds = [label.name for label in stability(maps[-1], ends).labels]
print("at the end:", ", ".join(kinds))
tracks = track(maps, ends, domain=(-1.0, 1.0))
folds = [event for event in tracks.events if event.kind in (EventKind.APPEARS, EventKind.DISAPPEARS)]
for event in folds:
    when = EVERY * (event.begin + event.end) / 2
    print(f"{event.kind.name} at training step {when:.0f}: {' and '.join(kinds[i] for i in event.points)}")

assert sorted(kinds) == ["ATTRACTOR", "ATTRACTOR", "SADDLE"]
assert {kinds[i] for i in folds[0].points} == {"ATTRACTOR", "SADDLE"}
# Searched anew, without following anything: one fixed point before the first fold, three after it.
before = int(min(event.begin for event in folds))
assert (len(fixed_points(maps[before - 1])), len(fixed_points(maps[before + 2]))) == (1, 3)

figure = Figure(figsize=(6, 3.2), layout="constrained")
axes = figure.subplots()
for i, kind in enumerate(kinds):
    shown = np.where(tracks.root_speed[i] < 1e-9, tracks.state[i] @ np.asarray(network[1]), np.nan)
    colour = "#0072b2" if kind == "ATTRACTOR" else "#d55e00"
    axes.plot(EVERY * np.arange(len(maps)), shown, "o-", ms=3, color=colour, label=kind.lower())
axes.set(xlabel="training step", ylabel="answer at the fixed point")
axes.legend(frameon=False)
save_figure(figure, Path("bifurcation.png"))
