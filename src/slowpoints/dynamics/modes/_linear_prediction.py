"""Trajectories as the slowest modes at one point would have them, beside what the map does."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Complex128, Float64

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._states import as_states, check_state, check_states, flatten
from slowpoints.dynamics.behaviour._trajectories import trajectories
from slowpoints.dynamics.modes._integration import DrivenStep, held, integration


class LinearPrediction(eqx.Module):
    """What the linearised map predicts of trajectories, and how wrong it is. Every array is NumPy's, read-only.

    Examples:
        A linear map is predicted without error.

        >>> import numpy as np
        >>> from slowpoints.dynamics import linear_prediction, trajectories
        >>> step = lambda x, u: 0.5 * x + u
        >>> path = trajectories(lambda x: step(x, 0.0), np.ones((1, 1)), 4)
        >>> found = linear_prediction(step, np.zeros(1), np.zeros(1), path)
        >>> found.state[0, :, 0], found.explained
        (array([1.    , 0.5   , 0.25  , 0.125 , 0.0625]), 1.0)
    """

    state: State
    """The states predicted; each leaf float64 with leading axes `trial` and `time`."""
    error: Float64[np.ndarray, "trial time"]
    """‖predicted − true‖, in the state's units."""
    explained: float
    """1 − Σ‖predicted − true‖² / Σ‖true − mean‖² over all trials and times: 1 is perfect, 0 no better than the mean."""
    modes: int = eqx.field(static=True)
    """How many modes were taken."""


def linear_prediction(
    step: DrivenStep, point: State, input: Any, path: State, inputs: Any = None, *, modes: int | None = None
) -> LinearPrediction:
    """What trajectories would be if the map were linear about a point, with all its modes or the slowest alone.

    From the first state of each trial, each mode's amplitude z = yᴴ(x − x*) moves by
    z' = λz + yᴴ(b·(u − u*) + F(x*) − x*); the last part is 0 at a fixed point. The state is x* plus the sum of the
    right eigenvectors by their amplitudes.

    Args:
        step: F, from *one* state and an input to the next state, as in `integration`.
        point: x*, one state.
        input: u*, the constant input under which it is a point; a pytree of floating-point arrays.
        path: the true states, with leading axes `trial` and `time`, such as `trajectories` gives.
        inputs: what was put in, with leading axes `trial` and `time`: the state at time t + 1 is F of state and input
            at time t, so there is one time fewer. By default `input` at all times.
        modes: how many modes are taken, by falling |λ|. A complex pair is not taken apart: it comes whole. By default
            all.

    Returns:
        `LinearPrediction`.

    Raises:
        InputError: if trials, times or forms do not fit each other, if `modes` is not at least 1, or if an eigenvalue
            among the modes is defective; and as `integration`.

    Examples:
        The slow mode alone: what it misses is the fast mode's part, which is gone after a step.

        >>> import numpy as np
        >>> from slowpoints.dynamics import linear_prediction, trajectories
        >>> rates = np.array([0.9, 0.0])
        >>> path = trajectories(lambda x: rates * x, np.ones((1, 2)), 3)
        >>> linear_prediction(lambda x, u: rates * x + u, np.zeros(2), np.zeros(2), path, modes=1).error
        array([[1., 0., 0., 0.]])
    """
    like = jax.tree.map(lambda leaf: leaf[None], check_state(point, "point"))
    path = check_states(path, "path", ("trial", "time"))
    trials, times = jax.tree.leaves(path)[0].shape[:2]
    rows = _rows(path)
    centre = flatten(like)[0]
    if rows.shape[-1] != centre.size:
        raise InputError(f"path must have the point's {centre.size} coordinates, not {rows.shape[-1]}.")
    if modes is not None and modes < 1:
        raise InputError(f"modes must be at least 1, not {modes}.")
    found = integration(step, like, input)
    values = found.stability.eigenvalues[0]
    taken = _whole(values, len(values) if modes is None else min(modes, len(values)))
    left, right = found.stability.left_eigenvectors[0][:, :taken], found.stability.eigenvectors[0][:, :taken]
    if not np.isfinite(left).all():
        raise InputError("modes must not be defective, but one at this point is; take fewer.")
    drive = _drive(found.input_projection[0][:taken], input, inputs, trials, times)
    moved = _rows(trajectories(held(step, input), like, 1))[0, 1]
    drive = drive + (moved - centre) @ left.conj()
    amplitude = [(rows[:, 0] - centre) @ left.conj()]
    for t in range(times - 1):
        amplitude.append(values[:taken] * amplitude[-1] + drive[:, t])
    predicted = centre + np.real(np.stack(amplitude, axis=1) @ right.T)
    error = np.linalg.norm(predicted - rows, axis=2)
    varies = np.sum((rows - rows.mean(axis=(0, 1))) ** 2)
    flat = as_states(predicted.reshape(trials * times, -1), like)
    result = LinearPrediction(
        state=jax.tree.map(lambda leaf: leaf.reshape(trials, times, *leaf.shape[1:]), flat),
        error=error,
        explained=float(1 - np.sum(error**2) / varies) if varies > 0 else float(not error.any()),
        modes=taken,
    )
    for array in filter(eqx.is_array, jax.tree.leaves(result)):
        array.setflags(write=False)
    return result


def _rows(path: State) -> Float64[np.ndarray, "trial time coordinate"]:
    return np.concatenate([np.reshape(leaf, (*leaf.shape[:2], -1)) for leaf in jax.tree.leaves(path)], axis=2)


def _whole(values: Complex128[np.ndarray, " eigenvalue"], modes: int) -> int:
    """So many modes, or one more where the last would be the first half of a complex pair."""
    return modes + bool(modes < len(values) and values[modes - 1].imag > 0)


def _drive(
    projection: Complex128[np.ndarray, "mode channel"], input: Any, inputs: Any, trials: int, times: int
) -> Complex128[np.ndarray, "trial step mode"]:
    """What the inputs add to each mode at each step."""
    if inputs is None:
        return np.zeros((trials, times - 1, len(projection)), np.complex128)
    inputs = check_states(inputs, "inputs", ("trial", "time"))
    constant, given = flatten(jax.tree.map(lambda leaf: np.asarray(leaf)[None], input))[0], _rows(inputs)
    needed = trials, times - 1, constant.size
    if given.shape != needed:
        raise InputError(f"inputs must have shape {needed}, one time fewer than the path, not {given.shape}.")
    return (given - constant) @ projection.T
