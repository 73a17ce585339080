"""What happened to points on the way through a history."""

from typing import NamedTuple

import equinox as eqx

from slowpoints.dynamics._outcome import WordedCode


class EventKind(WordedCode):
    """What happened to a point, read forwards in the history whichever way it was tracked; `sentence` says it in words.

    The kinds from `APPEARS` to `NEIMARK_SACKER` are bifurcations of the map: an eigenvalue of J = dF/dx at a fixed
    point was found on the unit circle.

    Examples:
        >>> from slowpoints.dynamics import EventKind
        >>> EventKind.FLIPS.sentence
        'An eigenvalue of a fixed point passes through −1.'
    """

    CONTINUES = 0, "The same point: at every map the search ended near where it began, at a point of the same kind."
    JUMPS = (
        1,
        "The search ended far from where it began; from a certified point, however short the step.",
    )
    APPEARS = 2, "A fold: two fixed points are born where an eigenvalue is +1; before, speed has a minimum, no zero."
    DISAPPEARS = 3, "A fold: two fixed points meet where an eigenvalue is +1 and are gone; a minimum of speed may stay."
    BRANCHES = 4, "An eigenvalue of a fixed point comes to +1 where others meet it, and the fixed point goes on."
    FLIPS = 5, "An eigenvalue of a fixed point passes through −1."
    NEIMARK_SACKER = 6, "A complex pair of eigenvalues of a fixed point passes through the unit circle."
    SPLITS = 7, "Tracked points that were one become several."
    MERGES = 8, "Tracked points become one."
    UNDETERMINED = 9, "The evidence does not decide: a point was not certified, or its eigenvalues do not tell."


class Event(eqx.Module):
    """One event: where in the history it happened, to which points, and the numbers that show it.

    Examples:
        The fixed points ±√μ of x ↦ x + μ − x² appear at μ = 0, half of the way from −0.01 to 0.01.

        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import track
        >>> fold = lambda mu, x: x + mu - x**2
        >>> maps = [jax.tree_util.Partial(fold, jnp.asarray(mu)) for mu in (-0.01, 0.01, 0.04)]
        >>> event = track(maps, np.array([[0.2]])).events[0]
        >>> event.kind.name, round(event.begin, 6), round(event.evidence["eigenvalue"], 6)
        ('APPEARS', 0.5, 1.0)
    """

    kind: EventKind = eqx.field(static=True)
    begin: float
    """Where it begins, in checkpoints: 3.25 is a quarter of the straight line from the weights of checkpoint 3 to 4."""
    end: float
    """Where it ends; at least `begin`."""
    points: tuple[int, ...] = eqx.field(static=True)
    """The tracks involved. For a jump onto other tracks' point, the one that jumps comes first."""
    evidence: dict[str, float]
    """Numbers by name; "before" and "after" are in the history's order.

    - CONTINUES, UNDETERMINED: `moved`, the most that it moved from one checkpoint to the next, as in `Tracks`;
      `missed`, the most that any coordinate changed between the begin and the end of a search; `unfinished`, at how
      many maps it is not a certified, isolated point.
    - JUMPS: `missed`; `root_speed_before`, `root_speed_after`; `curvature_before`, `curvature_after`, the smallest
      curvatures of speed: a minimum flattens before it is lost.
    - APPEARS, DISAPPEARS: `at`, the fold's place in checkpoints; `eigenvalue`, the one of J there that is +1;
      `residual` of the equations that place it; `quadratic` = ½wᵀF_xx[v,v] and `transversal` = wᵀ∂F/∂t, with v, w the
      right and left null vectors of J − I, |v| = 1, wᵀv = 1, t in checkpoints; and `square_root_law`: the two fixed
      points beside the fold were found, and this is λ − 1 at the one that the tracked point was followed from, over
      the law's leading term, ±2√|quadratic · transversal · (t − at)|.
    - BRANCHES, FLIPS, NEIMARK_SACKER: `at`; `modulus` and `angle` of the eigenvalue there; `unstable_before` and
      `unstable_after`, how many eigenvalues are outside the unit circle.
    - SPLITS, MERGES: `apart`, the largest distance, as `moved`, on the side where they are several; `eigenvalue`, the
      real one nearest +1 there (NaN where none is real); `curvature`, the smallest of speed there.
    """


class IntervalEvent(NamedTuple):
    """An event within one interval. `low` and `high` are fractions of the interval, equal if its place is known."""

    kind: EventKind
    low: float
    high: float
    evidence: dict[str, float]
