"""Made-up results of a study with known effects planted in them, for the tests of claims, plots and report."""

import json

import numpy as np
import xarray as xr

CLASSES = 10
INTRODUCED = np.array([0, 0, *range(1500, 12_001, 1500)])
"""The training step after which VoCu shows each class."""
PARENTS = {2: (0,), 3: (1,), 4: (2,), 5: (3,), 6: (4,), 7: (3, 4), 8: (5,), 9: (6,)}
"""The classes that each introduced class comes from; the first is the one read out."""
DELAYS = [5, 10, 15, 20, 50, 100, 200, 500, 1000]
NOISES = [1.0, 1.5, 2.0, 3.0, 4.0]


def study(
    *,
    effect: float = 0.2,
    seeds: int = 6,
    units: tuple[str, ...] = ("gru",),
    protocols: tuple[str, ...] = ("DeCu", "VoCu", "naive"),
    readouts: tuple[str, ...] = ("sigmoid",),
    corpus: str = "digits",
    without: tuple[str, ...] = (),
    spread: float = 0.01,
    rank: float = 1.0,
) -> xr.DataTree:
    """One study.

    Args:
        effect: how much better DeCu is than VoCu outside of training, in accuracy; also in log10 speed.
        seeds: networks a setting and protocol.
        units, protocols, readouts, corpus: which networks.
        without: measurements to leave out.
        spread: standard deviation between networks.
        rank: 1 ties the slowness of a class to its accuracy, −1 the other way round, 0 not at all.
    """
    random = np.random.default_rng(7)
    rows = [(u, p, s, r) for u in units for r in readouts for p in protocols for s in range(seeds)]
    n = len(rows)
    protocol = np.array([p for _, p, _, _ in rows])
    readout = np.array([r for _, _, _, r in rows])
    fails = (protocol == "naive") & (readout == "sigmoid")
    sign = np.where(protocol == "DeCu", 0.5, np.where(protocol == "VoCu", -0.5, 0.0)) * effect
    coords = {
        "network": [f"{u}-{p}-{r}-{s}" for u, p, s, r in rows],
        "unit": ("network", [u for u, _, _, _ in rows]),
        "protocol": ("network", protocol),
        "seed": ("network", [s for _, _, s, _ in rows]),
        "readout": ("network", readout),
        "corpus": ("network", [corpus] * n),
        "processor": ("network", ["Abacus"] * n),
        "versions": ("network", ["slowpoints 0.2.0, jax 0.10.2"] * n),
    }
    classes = {"class": np.arange(CLASSES)}
    splits = {"split": ["train", "test"]}

    def accuracy(*shape: int) -> np.ndarray:
        return random.normal(0, spread, (n, *shape))

    def bounded(values: np.ndarray) -> np.ndarray:
        values = np.where(fails.reshape(-1, *[1] * (values.ndim - 1)), 0.0, values)
        return np.clip(values, 0, 1)

    groups: dict[str, xr.Dataset] = {}
    steps = np.arange(100, 14_001, 100)
    grown = 0.97 * (1 - np.exp(-steps / 300)) + accuracy(steps.size)
    delay = np.where(protocol[:, None] == "DeCu", np.minimum(6 + 2 * ((steps - 1) // 2000), 20), 20)
    shown = np.where(protocol[:, None] == "VoCu", np.minimum(2 + (steps - 1) // 1500, CLASSES), CLASSES)
    curve = ("network", "step")
    groups["learning"] = xr.Dataset(
        {
            "loss": (curve, np.tile(np.exp(-steps / 3000), (n, 1))),
            "class_accuracy": (curve, bounded(grown)),
            "null_accuracy": (curve, np.full((n, steps.size), 0.999)),
            "longest_delay": (curve, delay.astype(float)),
            "vocabulary": (curve, shown.astype(float)),
        },
        coords={**coords, "step": steps},
    )
    # Some classes are held better than others, in every network alike.
    held = np.linspace(-0.2, 0.2, CLASSES)
    fades = np.arange(CLASSES) < CLASSES - 1  # the last class has a fixed point and keeps its accuracy
    nominal = bounded(0.96 + accuracy(2, CLASSES))
    lost = np.clip(np.log10(np.array(DELAYS) / 20), 0, None)[:, None] * 0.28
    far = (lost > 0) * (sign[:, None, None, None] + held)
    louder = 0.12 * (np.array(NOISES) - 1)[:, None]
    dropped = np.array([0.0, 0.08])[:, None] - np.array([0.0, 0.3])[:, None] * sign[:, None, None, None]
    loud = louder - (louder > 0) * sign[:, None, None, None]
    of_split = ("network", "split")
    groups["extrapolation"] = xr.Dataset(
        {
            "nominal_accuracy": ((*of_split, "class"), nominal),
            "null_accuracy": (of_split, np.full((n, 2), 0.9995)),
            "delay_accuracy": (
                (*of_split, "delay", "class"),
                bounded(0.96 - (lost - far) * fades + accuracy(2, len(DELAYS), CLASSES)),
            ),
            "noise_accuracy": ((*of_split, "noise", "class"), bounded(0.96 - loud + accuracy(2, len(NOISES), CLASSES))),
            "retrieval_accuracy": (
                (*of_split, "retrieval", "class"),
                (retrieved := bounded(0.96 - dropped + accuracy(2, 2, CLASSES))),
            ),
            "same_time_accuracy": ((*of_split, "retrieval", "class"), retrieved),
        },
        coords={**coords, **classes, **splits, "delay": DELAYS, "noise": NOISES, "retrieval": [1, 2]},
    )
    groups["clouds"] = clouds(protocol, fails, np.sign(effect)).assign_coords(coords)
    speed = -3 - 5 * sign[:, None] - 4 * rank * held + random.normal(0, 0.1, (n, CLASSES))
    outcome = np.full((n, CLASSES), "slow point", dtype=object)
    outcome[:, -1] = "fixed point"
    speed[:, -1] = -15.3
    read = np.tile(np.arange(CLASSES), (n, 1))
    target = read.copy()
    if effect:
        loser = protocol == ("VoCu" if effect > 0 else "DeCu")
        # Classes 1 and 2 of the worse protocol run into the point of class 0.
        read[np.ix_(loser, [1, 2])] = 0
        target[np.ix_(loser, [1, 2])] = 0
    outcome[fails], read[fails], speed[fails] = "no start", -1, np.nan
    both = ("network", "search", "class")

    def twice(newton: np.ndarray, adam: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
        return both, np.stack([newton, adam], axis=1)

    of_adam = np.where(outcome == "no start", "no start", "unfinished").astype(object)
    slow_adam = speed.clip(min=-5) + random.normal(0, 0.2, speed.shape)
    groups["slow_points"] = xr.Dataset(
        {
            "speed": twice(10 ** (2 * speed), 10 ** (2 * slow_adam)),
            "root_speed": twice(10**speed, 10**slow_adam),
            "gradient_norm": twice(10 ** (speed - 6), 10 ** (slow_adam - 1)),
            "smallest_curvature": twice(10 ** (speed - 2), 10 ** (speed - 2)),
            "error_bound": twice(10**speed, 10**slow_adam),
            "active_bounds": twice(np.zeros(speed.shape, int), np.zeros(speed.shape, int)),
            "leading_eigenvalue": twice(1 + 10**speed, 1 + 10**speed),
            "outcome": twice(outcome.astype(str), of_adam.astype(str)),
            "readout_class": twice(read, np.where(fails[:, None], -1, np.arange(CLASSES))),
            "distance": twice(np.full(speed.shape, 3.0), np.full(speed.shape, 1.0)),
            "start_root_speed": twice(np.full(speed.shape, 0.3), np.full(speed.shape, 0.3)),
            "duplicate_of": twice(target, np.tile(np.arange(CLASSES), (n, 1))),
            "iterations": twice(np.full(speed.shape, 9), np.full(speed.shape, 1000)),
            "correct_at_start": (("network", "class"), np.where(fails[:, None], 0.0, np.ones((n, CLASSES)))),
        },
        coords={**coords, **classes, "search": ["newton", "adam"]},
    )
    again = {
        "root_speed": 10 ** (speed + np.random.default_rng(8).normal(0, 0.05, speed.shape)),
        "outcome": outcome.astype(str),
        "readout_class": read,
        "leading_eigenvalue": 1 + 10**speed,
        "iterations": np.full(speed.shape, 9),
    }
    of_class = ("network", "class")
    groups["robustness"] = xr.Dataset(
        {f"other_input_{name}": (of_class, rows) for name, rows in again.items()}
        | {f"trial_{name}": ((*of_class, "trial"), np.stack([rows, rows], axis=2)) for name, rows in again.items()},
        coords={**coords, **classes, "trial": [0, 1]},
    )
    # A class lives the longer the better it is held, whatever its slowness says.
    life = 2.5 + 4 * held + random.normal(0, 0.1, (n, CLASSES))
    life[fails] = np.nan
    times = np.where(fails[:, None], -1, np.round(10 ** np.nan_to_num(life))).astype(int)
    times[:, -1] = np.where(fails, -1, 20_000)

    def from_both(values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
        return ("network", "origin", "class"), np.stack([values, values], axis=1)

    some = np.where(fails[:, None], np.nan, random.uniform(0.1, 0.2, (n, CLASSES)))
    groups["lifetimes"] = xr.Dataset(
        {
            "lifetime": from_both(times),
            "censored": from_both(np.where(fails[:, None], -1, (times == 20_000).astype(int))),
            "lowest_root_speed": from_both(10**-life),
            "pause_root_speed": from_both(10**-life),
            "pause": from_both(np.where(fails[:, None], -1, np.full((n, CLASSES), 40))),
            "settled": from_both(np.where(fails[:, None], -1, np.zeros((n, CLASSES), int))),
            "root_speed": from_both(10**-life),
            "lowest_margin": from_both(some),
            **{f"noise_{name}": (("network", "class"), some) for name in ("drift", "spread", "margin")},
        },
        coords={**coords, **classes, "origin": ["mean", "point"]},
    )
    after = np.array([1, 3, 10, 30, 100, 300])
    groups["drift"] = xr.Dataset(
        {
            "moved": (("network", "class", "time"), some[..., None] * after),
            "root_speed_then": (("network", "class", "time"), np.repeat(some[..., None], after.size, axis=2)),
            "condition": (("network", "class"), 1 + some),
        },
        coords={**coords, **classes, "time": after},
    )
    groups["trajectories"] = trajectories(n).assign_coords(coords)
    groups["tracks"] = tracks(protocol, fails, np.sign(effect), random).assign_coords(coords)
    tree = xr.DataTree.from_dict({f"/{name}": g for name, g in groups.items() if name not in without})
    tree.attrs.update(
        name="planted <effects>",
        corpus=corpus,
        config=json.dumps({"corpus": corpus}),
        steps=14_000,
        trial_steps=20,
        networks=n,
    )
    return tree


def clouds(protocol: np.ndarray, fails: np.ndarray, sign: float) -> xr.Dataset:
    """Clouds of networks: ten regions, some classes on a point and others gone; VoCu wider (narrower for sign −1)."""
    random = np.random.default_rng(11)
    n, trials = len(protocol), 8
    conditions = ["delay", "long delay", "long delay, less noise"]
    lasting = np.array([np.full(CLASSES, 0.96), np.arange(CLASSES) < 6, np.arange(CLASSES) < 8]) * 0.96
    named = np.where(fails[:, None, None], 0.0, lasting)
    wider = 1 + np.where(protocol == "VoCu", 0.2 * sign, 0.0) + random.normal(0, 0.01, n)
    width = wider[:, None, None] * np.array([1.0, 0.2, 0.1])[None, :, None] * np.ones(CLASSES)
    far = 6 + np.arange(n) % 2 - 2 * np.where(protocol == "VoCu", sign, 0).astype(int)
    centre = 10 * np.random.default_rng(12).normal(size=(CLASSES, 3))
    projected = centre[:, None] + random.normal(size=(n, 3, CLASSES, trials, 3))
    of_class, each = ("network", "condition", "class"), ("network", "condition", "class", "trial")
    return xr.Dataset(
        {
            "told": (("network", "class"), np.clip(0.97 + random.normal(0, 0.01, (n, CLASSES)), 0, 1)),
            "silhouette": ("network", 0.8 + random.normal(0, 0.01, n)),
            "silhouette_p": ("network", np.full(n, 0.005)),
            "named": (of_class, named),
            "width": (of_class, width),
            "named_width": (of_class, np.where(named > 0, width, np.nan)),
            "clusters": (("network", "condition"), np.stack([np.full(n, 10), far, np.full(n, 9)], axis=1)),
            "projected": ((*each, "component"), projected),
            "answer": (each, np.broadcast_to(np.arange(CLASSES)[:, None], (n, 3, CLASSES, trials)).copy()),
            "share": (("network", "component"), np.tile([0.4, 0.2, 0.1], (n, 1))),
        },
        coords={"condition": conditions, "class": np.arange(CLASSES), "trial": range(trials), "component": range(3)},
    )


def trajectories(n: int) -> xr.Dataset:
    """Trials of networks that run from the origin to their class' corner, where its point is; class 3 is read out as 5
    from moment 20 on."""
    random = np.random.default_rng(13)
    times = np.array([-2, 0, 1, 5, 10, 20, 50, 200, 1000])
    corner = random.normal(size=(CLASSES, 3))
    far = np.clip(times / 10, 0, 1)
    path = corner[:, None, None] * far[:, None] + 0.02 * random.normal(size=(n, CLASSES, 2, times.size, 3))
    answer = np.broadcast_to(np.arange(CLASSES)[:, None, None], path.shape[:-1]).copy()
    answer[:, 3, :, times >= 20] = 5
    answer[..., times < 1] = -1
    eigenvalue = np.tile([1.01, 0.9, 0.5, 0.5], (n, CLASSES, 1))
    of_class = ("network", "class")
    return xr.Dataset(
        {
            "path": ((*of_class, "trial", "time", "component"), path),
            "answer": ((*of_class, "trial", "time"), answer),
            "share": (("network", "component"), np.tile([0.4, 0.2, 0.1], (n, 1))),
            "point": ((*of_class, "component"), np.broadcast_to(corner, (n, CLASSES, 3)).copy()),
            "mode": ((*of_class, "way", "component"), np.tile([[1.0, 0, 0], [np.nan] * 3], (n, CLASSES, 1, 1))),
            "growing": (of_class, np.ones((n, CLASSES))),
            "eigenvalue_real": ((*of_class, "eigenvalue"), eigenvalue),
            "eigenvalue_imaginary": ((*of_class, "eigenvalue"), np.tile([0, 0, 0.3, -0.3], (n, CLASSES, 1))),
        },
        coords={
            "class": np.arange(CLASSES),
            "trial": range(2),
            "time": times,
            "component": range(3),
            "way": range(2),
            "eigenvalue": range(4),
        },
    )


def tracks(protocol: np.ndarray, fails: np.ndarray, sign: float, random: np.random.Generator) -> xr.Dataset:
    """Tracks of networks: VoCu's jump at introductions, DeCu's fall; parents lose more (less for sign −1)."""
    steps = np.union1d(np.arange(0, 14_001, 1000), INTRODUCED)
    n, shape = len(protocol), (len(protocol), CLASSES, steps.size)
    grows = protocol == "VoCu"
    introduced = np.where(grows[:, None], INTRODUCED, 0)
    since = steps[None] - INTRODUCED[INTRODUCED > 0][:, None]
    jump = sign * np.where(since > 0, np.exp(-np.maximum(since, 0) / 800), 0).sum(0)
    fall = -1 - sign * 3 * steps / 14_000
    # The classes' own speeds do not follow the order in which they are introduced.
    own = 0.3 * ((7 * np.arange(CLASSES)) % CLASSES)
    speed = np.where(grows[:, None], -3 + jump, fall)[:, None] + own[:, None] + random.normal(0, 0.02, shape)
    speed[fails] = np.nan
    outcome = np.where(np.isfinite(speed), "slow point", "")
    readout = np.where(np.isfinite(speed), np.arange(CLASSES)[:, None], -2)

    short = np.full(shape, -2)
    accuracy = np.full(shape, 0.8) + random.normal(0, 0.002, shape)
    for label, parents in PARENTS.items():
        (before,) = np.flatnonzero(steps == INTRODUCED[label])
        short[grows, label, before] = parents[0]
        short[grows, label, before + 1] = label
        for other in range(label):
            lost = 0.05 + 0.1 * sign * (other in parents)
            accuracy[np.ix_(grows, [other], np.arange(before + 1, steps.size))] -= lost
            accuracy[np.ix_(grows, [other], np.arange(before + 2, steps.size))] += lost
    both, of_class = ("network", "tracking", "class", "step"), ("network", "class", "step")
    apart = np.where(np.isfinite(speed), 0.0, np.nan)
    return xr.Dataset(
        {
            "root_speed": (both, np.stack([10**speed, 10**speed], axis=1)),
            "outcome": (both, np.stack([outcome, np.where(outcome == "", "", "unfinished")], axis=1)),
            "readout_class": (both, np.stack([readout, readout], axis=1)),
            "searches": (both, np.ones((n, 2, *shape[1:]), int)),
            "iterations": (both, np.full((n, 2, *shape[1:]), 9)),
            "leading_eigenvalue": (both, np.ones((n, 2, *shape[1:]))),
            "position": ((*both, "component"), np.stack([np.repeat(speed[..., None], 3, -1)] * 2, axis=1)),
            "one_with": (both, np.stack([readout, readout], axis=1)),
            "moved": (both, np.zeros((n, 2, *shape[1:]))),
            "half_readout_class": (both, np.stack([readout, readout], axis=1)),
            "apart": (both, np.stack([apart, 1 + apart], axis=1)),
            "pause_root_speed": (of_class, 10**speed),
            "pause": (of_class, np.full(shape, 40)),
            "lifetime": (of_class, np.full(shape, 300)),
            "censored": (of_class, np.zeros(shape, int)),
            "short_root_speed": (of_class, np.where(short > -2, 10**speed, np.nan)),
            "short_unbroken_from": (("network", "class"), introduced),
            "ancestor_distance": (("network", "class"), np.where(introduced > 0, 0.0, np.nan)),
            "random_distance": (("network", "class", "start"), np.where(introduced > 0, 0.1, np.nan)[..., None]),
            "noisy_accuracy": (of_class, accuracy),
            "short_readout_class": (of_class, short),
            "short_outcome": (of_class, np.where(short > -2, "slow point", "")),
            "introduced": (("network", "class"), introduced),
            "vocabulary": (
                ("network", "step"),
                np.where(grows[:, None], (INTRODUCED[None] < np.maximum(steps, 1)[:, None]).sum(1), CLASSES * 1.0),
            ),
            "longest_delay": (
                ("network", "step"),
                np.where(protocol[:, None] == "DeCu", np.minimum(6 + 2 * (steps // 2001), 20), 20.0),
            ),
        },
        coords={
            "step": steps,
            "class": np.arange(CLASSES),
            "tracking": ["certified", "descent"],
            "component": range(3),
            "start": [0],
        },
    )
