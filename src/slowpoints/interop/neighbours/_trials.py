"""The states that a network goes through on a batch of trials, as starts for a search."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import check_state


def states_on_trials(
    step: Callable[[State, Any], State], inputs: Any, start: State, *, time_first: bool = False
) -> State:
    """The states along trials of a task, from the batches that neurogym, PsychRNN and their like give.

    For a search take some of them with `sample_states`.

    Args:
        step: from *one* state and an input to the next state: ``network.step`` of a network from `from_torch` and its
            like.
        inputs: an array (trial, time, feature), as PsychRNN's batches; any dtype, and PyTorch's tensors too.
        start: one state, from which all trials begin: ``network.initial_state()``.
        time_first: whether the inputs are (time, trial, feature), as neurogym's batches.

    Returns:
        The states after each input; each leaf float64 with leading axes `trial` and `time`, whatever the inputs' order.

    Raises:
        InputError: if the inputs are no such array or not finite, or if a state is not finite.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.interop import states_on_trials
        >>> batch = np.ones((2, 3, 1))  # 2 trials, 3 times, 1 input
        >>> states_on_trials(lambda x, u: x + u, batch, np.zeros(1))[..., 0]
        array([[1., 2., 3.],
               [1., 2., 3.]])
    """
    given = np.asarray(inputs, np.float64)
    if given.ndim != 3 or 0 in given.shape:
        order = "(time, trial, feature)" if time_first else "(trial, time, feature)"
        raise InputError(f"inputs must be an array {order}, not of shape {given.shape}.")
    if not np.isfinite(given).all():
        raise InputError("inputs must be finite, but they hold NaN or infinity.")
    start = check_state(start, "start")
    with double_precision():
        states, finite = _run(as_double(step), given.swapaxes(0, 1) if time_first else given, start)
        finite = np.asarray(finite)
        if not finite.all():
            trial, time = np.argwhere(~finite)[0]
            raise InputError(f"step must lead to finite states; on trial {trial} it does not at time {time}.")
        return jax.tree.map(np.asarray, states)


@eqx.filter_jit
def _run(step: Callable[[State, Any], State], inputs: Any, start: State) -> tuple[State, Bool[Array, "trial time"]]:
    def advance(state, input):
        moved = step(state, input)
        finite = jnp.array([jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(moved)]).all()
        return moved, (moved, finite)

    return jax.lax.map(lambda trial: jax.lax.scan(advance, jax.tree.map(jnp.asarray, start), trial)[1], inputs)
