"""How long a value held on a slow manifold can be trusted: the drift along it, the contraction across it."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Complex128, Float64

from slowpoints._errors import InputError
from slowpoints._extras import needs
from slowpoints._types import State, Step
from slowpoints.dynamics._states import as_states, check_states, count, flatten
from slowpoints.dynamics.behaviour._stability import stability
from slowpoints.dynamics.behaviour._trajectories import trajectories


class SlowManifold(eqx.Module):
    """States on or near a slow manifold, and what one step does with them along it and across it.

    Along: the part of F(x) − x in the space of the slowest eigenvectors, as many as the manifold has dimensions.
    Across: the rest. Every array is NumPy's, read-only, in the states' order.

    Examples:
        On the x-axis states drift by 0.001 a step, and come back to it by half.

        >>> import numpy as np
        >>> from slowpoints.dynamics import slow_manifold
        >>> line = np.stack([np.linspace(0, 1, 5), np.zeros(5)], axis=1)
        >>> found = slow_manifold(lambda x: x * np.array([1.0, 0.5]) + np.array([1e-3, 0.0]), line)
        >>> found.drift.round(6), found.contraction[:1], found.holds(0.5)[:1].round(6)
        (array([0.001, 0.001, 0.001, 0.001, 0.001]), array([0.5]), array([500.]))
    """

    state: State
    """The states; each leaf float64 with a leading axis `point`."""
    dimension: int = eqx.field(static=True)
    """How many dimensions the manifold was taken to have."""
    eigenvalues: Complex128[np.ndarray, "point eigenvalue"]
    """λ of dF/dx: first those along the manifold, nearest to 1 first, then the others by falling modulus."""
    motion: Float64[np.ndarray, "point coordinate"]
    """The part of F(x) − x along the manifold, laid flat."""
    across: Float64[np.ndarray, " point"]
    """The length of the part across it: 0 on the manifold itself."""

    @property
    def drift(self) -> Float64[np.ndarray, " point"]:
        """How far one step moves the state along the manifold, in the state's units."""
        return np.linalg.norm(self.motion, axis=1)

    @property
    def contraction(self) -> Float64[np.ndarray, " point"]:
        """The largest |λ| across: the part of a small deviation from the manifold that is left after one step, in the
        long run. Below 1 the manifold attracts. 0 if it has all dimensions."""
        rest = np.abs(self.eigenvalues[:, self.dimension :])
        return rest.max(axis=1) if rest.shape[1] else np.zeros(len(rest))

    @property
    def offset(self) -> Float64[np.ndarray, " point"]:
        """About how far the state is from the manifold: `across` / (1 − `contraction`); infinite if it repels."""
        left = 1 - self.contraction
        return np.where(left > 0, self.across / np.where(left > 0, left, 1.0), np.inf)

    @property
    def spacing(self) -> float:
        """The largest distance from one of the states to its nearest neighbour: how finely the manifold is sampled."""
        distance = self._distances()
        np.fill_diagonal(distance, np.inf)
        return float(distance.min(axis=1).max())

    def holds(self, within: float) -> Float64[np.ndarray, " point"]:
        """For how many steps at least a value held at each state stays within this distance of it.

        It would leave fastest along states that are ever faster the farther away they are: so a state at a distance r
        moves by no more than the largest drift seen up to r + `spacing`. That bounds the time from below, as far as the
        drift between neighbours is no larger than at one of them, states are on the manifold and the manifold attracts.
        Infinite where nothing drifts.

        Raises:
            InputError: if `within` is not positive.
        """
        if not within > 0:
            raise InputError(f"within must be positive, not {within}.")
        return np.array(
            [_times([*np.minimum(reach, within), within], fastest)[-1] for reach, fastest in self._fastest()]
        )

    def moves(self, steps: float) -> Float64[np.ndarray, " point"]:
        """How far at most a value held at each state has moved after so many steps: the inverse of `holds`.

        Raises:
            InputError: if `steps` is negative.
        """
        if not steps >= 0:
            raise InputError(f"steps must not be negative, but it is {steps}.")
        moved = []
        for reach, fastest in self._fastest():
            begins = _times(reach, fastest[:-1])
            k = np.searchsorted(begins, steps, side="right") - 1
            moved.append(reach[k] + fastest[k] * (steps - begins[k]))
        return np.array(moved)

    def to_xarray(self, horizons: tuple[float, ...] = (10.0, 100.0, 1000.0, 10_000.0)) -> Any:
        """A table with dimensions `point`, `coordinate` and `horizon` (steps); `moves` for each horizon."""
        needs("plots", "xarray")
        import xarray as xr

        return xr.Dataset(
            {name: ("point", getattr(self, name)) for name in ("drift", "across", "contraction", "offset")}
            | {
                "state": (("point", "coordinate"), flatten(self.state)),
                "motion": (("point", "coordinate"), self.motion),
                "moves": (("point", "horizon"), np.stack([self.moves(steps) for steps in horizons], axis=1)),
            },
            coords={"horizon": list(horizons)},
            attrs={"dimension": self.dimension, "spacing": self.spacing},
        )

    def _distances(self) -> Float64[np.ndarray, "point point"]:
        rows = flatten(self.state)
        return np.stack([np.linalg.norm(rows - row, axis=1) for row in rows])

    def _fastest(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each state: rising distances from it, and the largest drift that may be met beyond each."""
        drift, spacing = self.drift, self.spacing
        order = [np.argsort(distance, kind="stable") for distance in self._distances()]
        return [
            (np.maximum(distance[near] - spacing, 0.0), np.maximum.accumulate(drift[near]))
            for distance, near in zip(self._distances(), order, strict=True)
        ]


def slow_manifold(step: Step, states: State, *, dimension: int = 1, settling: int = 0) -> SlowManifold:
    """What one step does along and across a slow manifold that some states lie on.

    A line, ring or sheet of slow points, or what is left of a continuum of fixed points that drifts. Its states are
    those of a `PointSet`, of slow points on it, or any that the map takes there.

    Args:
        step: F, as in `find_slow_points`.
        states: two or more states near the manifold, spread over it, each leaf with a leading axis `point`.
        dimension: of the manifold. So many eigenvalues of dF/dx, those nearest to 1, are taken to be along it.
        settling: how many steps of the map bring the states to the manifold first: as many as its contraction needs,
            few beside its drift.

    Returns:
        `SlowManifold`, in the order of the states.

    Raises:
        InputError: if there are fewer than two states, if the dimension is not between 1 and the number of coordinates,
            if `settling` is negative, if the slow eigenvectors cannot be told from the others at some state, and as
            `stability`.

    Source:
        Normally attracting manifolds persist with a slow flow along them: Fenichel (1971); for networks, Ságodi et al.
        (2024), *Back to the continuous attractor*.

    Examples:
        A ring whose states drift by sin(3θ)/100 a step: a value that is held to within 0.1.

        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import slow_manifold
        >>> def ring(x):
        ...     radius, angle = jnp.sqrt(jnp.sum(x**2)), jnp.arctan2(x[1], x[0])
        ...     angle = angle + 0.01 * jnp.sin(3 * angle)
        ...     return (0.5 + 0.5 * radius) * jnp.stack([jnp.cos(angle), jnp.sin(angle)])
        >>> angle = np.arange(600) * 2 * np.pi / 600
        >>> found = slow_manifold(ring, np.stack([np.cos(angle), np.sin(angle)], axis=1))
        >>> found.drift.max().round(4), found.contraction.max().round(3), found.holds(0.1).min().round(2)
        (np.float64(0.01), np.float64(0.5), np.float64(10.0))
    """
    states = check_states(states, "states")
    size = flatten(states).shape[1]
    if count(states) < 2:
        raise InputError("states must be two or more, spread over the manifold; there is one.")
    if not 1 <= dimension <= size:
        raise InputError(f"dimension must lie between 1 and the {size} coordinates, not {dimension}.")
    if settling < 0:
        raise InputError(f"settling must not be negative, but it is {settling}.")
    path = trajectories(step, states, settling + 1)
    here, moved = (flatten(jax.tree.map(lambda leaf, t=t: leaf[:, t], path)) for t in (settling, settling + 1))
    state = as_states(here, states)
    there = stability(step, state)
    values, motion = np.empty_like(there.eigenvalues), np.empty_like(here)
    for k, step_made in enumerate(moved - here):
        order = np.argsort(np.abs(there.eigenvalues[k] - 1), kind="stable")
        slow, others = order[:dimension], np.sort(order[dimension:])
        left, right = there.left_eigenvectors[k][:, slow], there.eigenvectors[k][:, slow]
        values[k] = there.eigenvalues[k][np.concatenate([slow, others])]
        if not np.isfinite(left).all() or np.imag(values[k, :dimension]).sum() != 0:
            raise InputError(
                f"dimension must leave the slow directions apart from the others; at state {k}, {dimension} of them "
                "are not: take one more or fewer."
            )
        motion[k] = np.real(right @ (left.conj().T @ step_made))
    across = np.linalg.norm(moved - here - motion, axis=1)
    result = SlowManifold(state, dimension, values, motion, across)
    for array in filter(eqx.is_array, jax.tree.leaves(result)):
        array.setflags(write=False)
    return result


def _times(places: Any, speeds: np.ndarray) -> np.ndarray:
    """When each of some rising places is passed, at these speeds from one to the next."""
    lengths = np.diff(places)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.append(0.0, np.cumsum(np.where(lengths > 0, lengths / speeds, 0.0)))
