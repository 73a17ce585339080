"""Points under ten inputs from 2,048 starts each, beside the way of the ComputationThroughDynamics toolkit.

A network of 64 leaky tanh units, trained on context-dependent integration; the inputs go from one context to the other.
The toolkit searches anew under every input, by 5,000 steps of Adam (rate 0.01, float32) on all starts together; that is
written on PyTorch here, run under some of the inputs and scaled to all. Then it goes on until it reaches our median or
has taken many times our time. Ours is timed with compilation.
"""

import numpy as np
from jaxtyping import Float

from benchmarks.machine import lacks, peak_memory
from benchmarks.records import Record
from benchmarks.settings import Settings
from slowpoints.dynamics import sample_states, speed_along
from slowpoints.interop import Imported, points_across
from slowpoints.networks import LeakyTanh

INPUTS, STARTS, STEPS, RATE = 10, 2048, 5000, 1e-2
"""The toolkit's numbers."""

SEARCHED = (0, 9)
"""The inputs under which the peer is run."""

PATIENCE = 20
"""The peer ends after so many times our time."""


def records(settings: Settings) -> list[Record]:
    """How long each takes, and what ‖F(x) − x‖ it reaches."""
    network, inputs, starts = problem(STARTS)
    begun = settings.now()
    found = points_across(network, inputs, starts)
    seconds = settings.now() - begun
    points = [len(one.points) + len(one.sets) for one in found.distinct]
    unfinished = float(np.mean(found.assigned < 0))
    ours, name = float(np.median(found.root_speed)), "search.inputs"
    results = [
        Record(f"{name}.time", "s", ours=seconds, n=1, note=f"{INPUTS} inputs × {STARTS} starts, with compilation."),
        Record(f"{name}.assigned", "share", ours=1 - unfinished, n=found.assigned.size, note=f"Points: {points}."),
        Record(f"{name}.memory", "MiB", ours=peak_memory(), n=1, note="The process' peak, before the peer is loaded."),
    ]
    if sentence := lacks("torch"):
        return [*results, Record(f"{name}.time-to-same-median", "s", ours=seconds, peer_name="Adam", note=sentence)]
    peers = [Adam(network, inputs[k], starts) for k in SEARCHED]
    scale = INPUTS / len(SEARCHED)

    def median() -> float:
        ends = zip(SEARCHED, peers, strict=True)
        return float(np.median([speed_along(network.at(inputs[k]), peer.states) for k, peer in ends]))

    begun = settings.now()
    for peer in peers:
        peer.run(STEPS)
    own = (settings.now() - begun) * scale
    reached, taken = [median()], own
    while reached[-1] > ours and taken < PATIENCE * seconds:
        begun = settings.now()
        for peer in peers:
            peer.run(STEPS)
        taken += (settings.now() - begun) * scale
        reached.append(median())
    ran = f"Adam ran under {len(SEARCHED)} of {INPUTS} inputs, and its time is scaled to all."
    missed = "" if reached[-1] <= ours else f" Not reached: {reached[-1]:.2g} at the end; the ratio is a lower bound."
    n = STARTS * len(SEARCHED)
    return [
        *results,
        Record(f"{name}.median-speed", "‖F−x‖", ours, reached[0], "Adam", n=n, note=f"Adam after {STEPS} steps."),
        Record(f"{name}.time-of-its-steps", "s", seconds, own, "Adam", ratio=own / seconds, n=1, note=ran),
        Record(
            f"{name}.time-to-same-median",
            "s",
            seconds,
            taken,
            "Adam",
            ratio=taken / seconds,
            n=1,
            note=f"‖F−x‖ ≤ {ours:.2g}.{missed} {ran}",
        ),
    ]


def problem(starts: int) -> tuple[Imported, Float[np.ndarray, "input channel"], Float[np.ndarray, "start unit"]]:
    """The trained network, the inputs between its two contexts, and states along its trials with a little noise."""
    import jax
    from tests.context import context, trained, trials

    whole = trained(64, steps=800)
    states = np.asarray(whole.hidden(trials(jax.random.key(1), 400, 40)[0])).swapaxes(0, 1)
    network = whole.imported()
    begin = sample_states(states, starts, key=jax.random.key(2), noise=0.1, domain=network.domain())
    share = np.linspace(0.0, 1.0, INPUTS)[:, None]
    return network, (1 - share) * context(0) + share * context(1), begin


class Adam:
    """The toolkit's search, for a layer of leaky tanh units.

    **Source:** `find_fixed_points` of snel-repo/ComputationThroughDynamicsToolkit (2026). Written anew.
    """

    def __init__(
        self, network: Imported, input: Float[np.ndarray, " channel"], starts: Float[np.ndarray, "start unit"]
    ):
        import torch  # pyright: ignore[reportMissingImports]

        unit = network.layers[0]
        assert isinstance(unit, LeakyTanh)
        _, drive = network.at(input).args
        self._recurrent = torch.tensor(np.asarray(unit.weights.recurrent, np.float32))
        self._constant = torch.tensor(np.asarray(drive, np.float32))
        self._alpha = -float(np.expm1(-unit.leak))
        self._states = torch.tensor(np.asarray(starts, np.float32), requires_grad=True)
        self._optimiser = torch.optim.Adam([self._states], lr=RATE)

    @property
    def states(self) -> Float[np.ndarray, "start unit"]:
        """Where the search is, in float64."""
        return self._states.detach().numpy().astype(np.float64)

    def run(self, steps: int) -> None:
        """Goes on by so many steps."""
        for _ in range(steps):
            motion = self._alpha * ((self._constant + self._states @ self._recurrent).tanh() - self._states)
            (0.5 * motion.square().sum(1)).mean().backward()
            self._optimiser.step()
            self._optimiser.zero_grad()
