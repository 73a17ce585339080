"""States iterated until they settle: where they end, how long they keep their readout, where they pause."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Float64, Int

from slowpoints._errors import InputError
from slowpoints._types import State, Step, Vector
from slowpoints.dynamics._certificate import FIXED
from slowpoints.dynamics._landscape import Coordinates, Landscape
from slowpoints.dynamics._outcome import WordedCode
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import check_states, count, one_of
from slowpoints.dynamics.behaviour._hoist import hoist

Scores = Callable[[State], Float[Array, " answer"]]
"""From one state to the score of each answer of a readout; the readout is the answer with the greatest score."""


class Ending(WordedCode):
    """Why a relaxation stopped; `sentence` says it in words.

    Examples:
        >>> from slowpoints.dynamics import Ending
        >>> Ending.SETTLED.sentence
        'The map returns the state to itself, to within rounding: a fixed point is reached.'
    """

    SETTLED = 0, "The map returns the state to itself, to within rounding: a fixed point is reached."
    MOVING = 1, "The state was still moving after the last step allowed."
    DIVERGED = 2, "The step from this state is not finite."


class Relaxation(eqx.Module):
    """What states do under F alone, without noise: x₀, x₁ = F(x₀), …, one row for each start.

    Every array is NumPy's, read-only, with the starts' order on its leading axis. r_t = ‖ξ(F(x_t)) − ξ(x_t)‖ is the
    root speed at x_t, and times are numbers of steps from the start. The *escape* is the end of the lifetime. The last
    four fields are None if no scores were given.

    Examples:
        x ↦ x + 1 passes 2.5, where the readout changes, after three steps.

        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import relax
        >>> scores = lambda x: jnp.array([2.5 - x[0], x[0] - 2.5])
        >>> found = relax(lambda x: x + 1.0, np.zeros((1, 1)), scores=scores, max_steps=10)
        >>> int(found.lifetime[0]), bool(found.censored[0]), found.endings
        (3, False, (<Ending.MOVING: 1>,))
    """

    state: State
    """x_T, where each relaxation ended; each leaf float64 with a leading axis `point`."""
    steps: Int[np.ndarray, " point"]
    """T, how many steps were taken: the most allowed, or fewer where the state settled or diverged."""
    root_speed: Float64[np.ndarray, " point"]
    """r_T, at the end; infinite or NaN where the state diverged."""
    ending: Int[np.ndarray, " point"]
    """Codes of `Ending`."""
    pause: Int[np.ndarray, " point"]
    """The time of the first pause, the first minimum of r_t in time: r_t falls before it and rises after it, both by
    more
    than rounding. It is T if the state settles before any rise, and −1 if there was no pause in T steps."""
    pause_root_speed: Float64[np.ndarray, " point"]
    """r_t at the first pause; NaN where there is none."""
    lowest_root_speed: Float64[np.ndarray, " point"]
    """The least r_t before the escape, or over all times if there was none. NaN if the lifetime is 0."""
    label: Int[np.ndarray, " point"] | None = None
    """The answer that the state should keep: the one given, or the readout of x₀."""
    lifetime: Int[np.ndarray, " point"] | None = None
    """The first time at which the readout of x_t is not `label`; if `censored`, the time up to which it is known not to
    change."""
    censored: Bool[np.ndarray, " point"] | None = None
    """Whether the readout was `label` at all times: up to the most steps allowed (also if the state settled before,
    since
    then nothing changes any more), or up to T if it diverged."""
    lowest_margin: Float64[np.ndarray, " point"] | None = None
    """The least amount by which the label's score exceeded the best other one before the escape; NaN if the lifetime is
    0."""

    @property
    def settled(self) -> Bool[np.ndarray, " point"]:
        """Whether each state reached a fixed point."""
        return self.ending == Ending.SETTLED

    @property
    def endings(self) -> tuple[Ending, ...]:
        """`ending` as members of `Ending`."""
        return tuple(Ending(int(code)) for code in self.ending)


def relax(
    step: Step,
    states: State,
    *,
    scores: Scores | None = None,
    labels: Int[np.ndarray, " point"] | None = None,
    coordinates: Coordinates | None = None,
    max_steps: int = 20_000,
) -> Relaxation:
    """Iterates a map F from each state until it settles, and records speed and readout on the way.

    It runs in float64 whatever the input's precision, in one compiled loop whose memory does not grow with time. States
    are relaxed one after another. So none waits for a slower one, and a result does not depend on its batch, in any
    bit.

    Args:
        step: F, as in `find_slow_points`: given as a module, networks of one shape compile once.
        states: the states to start from: one state's structure, each leaf a floating-point array with a leading axis
            `point`.
        scores: from one state to a vector with one score for each answer of a readout; the readout is the answer with
            the greatest score. For a readout without scores, give one-hot vectors. As `step`, best a module.
        labels: the answer that each state should keep, as an index into the scores; array (point,). By default its
            readout at the start.
        coordinates: ξ, as in `find_slow_points`.
        max_steps: the time at which to stop. Another number does not compile anew.

    Returns:
        `Relaxation`, in the order of the states. A state has settled if it passes the test that certifies fixed points:
        one step moves it by no more than rounding.

    Raises:
        InputError: naming the argument, if the step changes its state's form, if the step or the scores are not finite
            at a start, if the scores are not one vector of two answers or more, if a label is none of them, if
            `max_steps` is not positive, or if the states are empty, not floating-point, not finite or without one
            common leading axis.

    Examples:
        The iterated cosine settles at its fixed point, Dottie's number.

        >>> import jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import relax
        >>> found = relax(jnp.cos, np.ones((1, 1)))
        >>> found.endings
        (<Ending.SETTLED: 0>,)
        >>> found.state.round(6)
        array([[0.739085]])
    """
    states = check_states(states, "states")
    if not max_steps > 0:
        raise InputError(f"max_steps must be positive, not {max_steps}.")
    with double_precision():
        scores = as_double(scores)
        labels = _check_labels(labels, check_scores(scores, one_of(states, 0)), states)
        last = jnp.asarray(max_steps, jnp.int32)
        path, usable = _relax(as_double(step), scores, as_double(coordinates), states, labels, last)
    usable = np.asarray(usable)
    if not usable.all():
        what = "step" if scores is None else "step and scores"
        raise InputError(f"{what} must return finite values at every state; at state {np.argmin(usable)} it is not so.")
    result = _conclude(path, max_steps, scores is not None)
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result


class _Pause(NamedTuple):
    """The first minimum of a sequence, while the sequence is read."""

    highest: Float[Array, ""]
    falling: Bool[Array, ""]
    lowest: Float[Array, ""]
    when: Int[Array, ""]
    over: Bool[Array, ""]

    @classmethod
    def none_yet(cls) -> "_Pause":
        never, no = jnp.array(-1, jnp.int32), jnp.zeros((), bool)
        return cls(highest=jnp.array(-jnp.inf), falling=no, lowest=jnp.array(jnp.inf), when=never, over=no)

    def read(self, value: Float[Array, ""], when: Int[Array, ""], rounding: Float[Array, ""]) -> "_Pause":
        """Reads the next value. A rise or fall of less than `rounding` does not count."""
        highest = jnp.maximum(self.highest, value)
        falling = self.falling | (value < highest - rounding)
        over = self.over | (self.falling & (value > self.lowest + rounding))
        lower = falling & ~over & (value < self.lowest)
        return _Pause(highest, falling, jnp.where(lower, value, self.lowest), jnp.where(lower, when, self.when), over)

    def rest(self, value: Float[Array, ""], when: Int[Array, ""]) -> "_Pause":
        """The pause of a sequence that comes to rest at this value: here, unless there was one before."""
        return self._replace(
            lowest=jnp.where(self.over, self.lowest, value),
            when=jnp.where(self.over, self.when, when),
            over=jnp.ones((), bool),
        )


class _Path(NamedTuple):
    """The path x₀ … x_t so far. `lowest` and `lowest_margin` are over times before the escape, infinite if none."""

    state: Any
    steps: Int[Array, ""]
    root_speed: Float[Array, ""]
    ending: Int[Array, ""]
    done: Bool[Array, ""]
    pause: _Pause
    lowest: Float[Array, ""]
    label: Int[Array, ""]
    lifetime: Int[Array, ""]
    escaped: Bool[Array, ""]
    lowest_margin: Float[Array, ""]


@eqx.filter_jit
def _relax(
    step: Step,
    scores: Scores | None,
    coordinates: Coordinates | None,
    states: State,
    labels: Int[Array | np.ndarray, " point"] | None,
    max_steps: Int[Array, ""],
) -> tuple[_Path, Bool[Array, " point"]]:
    landscape, some_vector = Landscape.around(step, one_of(states, 0), coordinates)
    step_once = hoist(landscape.advance, some_vector)

    def scores_of(vector: Vector) -> Float[Array, " answer"]:
        # Without a readout: scores of which the first is always the greatest.
        return jnp.array([jnp.inf, 0.0]) if scores is None else scores(landscape.unravel(vector))

    read_out = hoist(scores_of, some_vector)

    def lead(vector: Vector, label: Int[Array, ""]) -> tuple[Bool[Array, ""], Float[Array, ""]]:
        """Whether the readout is the label, and by how much its score exceeds the best other one."""
        given = read_out(vector)
        others = jnp.where(jnp.arange(given.size) == label, -jnp.inf, given)
        return jnp.argmax(given) == label, given[label] - jnp.max(others)

    def advance(now: _Path) -> _Path:
        x, t = now.state, now.steps
        located, moved = landscape.locate(x), step_once(x)
        root_speed = jnp.linalg.norm(landscape.locate(moved) - located)
        extent, whole_extent = 1 + jnp.linalg.norm(located), 1 + jnp.linalg.norm(x)
        still = (root_speed <= FIXED * extent) & (jnp.linalg.norm(moved - x) <= FIXED * whole_extent)
        # Norms overflow before the state does, and then every comparison with infinity would be true.
        settled = still & jnp.isfinite(extent + whole_extent)
        diverged = ~jnp.all(jnp.isfinite(moved))
        done = settled | diverged | (t == max_steps)

        nothing = jnp.zeros((), bool), jnp.array(jnp.inf)
        kept, margin = jax.lax.cond(now.escaped, lambda: nothing, lambda: lead(x, now.label))
        pause = now.pause.read(root_speed, t, 10 * jnp.finfo(x.dtype).eps * extent)
        return _Path(
            state=jnp.where(done, x, moved),
            steps=jnp.where(done, t, t + 1),
            root_speed=root_speed,
            ending=jnp.select(
                [settled, diverged],
                [jnp.array(int(ending), jnp.int32) for ending in (Ending.SETTLED, Ending.DIVERGED)],
                jnp.array(int(Ending.MOVING), jnp.int32),
            ),
            done=done,
            pause=jax.tree.map(partial(jnp.where, settled), pause.rest(root_speed, t), pause),
            lowest=jnp.where(kept, jnp.fmin(now.lowest, root_speed), now.lowest),
            label=now.label,
            lifetime=jnp.where(now.escaped, now.lifetime, t),
            escaped=~kept,
            lowest_margin=jnp.where(kept, jnp.fmin(now.lowest_margin, margin), now.lowest_margin),
        )

    def relax_one(state: State, label: Int[Array, ""] | None) -> tuple[_Path, Bool[Array, ""]]:
        vector, _ = ravel_pytree(state)
        given = read_out(vector)
        start = _Path(
            state=vector,
            steps=jnp.zeros((), jnp.int32),
            root_speed=jnp.array(jnp.nan),
            ending=jnp.array(int(Ending.MOVING), jnp.int32),
            done=jnp.zeros((), bool),
            pause=_Pause.none_yet(),
            lowest=jnp.array(jnp.inf),
            label=jnp.argmax(given).astype(jnp.int32) if label is None else label,
            lifetime=jnp.zeros((), jnp.int32),
            escaped=jnp.zeros((), bool),
            lowest_margin=jnp.array(jnp.inf),
        )
        end = jax.lax.while_loop(lambda now: ~now.done, advance, start)
        finite_scores = jnp.all(jnp.isfinite(given)) | (scores is None)
        usable = jnp.all(jnp.isfinite(step_once(vector))) & finite_scores
        return end._replace(state=landscape.unravel(end.state)), usable

    return jax.lax.map(lambda start: relax_one(*start), (states, labels))


def _conclude(path: _Path, max_steps: int, read_out: bool) -> Relaxation:
    """The relaxations as returned, with NaN, −1 or None for what did not happen."""
    path = jax.tree.map(np.asarray, path)
    result = Relaxation(
        state=path.state,
        steps=np.asarray(path.steps),
        root_speed=np.asarray(path.root_speed),
        ending=np.asarray(path.ending),
        pause=np.where(path.pause.over, path.pause.when, -1),
        pause_root_speed=np.where(path.pause.over, path.pause.lowest, np.nan),
        lowest_root_speed=np.where(np.isposinf(path.lowest), np.nan, path.lowest),
    )
    if not read_out:
        return result
    kept, settled = np.asarray(~path.escaped), result.settled
    return dataclasses.replace(
        result,
        label=path.label,
        lifetime=np.where(kept & settled, max_steps, path.lifetime).astype(np.int32),
        censored=kept,
        lowest_margin=np.where(np.isposinf(path.lowest_margin), np.nan, path.lowest_margin),
    )


def check_scores(scores: Scores | None, state: State) -> int:
    """How many answers there are, 0 without scores, or an `InputError` about the scores' form."""
    if scores is None:
        return 0
    form = eqx.filter_eval_shape(scores, state)
    shape = getattr(form, "shape", None)
    if shape is None or len(shape) != 1 or shape[0] < 2:
        raise InputError(f"scores must return one vector with a score for each of two answers or more, not {form}.")
    return shape[0]


def _check_labels(labels: Any, answers: int, states: State) -> Int[np.ndarray, " point"] | None:
    """The labels as int32, or an `InputError`."""
    if labels is None:
        return None
    if answers == 0:
        raise InputError("labels are answers of a readout: give its scores too.")
    labels = np.asarray(labels)
    if not (labels.shape == (count(states),) and np.issubdtype(labels.dtype, np.integer)):
        raise InputError(f"labels must be one whole number a state, not {labels.dtype} of shape {labels.shape}.")
    if not ((labels >= 0) & (labels < answers)).all():
        raise InputError(f"labels must be indices of the {answers} scores, from 0, not {labels.tolist()}.")
    return labels.astype(np.int32)
