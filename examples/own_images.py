"""Delayed recall on images of one's own.

Any labelled images in an `.npz` file are a corpus. Here are three kinds of drawings, 8 × 8 pixels. A study of two small
GRUs is trained on them, one under each curriculum, and measured as the paper's networks are.
"""

from pathlib import Path

import numpy as np

from slowpoints import config_from, figures, results_of, run_study, save_figure, Study
from slowpoints.engines import Serial

source = np.random.default_rng(0)


def drawings(kind: int, count: int) -> np.ndarray:
    """Horizontal bars, vertical bars or crosses, each somewhere else, a little noisy; floats in [0, 1]."""
    images = 0.2 * source.random((count, 8, 8))
    for image, (row, column) in zip(images, source.integers(1, 7, (count, 2)), strict=True):
        if kind != 1:
            image[row] += 0.8
        if kind != 0:
            image[:, column] += 0.8
    return images.clip(0, 1)


images, labels = np.concatenate([drawings(kind, 150) for kind in range(3)]), np.repeat(np.arange(3), 150)
np.savez("drawings.npz", images=images, labels=labels)

config = config_from(
    {
        "name": "drawings",
        "corpus": "arrays",
        "corpus_file": "drawings.npz",
        "units": 32,
        "protocol": ["DeCu", "VoCu"],
        "seeds": 1,
        "snapshots": 4,
        "task": {"trial_steps": 10},
        "training": {"steps": 3000, "batch": 32, "rate": 3e-3, "noise_bank": 64},
        "measurements": {
            "extrapolation": {"delays": [5, 10, 50, 200], "noise": [1.0, 2.0], "trials_per_class": 50},
            "slow_points": {"images_per_class": 20, "newton_iterations": 200, "adam_steps": 100},
        },
    }
)
study = Study.create(config, Path("studies/drawings"))
assert not run_study(study, only=["extrapolation", "slow_points"], engine=Serial())

results = results_of(study)
right = results["extrapolation"].dataset["delay_accuracy"].sel(split="test").mean("class")
points = results["slow_points"].dataset.sel(search="newton")
for network in range(right.sizes["network"]):
    print(right["protocol"].values[network])
    for delay, share in zip(right["delay"].values, right.values[network], strict=True):
        print(f"  right after a delay of {delay:3}: {share:.0%}")
    for label in range(3):
        outcome, answer = (points[name].values[network, label] for name in ("outcome", "readout_class"))
        print(f"  from the mean state of class {label}: {outcome}, read out as {answer}")

save_figure(figures(results)["delay"], Path("delay.png"))
assert (right.sel(delay=10) > 0.9).all()
