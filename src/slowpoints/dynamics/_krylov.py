"""Eigenvalues, singular values and Newton steps of a large matrix, from products with it (Krylov methods).

All of it runs on the host, for one state at a time. Bases are kept orthogonal to rounding, so that no value is found
twice and a basis of the whole space gives exact results. SciPy's `eigsh` and `svds` do not give an error bound for a
value that has not converged, and refuse matrices of one row; its Arnoldi iteration is used. Starts are random but
always the same.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Complex128, Float64

Product = Callable[[np.ndarray], np.ndarray]
"""A matrix, given as the function that multiplies a vector by it."""

LARGEST_SPACE = 1000
"""The largest dimension of a Krylov space. For 10,000 coordinates its basis takes 80 MB."""


SETTLED = 0.01
"""A value is settled when its error bound is this part of it. An eigenvalue's true error is about its square."""


class Ritz(NamedTuple):
    """A symmetric matrix restricted to a Krylov space, where it is a tridiagonal matrix T.

    The matrix has an eigenvalue within `remainder` · |last entry of the k-th vector| of the k-th value.
    """

    values: Float64[np.ndarray, " dimension"]
    """T's eigenvalues, in rising order."""
    vectors: Float64[np.ndarray, "dimension dimension"]
    """T's eigenvectors, one a column."""
    basis: Float64[np.ndarray, "dimension coordinate"]
    """The space's basis, one vector a row; the first is the start."""
    remainder: float
    """β, the length of the part of the last basis vector's image outside the space; 0 if the space is invariant."""


def lanczos(product: Product, start: Float64[np.ndarray, " coordinate"]) -> Iterator[Ritz]:
    """Krylov spaces of a symmetric matrix, each a quarter larger than the last, up to the largest (Lanczos 1950)."""
    size = min(len(start), LARGEST_SPACE)
    basis, diagonal, off = np.empty((size, len(start))), np.empty(size), np.empty(size)
    basis[0] = start / np.linalg.norm(start)
    for k, show in _growing(size):
        image = product(basis[k])
        diagonal[k] = basis[k] @ image
        rest = _outside(basis[: k + 1], image)
        off[k] = np.linalg.norm(rest)
        ended = k + 1 == len(start) or off[k] <= _negligible(len(start), diagonal[: k + 1], off[:k])
        if show or ended:
            values, vectors = _eigh_tridiagonal(diagonal[: k + 1], off[:k])
            yield Ritz(values, vectors, basis[: k + 1], 0.0 if ended else float(off[k]))
        if ended:
            return
        if k + 1 < size:
            basis[k + 1] = rest / off[k]


class Extreme(NamedTuple):
    """The smallest value of a spectrum, the bound on its error, and the largest modulus."""

    smallest: float
    error: float
    largest: float


def smallest_eigenvalue(product: Product, size: int, negligible: float) -> Extreme:
    """The smallest eigenvalue of a symmetric matrix, to a hundredth of itself or to `negligible` of the largest.

    If the largest space is not enough, `error` stays larger than that, and the value is only an upper bound of the
    smallest eigenvalue. A converged value could in principle be the second smallest, if the start is orthogonal to the
    eigenvector of the smallest.
    """
    found = Extreme(np.inf, 0.0, 0.0)
    if size == 0:
        return found
    for ritz in lanczos(product, _start(size)):
        error = ritz.remainder * abs(ritz.vectors[-1, 0])
        found = Extreme(float(ritz.values[0]), float(error), float(np.max(np.abs(ritz.values))))
        if error <= max(SETTLED * abs(found.smallest), negligible * found.largest):
            break
    return found


class KrylovStep(NamedTuple):
    """The Newton step, computed in a Krylov space of the gradient."""

    step: Float64[np.ndarray, " coordinate"]
    """−H⁺g, along directions whose curvature is firm."""
    decrease: float
    """By how much the model decreases with this step."""
    flat: float
    """The length of the gradient along directions that are not firm."""
    left: float
    """The length of the part outside the space of the model's gradient after the step."""


def newton_step(
    product: Product,
    gradient: Float64[np.ndarray, " coordinate"],
    firm: float,
    enough: Callable[[KrylovStep], bool],
) -> KrylovStep:
    """The Newton step for a Hessian, in growing spaces, until `enough` of the step or the largest space.

    A direction is firm if its curvature is above `firm`.
    """
    norm = float(np.linalg.norm(gradient))
    found = KrylovStep(np.zeros_like(gradient), 0.0, 0.0, norm)
    if enough(found):
        return found
    for ritz in lanczos(product, gradient):
        along = norm * ritz.vectors[0]
        is_firm = ritz.values > firm
        part = np.where(is_firm, along / np.where(is_firm, ritz.values, 1.0), 0.0)
        inner = ritz.vectors @ part
        found = KrylovStep(
            step=-inner @ ritz.basis,
            decrease=float(0.5 * along @ part),
            flat=float(np.linalg.norm(along[~is_firm])),
            left=ritz.remainder * float(abs(inner[-1])),
        )
        if enough(found):
            break
    return found


def smallest_singular_value(product: Product, transposed: Product, size: int) -> Extreme:
    """The smallest singular value of a square matrix, to a hundredth of itself (Golub and Kahan 1965).

    This needs a space on each side of the matrix: eigenvalues of the matrix times its transpose would lose half the
    digits. If the largest space is not enough, `error` stays larger.
    """
    most = min(size, LARGEST_SPACE)
    left, right = np.empty((most, size)), np.empty((most, size))
    # The bidiagonal's entries in turn: diagonal, above it, diagonal, …
    entries = np.zeros(2 * most)
    right[0] = _start(size)
    found = Extreme(np.inf, np.inf, 0.0)
    for k, show in _growing(most):
        image = _outside(left[:k], product(right[k]))
        entries[2 * k] = np.linalg.norm(image)
        if entries[2 * k] <= _negligible(size, entries[: 2 * k]):
            # k + 1 vectors are mapped into k dimensions, so the matrix is singular.
            return Extreme(0.0, 0.0, max(found.largest, float(np.max(entries))))
        left[k] = image / entries[2 * k]
        rest = _outside(right[: k + 1], transposed(left[k]))
        entries[2 * k + 1] = np.linalg.norm(rest)
        ended = k + 1 == size or entries[2 * k + 1] <= _negligible(size, entries[: 2 * k + 1])
        if show or ended:
            # The eigenvalues of this matrix are ±σ. Its eigenvectors interleave both sides' vectors, each of length √½.
            values, vectors = _eigh_tridiagonal(np.zeros(2 * k + 2), entries[: 2 * k + 1])
            remainder = 0.0 if ended else float(entries[2 * k + 1])
            error = remainder * float(abs(vectors[-1, k + 1])) * 2**0.5
            found = Extreme(float(max(values[k + 1], 0.0)), error, float(values[-1]))
            if ended or error <= SETTLED * found.smallest:
                break
        if k + 1 < most:
            right[k + 1] = rest / entries[2 * k + 1]
    return found


def leading_eigenvalues(product: Product, size: int, count: int) -> Complex128[np.ndarray, " eigenvalue"]:
    """The `count` eigenvalues of largest modulus; NaN for those that did not converge (Arnoldi, by ARPACK)."""
    from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, eigs, LinearOperator

    if size <= max(count + 2, _SMALL):
        return np.linalg.eigvals(np.stack([product(unit) for unit in np.eye(size)], axis=1)).astype(np.complex128)
    operator: Any = LinearOperator((size, size), matvec=product, dtype=np.float64)  # pyright: ignore
    try:
        space = min(size - 1, max(4 * count, 40))
        values: Any = eigs(operator, k=count, ncv=space, v0=_start(size), maxiter=50, return_eigenvectors=False)
        return values
    except ArpackNoConvergence as ended:
        values = np.full(count, np.nan, np.complex128)
        values[: len(ended.eigenvalues)] = ended.eigenvalues
        return values
    except ArpackError:  # it cannot begin where the matrix maps its start to zero, as a matrix of zeros does
        return np.full(count, np.nan if np.any(product(_start(size))) else 0.0, np.complex128)


def _eigh_tridiagonal(diagonal: np.ndarray, off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.linalg import eigh_tridiagonal

    eigen: Any = eigh_tridiagonal(diagonal, off)
    return eigen


def _start(size: int) -> Float64[np.ndarray, " coordinate"]:
    start = np.random.default_rng(0).normal(size=size)
    return start / np.linalg.norm(start)


def _growing(size: int) -> Iterator[tuple[int, bool]]:
    """0 … size − 1, each with whether the space of that size should be evaluated."""
    show = min(8, size)
    for k in range(size):
        yield k, k + 1 == show
        if k + 1 == show:
            show = min(size, show + max(1, show // 4))


def _outside(basis: Float64[np.ndarray, "dimension coordinate"], vector: np.ndarray) -> np.ndarray:
    """The part of a vector that is orthogonal to the basis. Twice is enough (Kahan and Parlett)."""
    for _ in range(2):
        vector = vector - (basis @ vector) @ basis
    return vector


def _negligible(size: int, *entries: np.ndarray) -> float:
    return size * np.finfo(np.float64).eps * max(float(np.max(np.abs(part), initial=0.0)) for part in entries)


_SMALL = 50
"""Up to this many coordinates, computing all eigenvalues is quicker than computing a few."""
