"""The slow points of a network, or of any step, in one call."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import numpy as np

from slowpoints._errors import InputError
from slowpoints._number_of import number_of
from slowpoints._types import State, Step
from slowpoints.dynamics import (
    AbstractSolver,
    Domain,
    Exploration,
    explore,
    Newton,
    Outcome,
    random_starts,
    Stability,
    stability,
    StabilityLabel,
    trajectories,
    Unseen,
    unseen,
)
from slowpoints.dynamics._states import flatten
from slowpoints.dynamics.behaviour._stability import of_jacobians
from slowpoints.explorer import Explorer, PointView, View

COMPONENTS, WAYS, EIGENVALUES = 3, 2, 32
"""Of a page: components, directions that grow, and eigenvalues that are shown of a point at most."""

SHOWN, SHOWN_STEPS = 32, 100
"""How many starts have their trajectories kept, and for how many steps."""


@runtime_checkable
class Network(Protocol):
    """A network that gives its map under a constant input: what `from_torch` and its like return."""

    def at(self, input: Any, /) -> Step: ...

    def initial_state(self) -> State: ...

    def domain(self) -> Domain: ...


class Survey(NamedTuple):
    """The points of a network's map under a constant input, as far as some random starts have shown.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.interop import from_torch, survey
        >>> weights = {"weight_ih_l0": np.ones((1, 2)), "weight_hh_l0": np.full((1, 1), 0.5)}
        >>> found = survey(from_torch(weights, unit="tanh"), starts=8)  # h ↦ tanh(h/2) has one fixed point, 0
        >>> found.stability.labels, found.unseen.unseen, found.unfinished
        ((<StabilityLabel.ATTRACTOR: 0>,), 0.0, 0)
    """

    exploration: Exploration
    """All searches; `distinct` holds the distinct points and sets among their ends."""
    stability: Stability
    """The stability of each distinct isolated point, in their order; of none if there is none."""
    unseen: Unseen | None
    """How many points random starts may have missed; None if the starts were given, or if no search was finished."""
    trajectories: State
    """Where the map takes some of the starts: leading axes `trial` and `time`."""

    def explore(self, title: str = "A network") -> Explorer:
        """These points to walk around in: shows itself in a notebook, `save` writes a page.

        The axes are the principal components of the trajectories; colours are stability labels.

        Examples:
            >>> import numpy as np
            >>> from slowpoints.interop import from_torch, survey
            >>> weights = {"weight_ih_l0": np.ones((1, 2)), "weight_hh_l0": np.full((1, 1), 0.5)}
            >>> survey(from_torch(weights, unit="tanh"), starts=8).explore("h ↦ tanh(h/2)").save("points.html").name
            'points.html'
        """
        return Explorer((self._view(title),), title)

    def _view(self, title: str) -> View:
        shape = jax.tree.leaves(self.trajectories)[0].shape[:2]
        merged = jax.tree.map(lambda leaf: np.asarray(leaf).reshape(-1, *leaf.shape[2:]), self.trajectories)
        states = flatten(merged).astype(np.float64)
        centre = states.mean(0)
        _, size, directions = np.linalg.svd(states - centre, full_matrices=False)
        axes, share = np.zeros((COMPONENTS, states.shape[1])), np.zeros(COMPONENTS)
        axes[: len(directions)] = directions[:COMPONENTS]
        share[: len(size)] = size[:COMPONENTS] ** 2 / max(float((size**2).sum()), np.finfo(float).tiny)
        return View(
            title=title,
            group="",
            classes=(),
            share=share,
            time=np.arange(shape[1]),
            path=((states - centre) @ axes.T).reshape(*shape, COMPONENTS),
            label=np.full(shape[0], -1),
            points=self._points(centre, axes),
            colours=tuple(label.name.lower() for label in StabilityLabel),
        )

    def _points(self, centre: np.ndarray, axes: np.ndarray) -> tuple[PointView, ...]:
        distinct, linear = self.exploration.distinct, self.stability
        if not len(distinct.points):
            return ()
        points, at = distinct.points, flatten(distinct.points.state)
        made = []
        for k, outcome in enumerate(points.outcomes):
            kind, label = outcome.name.lower().replace("_", " "), linear.labels[k]
            grows = np.flatnonzero((np.abs(linear.eigenvalues[k]) > 1) & ~linear.marginal[k])[:WAYS]
            facts = {
                "Outcome": f"{kind}: {outcome.sentence}",
                "Stability": f"{label.name.lower()}: {label.sentence}",
                "Root speed": f"{_number(points.root_speed[k])} per step",
                "Certificate": f"projected gradient {_number(points.gradient_norm[k])}, "
                f"smallest curvature {_number(points.smallest_curvature[k])}",
                "Directions that grow": f"{linear.unstable[k]}; largest |λ| {abs(linear.eigenvalues[k, 0]):.6g}",
                "Found": number_of(int(distinct.multiplicity[k]), "times"),
            }
            made.append(
                PointView(
                    position=(at[k] - centre) @ axes.T,
                    kind=kind,
                    label=int(label),
                    title=f"Point {k}, {label.name.lower()}",
                    facts=facts,
                    modes=np.real(linear.eigenvectors[k][:, grows]).T @ axes.T,
                    spectrum=linear.eigenvalues[k, :EIGENVALUES],
                )
            )
        return tuple(made)

    @property
    def unfinished(self) -> int:
        """How many searches ended at nothing that could be certified."""
        return int(np.sum(self.exploration.found.outcome == Outcome.UNFINISHED))


def _number(value: float) -> str:
    return f"{value:.2g}".replace("-", "−")


def survey(
    network: Network | Step,
    input: Any = None,
    *,
    like: State | None = None,
    domain: Domain | None = None,
    starts: int | State = 256,
    rounds: int = 3,
    seed: int = 0,
    solver: AbstractSolver = Newton(),  # noqa: B008, frozen and so safe to share
    watch: Callable[[int, int, int], object] = lambda number, starts, points: None,
) -> Survey:
    """Slow points of a network under a constant input, or of any step: searched for, told apart, certified, labelled.

    Args:
        network: from `from_torch` and its like; or a step from one state to the next, as `find_slow_points` takes it.
        input: a network's constant input, a vector (feature,) or one number for all features; 0 by default.
        like: for a step: one state, of which only the structure and the shapes count.
        domain: for a step: as in `find_slow_points`.
        starts: how many random starts (see `random_starts`); or the states to start from, leading axis `point`. What
            such starts may have missed is not said.
        rounds: how many rounds of search (see `explore`); the first is from the starts, the others from what was found.
        seed: decides the starts.
        solver: as in `find_slow_points`.
        watch: is told of each round as it begins (see `explore`).

    Returns:
        `Survey`.

    Raises:
        InputError: if a step comes without `like` or with an input, or a network with `like` or a domain; and as
            `Imported.at`, `random_starts` and `explore`.

    Examples:
        A unit h ↦ tanh 2h has three fixed points: 0 and ±0.957504.

        >>> import numpy as np
        >>> from slowpoints.interop import from_torch, survey
        >>> weights = {"weight_ih_l0": np.ones((1, 2)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> points = survey(from_torch(weights, unit="tanh"), starts=16).exploration.distinct.points
        >>> np.sort(np.abs(points.state[:, 0])).round(6)
        array([0.      , 0.957504, 0.957504])

        The same of a step written in JAX.

        >>> import jax.numpy as jnp
        >>> len(survey(lambda h: jnp.tanh(2 * h), like=np.zeros(1), starts=16).exploration.distinct.points)
        3
    """
    if isinstance(network, Network):
        if like is not None or domain is not None:
            raise InputError(
                "like and domain go with a step; a network says itself what its states are. To bound them otherwise, "
                "give its map: survey(network.at(input), like=network.initial_state(), domain=…)."
            )
        step, like, domain = network.at(0.0 if input is None else input), network.initial_state(), network.domain()
    else:
        if like is None or input is not None:
            raise InputError("a step needs like, one of its states, and takes no input: close over it.")
        step = network
    start_key, round_key = jax.random.split(jax.random.key(seed))
    drawn = isinstance(starts, int)
    states = random_starts(step, like, starts, key=start_key, domain=domain) if drawn else starts
    exploration = explore(
        step,
        states,
        key=round_key,
        domain=domain,
        rounds=rounds,
        solver=solver,
        watch=watch,
    )
    points, reached = exploration.distinct.points, exploration.start_multiplicity
    size = flatten(states).shape[1]
    return Survey(
        exploration,
        stability(step, points.state) if len(points) else of_jacobians(np.zeros((0, size, size))),
        unseen(reached) if drawn and reached.any() else None,
        trajectories(step, jax.tree.map(lambda leaf: leaf[:SHOWN], states), SHOWN_STEPS),
    )
