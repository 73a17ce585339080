"""A PyTorch GRU remembers three bits.

Sussillo and Barak's (2013) flip-flop: pulses of ±1 come on three inputs, and the network says the sign of the last one
on each. Its memory should be a cube: an attractor for each of the eight answers, and saddles on the ways between
them. The search is told none of this.
"""

from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from safetensors.torch import save_file

from slowpoints import from_torch, save_figure, survey
from slowpoints.plots import phase_space

torch.manual_seed(0)
torch.set_num_threads(1)
gru, readout = torch.nn.GRU(3, 24), torch.nn.Linear(24, 3)


def trials(batch: int, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pulses at one step in ten of each input, and the signs to be kept; arrays (step, trial, bit)."""
    pulses = torch.randn(steps, batch, 3).sign() * (torch.rand(steps, batch, 3) < 0.1)
    pulses[0] = torch.randn(batch, 3).sign()
    signs = [pulses[0]]
    for pulse in pulses[1:]:
        signs.append(torch.where(pulse != 0, pulse, signs[-1]))
    return pulses, torch.stack(signs)


parameters = [*gru.parameters(), *readout.parameters()]
optimizer = torch.optim.Adam(parameters, 1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1200)
for _ in range(1200):
    pulses, signs = trials(64, 40)
    loss = (readout(gru(pulses)[0]) - signs).square().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    schedule.step()
print(f"mean squared error {loss.item():.5f}")
save_file(gru.state_dict(), "flip-flop.safetensors")

# From the GRU to labelled points.
found = survey(from_torch(gru), input=[0.0, 0.0, 0.0], starts=256)
points, stability = found.exploration.distinct.points, found.stability
fixed = np.array([outcome.name == "FIXED_POINT" for outcome in points.outcomes])
print(found.unseen.sentence)

PLACES = {
    "attractors: each holds an answer": "#0072b2",
    "saddles between two answers": "#d55e00",
    "saddles among four": "#e69f00",
    "a saddle among all": "#cc79a7",
}
with torch.no_grad():
    pulses, signs = trials(24, 60)
    hidden = gru(pulses)[0].numpy().swapaxes(0, 1)
    answers = readout(torch.tensor(points.state, dtype=torch.float32)).numpy()
space = phase_space(points, hidden.astype(float), stability=stability, dimensions=3)

figure = Figure(figsize=(7.6, 3.9))
axes = figure.add_axes((-0.06, -0.1, 0.76, 1.2), projection="3d", computed_zorder=False)
for path in space["trajectory"].values:
    axes.plot(*path.T, color="#6c7480", lw=0.4, alpha=0.35, zorder=1)
for grow, (place, colour) in enumerate(PLACES.items()):
    here = fixed & (stability.unstable == grow)
    print(f"{here.sum():2} fixed points from which {grow} directions grow ({place})")
    axes.scatter(
        *space["point"].values[here].T,
        s=60 - 10 * grow,
        color=colour,
        depthshade=False,
        zorder=2,
        label=f"{here.sum()}  {place}",
    )
for place, answer in zip(space["point"].values[stability.unstable == 0], answers[stability.unstable == 0], strict=True):
    said = "".join("−+"[int(one > 0)] for one in answer)
    axes.text(*(1.3 * place), said, fontsize=10, ha="center", va="center", zorder=3)
axes.set_axis_off()
axes.set_box_aspect(None, zoom=1.35)
axes.view_init(22, -58)
figure.legend(loc="center right", frameon=False, fontsize=9, title="fixed points", alignment="left")
save_figure(figure, Path("flip-flop.svg"))

assert loss.item() < 0.01
held = np.unique(np.sign(answers[fixed & (stability.unstable == 0)]), axis=0)
assert len(held) == 8 == np.sum(fixed & (stability.unstable == 0))
