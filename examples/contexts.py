"""Context-dependent integration: which signal moves the memory.

Mante and colleagues' (2013) task: two signals come at once, in pulses, and a context, an input that stays on, says
which of them is to be summed. In each context the network has two attractors, for the largest and the smallest sum, and
a saddle between them, along which it sums. What is kept of a pulse there is told by the *selection vector*, the left
eigenvector of the slowest mode: the same signal moves the sum in one context and leaves it alone in the other. A signal
that stays on shows it too: the one that is listened to makes the saddle meet an attractor and vanish, so that what the
state remembers depends on the way the signal came.
"""

from pathlib import Path

import jax
import numpy as np
import torch
from matplotlib.figure import Figure

from slowpoints import (
    distinct_points,
    find_slow_points,
    from_torch,
    hysteresis,
    integration,
    sample_states,
    save_figure,
    states_on_trials,
    sweep,
)
from slowpoints.plots import bifurcation_diagram

torch.manual_seed(0)
torch.set_num_threads(1)


class Rates(torch.nn.Module):
    """Leaky rate units with a linear readout; inputs are two signals and two contexts."""

    def __init__(self, units: int = 32):
        super().__init__()
        self.inputs, self.recurrent = torch.nn.Linear(4, units), torch.nn.Linear(units, units, bias=False)
        self.readout = torch.nn.Linear(units, 1, bias=False)

    def forward(self, input: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """One step."""
        return 0.8 * state + 0.2 * torch.tanh(self.inputs(input) + self.recurrent(state))


def trials(count: int, steps: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs (step, trial, 2 signals and 2 contexts), and the sums to be kept (step, trial), between ±0.5."""
    signals = torch.randn(steps, count, 2) * (torch.rand(steps, count, 2) < 0.2)
    context = torch.eye(2)[torch.randint(2, (count,))].expand(steps, count, 2)
    sums = [torch.zeros(count)]
    for pulse in 0.2 * (signals * context).sum(2):
        sums.append((sums[-1] + pulse).clamp(-0.5, 0.5))
    return torch.cat([signals, context], dim=2), torch.stack(sums[1:])


rates = Rates()
optimizer = torch.optim.Adam(rates.parameters(), 1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 400)
for _ in range(400):
    inputs, sums = trials(32)
    state, loss = torch.zeros(32, 32), torch.zeros(())
    for input, target in zip(inputs, sums, strict=True):
        state = rates(input, state) + 0.02 * torch.randn(32, 32)
        loss = loss + (rates.readout(state)[:, 0] - target).square().mean() / 40
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(rates.parameters(), 1.0)
    optimizer.step()
    schedule.step()
print(f"mean squared error {loss.item():.3f}")

network = from_torch(rates, input=torch.zeros(4), state=torch.zeros(32))
readout = rates.readout.weight.detach().numpy().astype(float)
batch, _ = trials(100)
states = states_on_trials(network.step, batch, network.initial_state(), time_first=True)  # (trial, time, unit)
contexts = np.eye(4)[2:]
in_context = [states[batch[0, :, 2 + now].numpy() == 1] for now in range(2)]
between = in_context[0].mean((0, 1)) - in_context[1].mean((0, 1))

COLOURS = {"ATTRACTOR": "#0072b2", "SADDLE": "#d55e00", "attractor": "#0072b2", "unstable fixed point": "#d55e00"}
figure = Figure(figsize=(8.4, 6.2), layout="constrained")
(among, kept), (listened, ignored) = figure.subplots(2, 2)

# The points in each context, and how far a pulse of each signal moves the answer through the slowest mode there.
for now, constant in enumerate(contexts):
    starts = sample_states(in_context[now], 16, key=jax.random.key(0))
    points = distinct_points(network.at(constant), find_slow_points(network.at(constant), starts)).points
    there = integration(network.step, points.state, constant, readout=lambda state: readout @ state)
    moved = (there.readout_gain[:, 0, :1] * there.input_projection[:, 0, :2]).real
    answers = points.state @ readout[0]
    for path in in_context[now][:20]:
        among.plot(path @ readout[0], path @ between, color="#6c7480", lw=0.4, alpha=0.4)
    for label, state, answer, pulses in zip(there.stability.labels, points.state, answers, moved, strict=True):
        print(f"context {now + 1}: {label.name.lower():9} at {answer:+.2f}; a pulse of 1 moves the answer", end=" ")
        print(f"by {pulses[0]:+.2f} (signal 1), {pulses[1]:+.2f} (signal 2)")
        among.plot(answer, state @ between, "o", color=COLOURS.get(label.name, "#6c7480"))
    saddle = there.stability.unstable == 1
    assert sorted(label.name for label in there.stability.labels) == ["ATTRACTOR", "ATTRACTOR", "SADDLE"]
    assert np.abs(moved[saddle, now]) > 3 * np.abs(moved[saddle, 1 - now])
    kept.bar(np.arange(2) + 3 * now, moved[saddle][0], color=["#009e73", "#cc79a7"])
among.set(xlabel="answer", ylabel="from context 2 to context 1", title="attractors (blue), saddles (red), trials")
kept.set(ylabel="moved by a pulse of 1", title="what is kept of a pulse, at the saddles")
kept.set_xticks([0, 1, 3, 4], [f"signal {1 + k % 2}\ncontext {1 + k // 2}" for k in range(4)], fontsize=8)

# Each signal stays on in context 1: the points under it, and where the state goes as it comes and goes.
amounts = np.linspace(-0.02, 0.02, 9)
held = []
for signal, axes in enumerate((listened, ignored)):
    path = contexts[0] + amounts[:, None] * np.eye(4)[signal]
    swept, loop = sweep(network, path, starts=8), hysteresis(network, path)
    held.append(swept.attractors)
    print(
        f"signal {signal + 1} stays on in context 1; attractors under {amounts[0]} to {amounts[-1]}: {swept.attractors}"
    )
    for event in swept.events:
        print(f"  at {event.input[signal]:+.4f}: {event.kind.name.lower()}, branches {event.branches}")
    diagram = bifurcation_diagram(swept.to_xarray(), axis=readout[0])
    for kind in ("attractor", "unstable fixed point"):
        answers = np.where(diagram["kind"] == kind, diagram["place"], np.nan)
        axes.plot(amounts, answers.T, ".-", color=COLOURS[kind], lw=1)
    for name, way, style in (("there", loop.forth, ">"), ("back", loop.back, "<")):
        axes.plot(amounts, way @ readout[0], style, color="#6c7480", mfc="none", ms=8, label=f"the state, {name}")
    axes.set(xlabel=f"signal {signal + 1} that stays on", ylabel="answer", title=f"signal {signal + 1} in context 1")
    axes.set_ylim(-0.6, 0.6)
ignored.legend(frameon=False, fontsize=8)
save_figure(figure, Path("contexts.png"))
assert held[0][0] == held[0][-1] == 1
assert held[0].max() == 2
