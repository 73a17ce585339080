"""What the linearised map does at a state: spectrum, time constants, participation, and a label."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Complex128, Float, Float64, Int

from slowpoints._types import State, Step
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._outcome import WordedCode
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.dynamics._states import check_states

INDEPENDENT = 1e-7
"""Eigenvectors are taken to be independent if the smallest singular value of their matrix is more than this part of the
largest. Those of a defective eigenvalue, which rounding takes apart, are within √eps of each other."""


class StabilityLabel(WordedCode):
    """What a linear map x ↦ Jx does near 0, by the moduli of its eigenvalues; `sentence` says it in words.

    Examples:
        >>> from slowpoints.dynamics import StabilityLabel
        >>> StabilityLabel.ATTRACTOR.sentence
        'All directions shrink: nearby states come closer.'
    """

    ATTRACTOR = 0, "All directions shrink: nearby states come closer."
    SADDLE = 1, "Some directions grow, but not all: nearby states come close and then leave along those that grow."
    REPELLER = 2, "All directions grow: nearby states leave."
    MARGINAL = 3, "No direction grows, but in some a modulus cannot be told from 1: the linearisation does not decide."
    UNDEFINED = 4, "The step's derivatives are not finite here."


class Stability(eqx.Module):
    """Eigenvalues and eigenvectors of J = dF/dx over the whole state, laid flat, and what follows from them.

    Every array is NumPy's, read-only, with the states' order on its leading axis and eigenvalues by falling modulus.
    All of it describes the linearisation x + e ↦ F(x) + Je. At a fixed point this is what the map does nearby. At a
    slow point that is not a fixed point, it only says what one step does with a small displacement, while the state
    itself moves on: an "attractor" there holds nothing.

    If J is not finite, everything is NaN and the label `StabilityLabel.UNDEFINED`.

    Examples:
        A deviation that shrinks by half at each step shrinks by e in 1/ln 2 steps.

        >>> import numpy as np
        >>> from slowpoints.dynamics import stability
        >>> stability(lambda x: 0.5 * x, np.zeros((1, 1))).time_constant.round(6)
        array([[1.442695]])
    """

    eigenvalues: Complex128[np.ndarray, "point eigenvalue"]
    """λ, by falling modulus, as in `SlowPoints`."""
    eigenvectors: Complex128[np.ndarray, "point coordinate eigenvalue"]
    """Right eigenvectors x of unit norm, one a column."""
    left_eigenvectors: Complex128[np.ndarray, "point coordinate eigenvalue"]
    """Left eigenvectors y, one a column, scaled to the right ones: yᴴx is 1 for the eigenvalue's own x and 0 for all
    others, so yᴴe is how much of x a deviation e holds. NaN where the eigenvalue is defective."""
    condition: Float64[np.ndarray, "point eigenvalue"]
    """κ = 1/|yᴴx| of unit left and right eigenvectors y, x: by how much λ changes with an error in J. 1 if J is normal,
    infinite if λ is defective."""
    marginal: Bool[np.ndarray, "point eigenvalue"]
    """Whether |λ| cannot be told from 1 in float64: an error of ε = n·eps·‖J‖₂ in J (n coordinates) could put an
    eigenvalue on the unit circle. First |λ| − 1 is compared with εκ, the error of λ to first order. If it is smaller,
    σ_min(J − λ/|λ|) ≤ ε confirms it, which is right for defective eigenvalues too. This covers the rounding of J at
    the state given, but not the distance of that state from a true fixed point."""

    @property
    def time_constant(self) -> Float64[np.ndarray, "point eigenvalue"]:
        """τ = −1/ln|λ|, in steps: a deviation shrinks by e in τ steps; where τ is negative it grows by e in −τ.

        Infinite where marginal, 0 where λ = 0.
        """
        with np.errstate(divide="ignore"):
            rate = np.log(np.abs(self.eigenvalues))
            tau = -1 / rate
        return np.where(self.marginal, np.inf, np.where(np.isneginf(rate), 0.0, tau))

    @property
    def rotation_period(self) -> Float64[np.ndarray, "point eigenvalue"]:
        """2π/|arg λ|, in steps: how long a deviation takes to turn once. 2 where λ < 0, infinite where λ ≥ 0."""
        with np.errstate(divide="ignore"):
            return 2 * np.pi / np.abs(np.angle(self.eigenvalues))

    @property
    def participation(self) -> Float64[np.ndarray, "point eigenvalue"]:
        """(Σ|v|²)²/Σ|v|⁴ of each eigenvector v: over how many coordinates it is spread, from 1 to all of them.

        It means little where eigenvalues coincide, as their eigenvectors are then any basis of a space.
        """
        return 1 / np.sum(np.abs(self.eigenvectors) ** 4, axis=1)

    @property
    def unstable(self) -> Int[np.ndarray, " point"]:
        """How many directions grow: eigenvalues with |λ| > 1 that are not marginal."""
        return np.sum((np.abs(self.eigenvalues) > 1) & ~self.marginal, axis=1)

    @property
    def label(self) -> Int[np.ndarray, " point"]:
        """Codes of `StabilityLabel`."""
        grow, size = self.unstable, self.eigenvalues.shape[1]
        cases = {
            StabilityLabel.UNDEFINED: np.isnan(self.eigenvalues).any(axis=1),
            StabilityLabel.REPELLER: grow == size,
            StabilityLabel.SADDLE: grow > 0,
            StabilityLabel.MARGINAL: self.marginal.any(axis=1),
        }
        return np.select(list(cases.values()), [int(label) for label in cases], int(StabilityLabel.ATTRACTOR))

    @property
    def labels(self) -> tuple[StabilityLabel, ...]:
        """`label` as members of `StabilityLabel`."""
        return tuple(StabilityLabel(int(code)) for code in self.label)


def stability(step: Step, states: State) -> Stability:
    """The linearisation of a map F at given states: what it does with small displacements there.

    Args:
        step: F, as in `find_slow_points`.
        states: one state's structure, each leaf a floating-point array with a leading axis `point`; for the result of a
            search, its `state`.

    Returns:
        `Stability`, in the order of the states. For a state that is not a fixed point it describes the linearisation
        only.

    Raises:
        InputError: naming the argument, if the step changes its state's form, or if the states are empty, not
            floating-point, not finite or without one common leading axis.

    Source:
        Condition numbers of eigenvalues, Golub and Van Loan, *Matrix Computations*, §7.2.2.

    Examples:
        >>> import numpy as np
        >>> from slowpoints.dynamics import stability
        >>> rates = np.array([0.5, 2.0])
        >>> found = stability(lambda x: rates * x, np.zeros((1, 2)))
        >>> found.labels
        (<StabilityLabel.SADDLE: 1>,)
        >>> found.eigenvalues.real
        array([[2. , 0.5]])
    """
    states = check_states(states, "states")
    return of_jacobians(jacobians(step, states))


def jacobians(step: Step, states: State) -> Float64[np.ndarray, "point coordinate coordinate"]:
    """dF/dx at each state of a batch."""
    with double_precision():
        return np.asarray(_jacobians(as_double(step), states))


@eqx.filter_jit
def _jacobians(step: Step, states: State) -> Float[Array, "point coordinate coordinate"]:
    def jacobian(state):
        landscape, vector = Landscape.around(step, state, None)
        return landscape.jacobian(vector)

    return jax.lax.map(jacobian, states)


def of_jacobians(jacobians: Float64[np.ndarray, "point coordinate coordinate"]) -> Stability:
    """The stability of linear maps given by their matrices."""
    points, size = jacobians.shape[:2]
    eigenvalues = np.full((points, size), np.nan, np.complex128)
    eigenvectors = np.full((points, size, size), np.nan, np.complex128)
    left_eigenvectors = np.full((points, size, size), np.nan, np.complex128)
    condition = np.full((points, size), np.nan)
    marginal = np.zeros((points, size), bool)
    for k in np.flatnonzero(np.isfinite(jacobians).all(axis=(1, 2))):
        eigenvalues[k], eigenvectors[k], left_eigenvectors[k], condition[k] = _spectrum(jacobians[k])
        marginal[k] = _marginal(jacobians[k], eigenvalues[k], condition[k])
    result = Stability(eigenvalues, eigenvectors, left_eigenvectors, condition, marginal)
    for array in jax.tree.leaves(result):
        array.setflags(write=False)
    return result


def _spectrum(
    jacobian: Float64[np.ndarray, "coordinate coordinate"],
) -> tuple[
    Complex128[np.ndarray, " eigenvalue"],
    Complex128[np.ndarray, "coordinate eigenvalue"],
    Complex128[np.ndarray, "coordinate eigenvalue"],
    Float64[np.ndarray, " eigenvalue"],
]:
    # JAX has no eigenvectors of general matrices on a GPU, and none on the left; LAPACK on the host has.
    from scipy.linalg import eig

    spectrum: Any = eig(jacobian, left=True, right=True)
    values, left, right = spectrum
    order = np.lexsort((-values.imag, -values.real, -np.abs(values)))
    left, right = left.astype(np.complex128), right.astype(np.complex128)
    overlap = np.sum(left.conj() * right, axis=0)
    with np.errstate(divide="ignore"):
        condition = 1 / np.abs(overlap)
    return values[order], right[:, order], _dual(left, right, overlap)[:, order], condition[order]


def _dual(
    left: Complex128[np.ndarray, "coordinate eigenvalue"],
    right: Complex128[np.ndarray, "coordinate eigenvalue"],
    overlap: Complex128[np.ndarray, " eigenvalue"],
) -> Complex128[np.ndarray, "coordinate eigenvalue"]:
    """The left eigenvectors that are biorthonormal to the right ones. LAPACK's are not where eigenvalues coincide."""
    if 1 / np.linalg.cond(right) > INDEPENDENT:
        return np.linalg.inv(right).conj().T
    usable = np.abs(overlap) > INDEPENDENT
    return np.where(usable, left / np.where(usable, overlap, 1.0).conj(), np.nan)


def _marginal(
    jacobian: Float64[np.ndarray, "coordinate coordinate"],
    eigenvalues: Complex128[np.ndarray, " eigenvalue"],
    condition: Float64[np.ndarray, " eigenvalue"],
) -> Bool[np.ndarray, " eigenvalue"]:
    size = len(eigenvalues)
    rounding = size * np.finfo(np.float64).eps * np.linalg.norm(jacobian, 2)
    moduli = np.abs(eigenvalues)
    marginal = np.abs(moduli - 1) <= rounding * condition
    for i in np.flatnonzero(marginal):
        # The angle of an eigenvalue that is only rounding is not known: any is as good.
        on_circle = eigenvalues[i] / moduli[i] if moduli[i] > rounding else 1.0
        nearest = np.linalg.svd(jacobian - on_circle * np.eye(size), compute_uv=False)[-1]
        marginal[i] = nearest <= rounding
    return marginal
