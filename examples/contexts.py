"""Context-dependent integration: which signal moves the memory.

Mante and colleagues' (2013) task: two signals come at once, and a context, an input that stays on, says which of them
is to be summed. In each context the sum is kept along a line of slow points. What a signal does to it is told by the
*selection vector*: the left eigenvector of the slowest mode there. The same signal moves the sum in one context and
leaves it alone in the other.
"""

import numpy as np
import torch

from slowpoints import find_slow_points, from_torch, input_jacobian, jacobian

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
with torch.no_grad():
    inputs, sums, context = trials(128, 30)
    hidden = gru(inputs)[0][-1].numpy().astype(float)
for now in range(2):
    constant = np.concatenate([[0.0, 0.0], np.eye(2)[now]])
    step = network.at(constant)
    ends = find_slow_points(step, hidden[context.numpy() == now][:24], domain=(-1.0, 1.0))
    certified = [outcome.name != "UNFINISHED" for outcome in ends.outcomes]
    moved = []
    for state in ends.state[certified]:
        values, left = np.linalg.eig(np.asarray(jacobian(step, state)).T)
        selection = left[:, np.argmax(np.abs(values))].real
        moved.append(np.abs(selection @ np.asarray(input_jacobian(network.step, state, constant)))[:2])
    first, second = np.median(moved, axis=0)
    print(f"context {now + 1}: {sum(certified)} of {len(certified)} searches certified,", end=" ")
    print(f"a signal moves the slowest mode by {first:.2f} (signal 1) and {second:.2f} (signal 2)")
    assert (first > 4 * second) if now == 0 else (second > 4 * first)
assert loss.item() < 0.005
