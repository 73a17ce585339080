"""Context-dependent integration: which signal moves the memory.

Mante and colleagues' (2013) task: two signals come at once, and a context, an input that stays on, says which of them
is to be summed. In each context the sum is kept along a line of points. What a pulse of a signal does to it is told by
the *selection vector*, the left eigenvector of the slowest mode: the same signal moves the sum in one context and
leaves it alone in the other. A signal that stays on says the same: the one that is listened to makes points meet and
vanish, until one is left, and what is remembered then depends on the way it came; the other moves points a little.
"""

from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slowpoints import (
    distinct_points,
    EventKind,
    find_slow_points,
    from_torch,
    hysteresis,
    integration,
    save_figure,
    Sweep,
    sweep,
)
from slowpoints.plots import bifurcation_diagram

torch.manual_seed(0)
torch.set_num_threads(1)
gru, readout = torch.nn.GRU(4, 32), torch.nn.Linear(32, 1)


def trials(batch: int, steps: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs (step, trial, 2 signals and 2 contexts), the sums to be kept (step, trial), and the contexts (trial,)."""
    context = torch.randint(2, (batch,))
    signals = 0.25 * torch.randn(steps, batch, 2)
    inputs = torch.cat([signals, torch.eye(2)[context].expand(steps, batch, 2)], dim=2)
    return inputs, (0.5 * signals[:, torch.arange(batch), context]).cumsum(0).clamp(-1, 1), context


parameters = [*gru.parameters(), *readout.parameters()]
optimizer = torch.optim.Adam(parameters, 1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1000)
for _ in range(1000):
    inputs, sums, _ = trials(64, 30)
    loss = (readout(gru(inputs)[0])[..., 0] - sums).square().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    schedule.step()
print(f"mean squared error {loss.item():.4f}")

network = from_torch(gru)
weight, bias = (parameter.detach().numpy().astype(float) for parameter in readout.parameters())
with torch.no_grad():
    inputs, sums, context = trials(128, 30)
    hidden = gru(inputs)[0].numpy().swapaxes(0, 1).astype(float)  # (trial, step, unit)
CONTEXTS = np.eye(4)[2:]
COLOURS = {"attractor": "#0072b2", "unstable fixed point": "#d55e00", "slow point": "#6c7480"}
figure = Figure(figsize=(8, 6), layout="constrained")
(among, moved), paths = figure.subplots(2, 2)


def answers(states: np.ndarray) -> np.ndarray:
    """What the readout says at each state."""
    return states @ weight[0] + bias[0]


# The points in each context, and how far a pulse of each signal moves the answer there for as long as the first mode
# lasts: its part along the selection vector, seen by the readout.
apart = hidden[context == 0].mean((0, 1)) - hidden[context == 1].mean((0, 1))
effects = []
for now, constant in enumerate(CONTEXTS):
    step, mine = network.at(constant), hidden[context.numpy() == now]
    points = distinct_points(step, find_slow_points(step, mine[:24, -1], domain=(-1.0, 1.0)), domain=(-1.0, 1.0)).points
    there = integration(network.step, points.state, constant, readout=lambda state: weight @ state)
    effects.append((there.readout_gain[:, 0, :1] * there.input_projection[:, 0, :2]).real)
    said = answers(points.state)
    for outcome, value, answer, pulses in zip(
        points.outcomes, there.stability.eigenvalues[:, 0], said, effects[-1], strict=True
    ):
        print(f"context {now + 1}: {outcome.name:11} λ = {value:.3f}, answer {answer:+.2f};", end=" ")
        print(f"a pulse of 1 moves it by {pulses[0]:+.2f} (signal 1), {pulses[1]:+.2f} (signal 2)")
    for path in mine[:20]:
        among.plot(answers(path), path @ apart, color="#6c7480", lw=0.4, alpha=0.4)
    among.plot(said, points.state @ apart, "o", color="#0072b2")
    for signal, (colour, marker) in enumerate((("#009e73", "o"), ("#cc79a7", "s"))):
        moved.plot(said, effects[-1][:, signal], marker, color=colour, mfc=("none", colour)[now], label=f"signal {signal + 1}, context {now + 1}")
among.set(xlabel="answer", ylabel="from context 2 to context 1", title="points among trials")
moved.set(xlabel="answer at the point", ylabel="moved by a pulse of 1", title="what is kept of a pulse")
moved.legend(frameon=False, fontsize=7)


def draw(axes: Axes, swept: Sweep, amounts: np.ndarray, title: str) -> None:
    """The answers at the points under each amount of a signal."""
    diagram = bifurcation_diagram(swept.to_xarray(), axis=weight[0])
    for kind, colour in COLOURS.items():
        at = np.where(diagram["kind"] == kind, diagram["place"] + bias[0], np.nan)
        axes.plot(amounts, at.T, ".-", color=colour, lw=1)
    axes.set(xlabel="a signal that stays on", ylabel="answer", title=title)


# The first signal stays on: in the context that listens to it, and in the other.
amounts = np.linspace(-0.2, 0.2, 9)
for axes, now in zip(paths, (0, 1), strict=True):
    path = CONTEXTS[now] + amounts[:, None] * np.eye(4)[0]
    swept, loop = sweep(network, path, starts=8), hysteresis(network, path)
    print(f"signal 1 stays on in context {now + 1}: attractors {swept.attractors}; the way matters at {amounts[loop.loop].round(2)}")
    for event in swept.events:
        print(f"  {event.input[0]:+.4f}: {event.kind.name.lower()} {event.branches}")
    draw(axes, swept, amounts, f"signal 1 stays on, context {now + 1}")
save_figure(figure, Path("contexts.png"))
assert loss.item() < 0.005
