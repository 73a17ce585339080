"""What memories look like in phase space: the states of many trials of each class, as clouds (the paper's figure 3)."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from slowpoints._errors import InputError
from slowpoints._options import check_ranges, option
from slowpoints.measurements._measurement import labelled, Measurement, Subject, Variable
from slowpoints.recall import balanced_images, hold, lasting_noise
from slowpoints.task import TaskSettings

CONDITIONS = ("delay", "long delay", "long delay, less noise")
"""When states are taken: after a delay as trained, after a long one, and after that in weaker noise."""

COMPONENTS = 3
"""Principal components that clouds are drawn and told apart in."""

FOLDS = 5
"""Parts of the trials, each of which is told apart by the centroids of the others."""


@dataclasses.dataclass(frozen=True)
class CloudSettings:
    """Of which states clouds are made. Raises `InputError` for a number out of its range."""

    delay: int = option(20, "The delay as trained.", low=1, high=10**7, unit="steps")
    long_delay: int = option(1000, "The long delay (the paper: 1000).", low=2, high=10**7, unit="steps")
    less_noise: float = option(
        1 / 3, "The weaker noise, as a factor on the trained standard deviation.", low=0.0, high=1.0
    )
    trials_per_class: int = option(100, "Test trials a class.", low=5, high=100_000)
    permutations: int = option(199, "Permutations of labels that the silhouette is held against.", low=1, high=10**6)

    def __post_init__(self):
        check_ranges(self)
        if self.long_delay <= self.delay:
            raise InputError(f"long_delay must be above delay ({self.delay}); got {self.long_delay}.")


def _fits(settings: CloudSettings, task: TaskSettings) -> None:
    if settings.delay < task.shortest_delay:
        raise InputError(
            f"measurements.clouds.delay must be at least task.shortest_delay ({task.shortest_delay}); "
            f"got {settings.delay}."
        )


def _clouds(subject: Subject, settings: CloudSettings, needed, note):
    """Shows test images at the first step and runs on in noise of each trial's own, to the delay and to the long one,
    and again in weaker noise. States are the unit's coordinates (GRU: h; LSTM: h and tanh c).
    """
    note("making clouds of states")
    image_key, noise_key = jax.random.split(subject.key("clouds"))
    image, _ = balanced_images(subject.test, settings.trials_per_class, key=image_key)
    network, noise = subject.network, lasting_noise(subject.network)

    def held(factor: float, *delays: int) -> list[tuple[np.ndarray, np.ndarray]]:
        task = subject.in_noise(network, factor)
        onset = jnp.zeros_like(image)
        runs = hold(network, task, subject.test.pixels[image], onset, delays, noise=noise, key=noise_key)
        return [(np.asarray(network.unit.coordinates(run.state)), np.asarray(run.answer)) for run in runs]

    states, answers = zip(
        *held(1.0, settings.delay, settings.long_delay), *held(settings.less_noise, settings.long_delay), strict=True
    )
    classes = subject.corpus.classes
    arrays = described(
        np.stack(states).astype(np.float64).reshape(len(CONDITIONS), classes, settings.trials_per_class, -1),
        np.stack(answers).reshape(len(CONDITIONS), classes, -1) - 1,
        permutations=settings.permutations,
    )
    return labelled(
        VARIABLES,
        {
            "condition": CONDITIONS,
            "class": range(classes),
            "trial": range(settings.trials_per_class),
            "component": range(arrays["share"].size),
        },
        arrays,
    )


def described(
    states: Float[np.ndarray, "condition class trial coordinate"],
    answers: Int[np.ndarray, "condition class trial"],
    *,
    permutations: int,
) -> dict[str, np.ndarray]:
    """Clouds in numbers, by the names of `VARIABLES`.

    Args:
        states: of trials, class by class, in each of the `CONDITIONS`.
        answers: the class that each would be read out as; −1 for null.
        permutations: of the labels.
    """
    conditions, classes, trials, width = states.shape
    near = states[0].reshape(-1, width)
    centre = near.mean(0)
    _, size, directions = np.linalg.svd(near - centre, full_matrices=False)
    # Of each direction the end that points to the largest entry's side, so that the picture does not depend on chance.
    axes = directions[:COMPONENTS]
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
    projected = (states - centre) @ axes.T
    labels = np.repeat(np.arange(classes), trials)
    named = answers == np.arange(classes)[None, :, None]
    silhouette, p = _silhouette(projected[0].reshape(classes * trials, -1), labels, permutations)
    return {
        "told": _told(projected[0]),
        "silhouette": np.asarray(silhouette),
        "silhouette_p": np.asarray(p),
        "named": named.mean(2),
        "width": np.array([[_width(cloud) for cloud in condition] for condition in states]),
        "named_width": np.array(
            [[_width(states[i, k][named[i, k]]) for k in range(classes)] for i in range(conditions)]
        ),
        "clusters": np.array([_clusters(condition.reshape(classes * trials, -1), trials) for condition in projected]),
        "projected": projected,
        "answer": answers,
        "share": size[: len(axes)] ** 2 / max(float((size**2).sum()), np.finfo(float).tiny),
    }


def _told(cloud: Float[np.ndarray, "class trial component"]) -> Float[np.ndarray, " class"]:
    """The share of each class' trials that are nearest to its centroid, centroids being those of the other folds."""
    fold = np.arange(cloud.shape[1]) % FOLDS
    right = np.zeros(cloud.shape[:2], bool)
    for k in range(FOLDS):
        centroids = cloud[:, fold != k].mean(1)
        distance = np.linalg.norm(cloud[:, fold == k, None] - centroids[None, None], axis=-1)
        right[:, fold == k] = distance.argmin(-1) == np.arange(len(cloud))[:, None]
    return right.mean(1)


def _silhouette(points: np.ndarray, labels: np.ndarray, permutations: int) -> tuple[float, float]:
    """The mean silhouette of the classes, and how often labels dealt out at random give as high a one.

    (Rousseeuw 1987: of each point (b − a) / max(a, b), a the mean distance to its own class, b to the nearest other.)
    """
    distance = np.linalg.norm(points[:, None] - points[None], axis=-1)
    found = _mean_silhouette(distance, labels)
    random = np.random.default_rng(0)
    dealt = [_mean_silhouette(distance, random.permutation(labels)) for _ in range(permutations)]
    return found, (1 + sum(other >= found for other in dealt)) / (1 + permutations)


def _mean_silhouette(distance: np.ndarray, labels: np.ndarray) -> float:
    member = labels[:, None] == np.unique(labels)[None]
    count = member.sum(0)
    mean = distance @ member / np.where(member, count - 1, count)
    own = mean[member]
    other = np.where(member, np.inf, mean).min(1)
    larger = np.maximum(own, other)
    return float(np.where(larger > 0, (other - own) / np.where(larger > 0, larger, 1), 0).mean())


def _width(cloud: Float[np.ndarray, "trial coordinate"]) -> float:
    """The root mean square distance of a cloud's points from their mean; NaN for fewer than two."""
    return float(np.sqrt(cloud.var(0, ddof=1).sum())) if len(cloud) > 1 else np.nan


def _clusters(points: np.ndarray, trials: int) -> int:
    """How many clusters HDBSCAN sees (Campello et al. 2013), none of fewer points than a tenth of a class' trials."""
    from sklearn.cluster import HDBSCAN

    smallest = max(3, trials // 10)
    # Points that coincide have no density; on the scale of the whole cloud this much of noise is nothing.
    scale = np.sqrt(points.var(0).sum())
    shaken = points + 1e-6 * max(scale, 1e-6) * np.random.default_rng(0).normal(size=points.shape)
    options: dict[str, Any] = {"min_cluster_size": smallest, "allow_single_cluster": True, "copy": True}
    found = HDBSCAN(**options).fit_predict(shaken)
    return len(set(found.tolist()) - {-1, -2, -3})


_EACH = ("condition", "class")
VARIABLES = {
    "told": Variable(
        ("class",), "Share of the class' trials nearest to its centroid, three components, trained delay."
    ),
    "silhouette": Variable((), "Mean silhouette of the classes in three components at the trained delay."),
    "silhouette_p": Variable((), "Share of permutations of the labels with as high a silhouette."),
    "named": Variable(_EACH, "Share of the class' trials that would be read out as it."),
    "width": Variable(_EACH, "Root mean square distance of the class' states from their mean, all coordinates."),
    "named_width": Variable(_EACH, "That of the states which would be read out as it."),
    "clusters": Variable(("condition",), "Clusters among all states in three components (HDBSCAN).", missing=-1),
    "projected": Variable(("condition", "class", "trial", "component"), "The states on principal components."),
    "answer": Variable(("condition", "class", "trial"), "The class read out; −1 for null.", missing=-2),
    "share": Variable(("component",), "Share of the variance at the trained delay along each component."),
}

CLOUDS = Measurement(
    "clouds",
    "clouds of hidden states",
    _clouds,
    VARIABLES,
    settings=CloudSettings,
    by_default=False,
    check=_fits,
)
