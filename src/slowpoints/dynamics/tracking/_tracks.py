"""The result of tracking: every point at every checkpoint, and the events in between."""

import equinox as eqx
import numpy as np
from jaxtyping import Complex128, Float64, Int

from slowpoints._types import State
from slowpoints.dynamics._outcome import Outcome
from slowpoints.dynamics.tracking._events import Event


class Tracks(eqx.Module):
    """Points followed through a history. Every array is NumPy's, read-only, with leading axes `point`, `checkpoint`.

    Points are in the order given. Checkpoints are in the history's order, whichever way it was tracked. The numbers of
    a point at a checkpoint are evaluated there, as in `SlowPoints`.

    Examples:
        The fixed point √μ of x ↦ x + μ − x² at μ = 0.01 and 0.04. It moved by 0.1.

        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import track
        >>> fold = lambda mu, x: x + mu - x**2
        >>> maps = [jax.tree_util.Partial(fold, jnp.asarray(mu)) for mu in (0.01, 0.04)]
        >>> tracks = track(maps, np.array([[0.2]]))
        >>> tracks.state[0, :, 0].round(6), tracks.moved[0].round(6)
        (array([0.1, 0.2]), array([0.1, nan]))
    """

    state: State
    """The states; each leaf float64."""
    speed: Float64[np.ndarray, "point checkpoint"]
    """S = ‖ξ(F(x)) − ξ(x)‖²."""
    gradient_norm: Float64[np.ndarray, "point checkpoint"]
    """As in `SlowPoints`."""
    smallest_curvature: Float64[np.ndarray, "point checkpoint"]
    """As in `SlowPoints`."""
    eigenvalues: Complex128[np.ndarray, "point checkpoint coordinate"]
    """Of dF/dx on the whole state, by falling modulus."""
    active_bounds: Int[np.ndarray, "point checkpoint"]
    """As in `SlowPoints`."""
    outcome: Int[np.ndarray, "point checkpoint"]
    """Codes of `Outcome`."""
    moved: Float64[np.ndarray, "point checkpoint"]
    """How far the point moved from the checkpoint that was tracked before this one: the Euclidean distance over
    √(number
    of coordinates), where coordinates above 1 count in units of their own size. NaN where tracking began."""
    searches: Int[np.ndarray, "point checkpoint"]
    """How many searches it took from the checkpoint tracked before: 1 if the interval was not halved."""
    iterations: Int[np.ndarray, "point checkpoint"]
    """How many iterations of the solver these searches took in all; counted once for tracks that are one point."""
    one_with: Int[np.ndarray, "point checkpoint"]
    """The lowest number among the tracks that are the same point here: a track's own number if it is alone."""
    label: Int[np.ndarray, "point checkpoint"] | None
    """The labels that the label function gave; None if there was no function."""
    events: tuple[Event, ...]
    """What happened, in the order of where it begins. Together the events cover every track from end to end."""
    backwards: bool = eqx.field(static=True)
    """Whether the points were tracked from the last map to the first."""

    @property
    def root_speed(self) -> Float64[np.ndarray, "point checkpoint"]:
        """√S, how far the state moves in one step."""
        return np.sqrt(self.speed)

    @property
    def certified(self) -> np.ndarray:
        """Whether each point has an outcome other than unfinished."""
        return self.outcome != Outcome.UNFINISHED

    def events_of(self, point: int) -> tuple[Event, ...]:
        """The events that involve one track."""
        return tuple(event for event in self.events if point in event.points)
