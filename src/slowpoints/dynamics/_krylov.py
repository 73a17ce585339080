"""What Krylov spaces tell of a large matrix, from products with it: curvatures, singular values, eigenvalues.

On the host, one state at a time. Bases are kept orthogonal to rounding, so that nothing is found twice and a basis as
large as the space is exact. SciPy has the Arnoldi iteration; its `eigsh` and `svds` do not say how far an unconverged
value is from one, and refuse spaces of one dimension. Starts are random but always the same.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Complex128, Float64

Product = Callable[[np.ndarray], np.ndarray]
"""A matrix, as what it does to a vector."""

LARGEST_SPACE = 1000
"""Dimensions of a Krylov space at most: for 10,000 coordinates a basis of 80 MB."""


SETTLED = 0.01
"""A value is settled when it is known to this part of itself; eigenvalues are then known to its square, about."""


class Ritz(NamedTuple):
    """A symmetric matrix as seen from a Krylov space, in which it is a tridiagonal T.

    Within `remainder` · |last entry of the k-th vector| of the k-th value lies an eigenvalue of the matrix.
    """

    values: Float64[np.ndarray, " dimension"]
    """T's eigenvalues, rising."""
    vectors: Float64[np.ndarray, "dimension dimension"]
    """T's eigenvectors, one a column."""
    basis: Float64[np.ndarray, "dimension coordinate"]
    """The space's basis, one vector a row; the first is the start."""
    remainder: float
    """β, how much of the last basis vector's image lies outside the space; 0 where the space is all there is."""


def lanczos(product: Product, start: Float64[np.ndarray, " coordinate"]) -> Iterator[Ritz]:
    """Krylov spaces of a symmetric matrix, each a quarter larger than the one before, to the largest (Lanczos 1950)."""
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
    """The smallest value of a spectrum, how far at most it is from a true one, and the largest modulus."""

    smallest: float
    error: float
    largest: float


def smallest_eigenvalue(product: Product, size: int, negligible: float) -> Extreme:
    """The smallest eigenvalue of a symmetric matrix, to a hundredth of itself or to `negligible` of the largest.

    `error` stays larger where the largest space was not enough; the value is then only known not to be exceeded by
    the smallest. A converged value could in principle be the second smallest, if the start missed the smallest.
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
    """The Newton step in a Krylov space of the gradient."""

    step: Float64[np.ndarray, " coordinate"]
    """−H⁺g, along directions whose curvature is firm."""
    decrease: float
    """What the model loses by it."""
    flat: float
    """The gradient's length along directions that are not firm."""
    left: float
    """The length of what the model's gradient has outside the space at the step's end."""


def newton_step(
    product: Product,
    gradient: Float64[np.ndarray, " coordinate"],
    firm: float,
    enough: Callable[[KrylovStep], bool],
) -> KrylovStep:
    """The Newton step for a Hessian, in spaces that grow until it is `enough` or there is no larger one.

    Directions are firm whose curvature is above `firm`.
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

    The space grows on both sides, as the eigenvalues of the matrix times its transpose would lose half the digits.
    `error` stays larger where the largest space was not enough.
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
            # k + 1 vectors are mapped into k dimensions.
            return Extreme(0.0, 0.0, max(found.largest, float(np.max(entries))))
        left[k] = image / entries[2 * k]
        rest = _outside(right[: k + 1], transposed(left[k]))
        entries[2 * k + 1] = np.linalg.norm(rest)
        ended = k + 1 == size or entries[2 * k + 1] <= _negligible(size, entries[: 2 * k + 1])
        if show or ended:
            # ±σ are the eigenvalues of this one, with the two sides' vectors interleaved, each of length √½.
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
    from scipy.sparse.linalg import ArpackNoConvergence, eigs, LinearOperator

    if size <= max(count + 1, _SMALL):
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


def _eigh_tridiagonal(diagonal: np.ndarray, off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.linalg import eigh_tridiagonal

    eigen: Any = eigh_tridiagonal(diagonal, off)
    return eigen


def _start(size: int) -> Float64[np.ndarray, " coordinate"]:
    start = np.random.default_rng(0).normal(size=size)
    return start / np.linalg.norm(start)


def _growing(size: int) -> Iterator[tuple[int, bool]]:
    """0 … size − 1, each with whether the space is to be looked at then."""
    show = min(8, size)
    for k in range(size):
        yield k, k + 1 == show
        if k + 1 == show:
            show = min(size, show + max(1, show // 4))


def _outside(basis: Float64[np.ndarray, "dimension coordinate"], vector: np.ndarray) -> np.ndarray:
    """What of a vector is orthogonal to the basis; twice is enough (Kahan and Parlett)."""
    for _ in range(2):
        vector = vector - (basis @ vector) @ basis
    return vector


def _negligible(size: int, *entries: np.ndarray) -> float:
    return size * np.finfo(np.float64).eps * max(float(np.max(np.abs(part), initial=0.0)) for part in entries)


_SMALL = 50
"""Up to so many coordinates, all eigenvalues are quicker than a few."""
