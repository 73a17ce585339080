"""Along which directions a network integrates, which inputs these take up, and what the readout sees of them."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Complex128, Float, Float64

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import check_states, one_of
from slowpoints.dynamics.behaviour._input_jacobian import input_jacobian
from slowpoints.dynamics.behaviour._stability import Stability, stability

DrivenStep = Callable[[State, Any], State]
"""One step of a driven map F: a state and an input in, the next state out."""

ReadoutFunction = Callable[[State], Float[Array, " answer"]]
"""From one state to a vector of outputs."""


class Integration(eqx.Module):
    """The modes of the linearised map at each state, and how input and readout lie to them.

    A mode is an eigenvalue λ of J = dF/dx with its right eigenvector x and left eigenvector y (see `Stability`). A
    deviation e lies along x by yᴴe, and λ says how long that part lasts: with λ near 1, x is a direction along which
    evidence is integrated. Every array is NumPy's, read-only, the modes by falling |λ|.

    Examples:
        Both coordinates are fed by the same input. The first forgets nothing, the second all at once.

        >>> import numpy as np
        >>> from slowpoints.dynamics import integration
        >>> keep = np.array([1.0, 0.0])
        >>> found = integration(lambda x, u: keep * x + u, np.zeros((1, 2)), np.zeros(1), readout=lambda x: x[:1])
        >>> found.selection, found.hidden_share
        (array([[1., 0.]]), array([[0., 1.]]))
    """

    stability: Stability
    """Eigenvalues, right and left eigenvectors and time constants at each state."""
    input_projection: Complex128[np.ndarray, "point eigenvalue channel"]
    """yᴴb for each mode and input channel, b = dF/du: how far one unit of the channel, for one step, moves the state
    along x."""
    readout_gain: Complex128[np.ndarray, "point answer eigenvalue"] | None
    """Cx, C the derivative of the readout: how much one unit along x changes each output. None without a readout."""
    hidden_share: Float64[np.ndarray, "point eigenvalue"] | None
    """The part of x that lies in the null space of C, where the readout does not see it: the squared length of its
    projection, from 0 to 1. None without a readout."""

    @property
    def selection(self) -> Float64[np.ndarray, "point coordinate"]:
        """The selection vector: y of the first mode at unit length. Of what an input does to the state, this is what
        is kept. NaN where the first mode rotates."""
        left = self.stability.left_eigenvectors[:, :, 0]
        unit = left / np.linalg.norm(left, axis=1, keepdims=True)
        return np.where(np.imag(self.stability.eigenvalues[:, :1]) == 0, np.real(unit), np.nan)


def integration(step: DrivenStep, states: State, input: Any, *, readout: ReadoutFunction | None = None) -> Integration:
    """How the modes at some points take up an input and show in a readout: call it once for each context.

    Args:
        step: F, from *one* state and an input to the next state: ``network.step`` of a network from `from_torch` and
            its like.
        states: the points, as `SlowPoints.state`, each leaf with a leading axis `point`.
        input: the constant input under which they are points: the context. A pytree of floating-point arrays.
        readout: from one state to a vector of outputs; it is linearised at each point.

    Returns:
        `Integration`, in the order of the states. The sign of an eigenvector is chosen so that its largest entry is
        positive.

    Raises:
        InputError: if the readout is not one vector, or the input is not of floating-point numbers; and as `stability`.

    Source:
        Left eigenvectors as selection vectors, Mante et al. (2013), *Context-dependent computation by recurrent
        dynamics in prefrontal cortex*, supplementary information §7.6.

    Examples:
        An integrator x₁ that takes up channel 0 only; a fast x₂ that takes up channel 1 only.

        >>> import numpy as np
        >>> from slowpoints.dynamics import integration
        >>> recurrent, inputs = np.diag([1.0, 0.2]), np.diag([0.3, 2.0])
        >>> found = integration(lambda x, u: recurrent @ x + inputs @ u, np.zeros((1, 2)), np.zeros(2))
        >>> found.input_projection[0].real
        array([[0.3, 0. ],
               [0. , 2. ]])
    """
    states = check_states(states, "states")
    if not all(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(input)):
        raise InputError("input must be of floating-point NumPy or JAX arrays: give np.zeros(channels), say.")
    there = _oriented(stability(held(step, input), states))
    with double_precision():
        given = as_double((step, input))
        channels = np.asarray(_input_jacobians(*given, states))
        slopes = None if readout is None else np.asarray(_slopes(as_double(readout), states))
    left = there.left_eigenvectors.conj().swapaxes(1, 2)
    gain = hidden = None
    if slopes is not None:
        gain = slopes @ there.eigenvectors
        hidden = np.stack([_hidden_share(*pair) for pair in zip(slopes, there.eigenvectors, strict=True)])
    result = Integration(there, left @ channels, gain, hidden)
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result


def held(step: DrivenStep, input: Any) -> jax.tree_util.Partial:
    """The autonomous map under a constant input."""
    return jax.tree_util.Partial(_held, step, input)


def _held(step: DrivenStep, input: Any, state: State) -> State:
    return step(state, input)


@eqx.filter_jit
def _input_jacobians(step: DrivenStep, input: Any, states: State) -> Float[Array, "point coordinate channel"]:
    return jax.lax.map(lambda state: input_jacobian(step, state, input), states)


@eqx.filter_jit
def _slopes(readout: ReadoutFunction, states: State) -> Float[Array, "point answer coordinate"]:
    _, unravel = ravel_pytree(one_of(states, 0))

    def outputs(vector):
        given = readout(unravel(vector))
        if getattr(given, "ndim", None) != 1:
            raise InputError(f"readout must return one vector of outputs, not {given}.")
        return given

    return jax.lax.map(lambda state: jax.jacfwd(outputs)(ravel_pytree(state)[0]), states)


def _oriented(there: Stability) -> Stability:
    """The same with each eigenvector turned so that its largest entry is real and positive."""
    largest = np.argmax(np.abs(there.eigenvectors), axis=1)
    entry = np.take_along_axis(there.eigenvectors, largest[:, None], axis=1)
    turn = np.where(entry == 0, 1.0, entry / np.where(entry == 0, 1.0, np.abs(entry))).conj()
    turned = there.eigenvectors * turn, there.left_eigenvectors * turn
    return eqx.tree_at(lambda one: (one.eigenvectors, one.left_eigenvectors), there, turned)


def _hidden_share(
    slope: Float64[np.ndarray, "answer coordinate"], modes: Complex128[np.ndarray, "coordinate eigenvalue"]
) -> Float64[np.ndarray, " eigenvalue"]:
    from scipy.linalg import orth

    seen = orth(slope.T).T @ modes
    return np.clip(1 - np.sum(np.abs(seen) ** 2, axis=0), 0.0, 1.0)
