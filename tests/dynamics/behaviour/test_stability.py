"""Planted spectra, and labels known on paper."""

import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import find_slow_points, stability, StabilityLabel

from ..maps import Ghost, henon, numpy_gru, random_gru, random_lstm, TanhUnits


def linear(matrix):
    matrix = np.asarray(matrix, np.float64)
    return lambda x: matrix @ x


def at_origin(matrix):
    return stability(linear(matrix), np.zeros((1, len(matrix))))


def test_a_planted_spectrum_comes_back_with_its_times_and_vectors():
    """Blocks on orthogonal axes: a slow decay, a slow growth, a damped rotation of period 12, a flip, a dead end."""
    angle, shrink = 2 * np.pi / 12, 0.8
    rotation = shrink * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    blocks = np.zeros((6, 6))
    blocks[0, 0], blocks[1, 1], blocks[4, 4] = np.exp(-1 / 50), np.exp(1 / 20), -0.3
    blocks[2:4, 2:4] = rotation
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]
    found = at_origin(axes @ blocks @ axes.T)
    np.testing.assert_allclose(
        np.abs(found.eigenvalues[0]), [np.exp(1 / 20), np.exp(-1 / 50), 0.8, 0.8, 0.3, 0], atol=1e-14
    )
    np.testing.assert_allclose(found.time_constant[0, :5], [-20, 50, *[-1 / np.log(0.8)] * 2, -1 / np.log(0.3)])
    assert 0 <= found.time_constant[0, 5] < 0.1
    np.testing.assert_allclose(found.rotation_period[0, :5], [np.inf, np.inf, 12, 12, 2])
    for column, axis in ((0, 1), (1, 0), (4, 4)):
        assert abs(axes[:, axis] @ found.eigenvectors[0, :, column]) == pytest.approx(1)
        spread = 1 / np.sum(axes[:, axis] ** 4)
        assert found.participation[0, column] == pytest.approx(spread)
    np.testing.assert_allclose(found.condition, 1)  # the matrix is normal
    assert found.unstable == 1
    assert found.labels == (StabilityLabel.SADDLE,)


def test_participation_counts_coordinates():
    """Eigenvectors e₀, the mean of four coordinates, and (1, ±i)/√2 of a rotation."""
    matrix = np.zeros((7, 7))
    matrix[0, 0] = 0.9
    matrix[1:5, 1:5] = 0.2
    matrix[5:, 5:] = [[0, -0.5], [0.5, 0]]
    found = at_origin(matrix)
    np.testing.assert_allclose(np.abs(found.eigenvalues[0, :4]), [0.9, 0.8, 0.5, 0.5])
    np.testing.assert_allclose(found.participation[0, :4], [1, 4, 2, 2])


@pytest.mark.parametrize(
    ("matrix", "label"),
    [
        ([[0.5, 0], [0, -0.9]], StabilityLabel.ATTRACTOR),
        ([[0.5, 0], [0, 1.1]], StabilityLabel.SADDLE),
        ([[1.0, 0], [0, 1.1]], StabilityLabel.SADDLE),
        ([[-1.5, 0], [0, 1.1]], StabilityLabel.REPELLER),
        ([[0.5, 0], [0, 1.0]], StabilityLabel.MARGINAL),
        ([[0.5, 0], [0, -1.0]], StabilityLabel.MARGINAL),
        ([[0.6, -0.8], [0.8, 0.6]], StabilityLabel.MARGINAL),
        ([[0.5, 0], [0, 1 - 1e-13]], StabilityLabel.ATTRACTOR),
        ([[0.5, 0], [0, 1 + 1e-13]], StabilityLabel.SADDLE),
        # Far from normal: κ ≈ ‖J‖ ≈ 1e8, so that an error of 2·eps·‖J‖ = 4e-8 can move λ by 1; at 1e2 by 1e-11.
        ([[1 - 1e-2, 1e8], [0, 0.5]], StabilityLabel.MARGINAL),
        ([[1 - 1e-2, 1e2], [0, 0.5]], StabilityLabel.ATTRACTOR),
        # Defective: κ is infinite, and still 0.5 is far from the circle.
        ([[0.5, 1], [0, 0.5]], StabilityLabel.ATTRACTOR),
        ([[1.0, 1], [0, 1.0]], StabilityLabel.MARGINAL),
        ([[0.0, 0], [0, 0]], StabilityLabel.ATTRACTOR),
    ],
)
def test_labels(matrix, label):
    assert at_origin(matrix).labels == (label,)


@pytest.mark.parametrize("units", [2, 20, 64])
def test_a_network_of_rank_one_is_labelled(units):
    """W = 1.5·ξξᵀ/n has the eigenvalue 1.5 once, and 0 otherwise: eigenvalues such as 1e-310, of any condition."""
    xi = np.sign(np.random.default_rng(0).normal(size=units))
    weights = 1.5 * np.outer(xi, xi) / units
    found = stability(lambda x: jnp.tanh(weights @ x), np.zeros((1, units)))
    np.testing.assert_allclose(np.abs(found.eigenvalues[0]), [1.5, *[0] * (units - 1)], atol=1e-12)
    assert not found.marginal.any()
    assert found.labels == (StabilityLabel.SADDLE,)


@pytest.mark.parametrize("size", [6, 40])
def test_a_chain_of_units_is_defective_and_yet_an_attractor(size):
    """One Jordan block of the eigenvalue 0: after n steps everything is 0."""
    assert at_origin(0.9 * np.diag(np.ones(size - 1), 1)).labels == (StabilityLabel.ATTRACTOR,)
    assert at_origin(np.zeros((size, size))).labels == (StabilityLabel.ATTRACTOR,)


def test_conjugate_pairs_share_label_and_modulus():
    """Random matrices scaled to spectral radius 1 exactly on paper: marginal, in both of a pair, and in no other."""
    for seed in range(5):
        matrix = np.random.default_rng(seed).normal(size=(20, 20))
        found = at_origin(matrix / np.abs(np.linalg.eigvals(matrix)).max())
        leading = np.isclose(np.abs(found.eigenvalues[0]), 1, atol=1e-9)
        np.testing.assert_array_equal(found.marginal[0], leading)
        assert found.labels == (StabilityLabel.MARGINAL,)


def test_condition_predicts_how_a_perturbation_moves_an_eigenvalue():
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(8, 8))
    found = at_origin(matrix)
    i = int(np.argmax(found.condition[0]))
    value, right = found.eigenvalues[0, i], found.eigenvectors[0, :, i]
    conjugate, left = np.linalg.eig(matrix.conj().T)
    y = left[:, np.argmin(np.abs(conjugate - value.conj()))]
    worst = 1e-7 * np.outer(y, right.conj())  # of norm 1e-7, the direction that moves λ most
    moved = np.linalg.eigvals(matrix + worst)
    assert np.abs(moved - value).min() == pytest.approx(1e-7 * found.condition[0, i], rel=1e-4)


def test_eigenvectors_are_those_of_the_finite_difference_jacobian():
    step, weights = random_gru(12, seed=0)
    states = np.random.default_rng(0).uniform(-0.9, 0.9, (3, 12))
    found = stability(step, states)
    for k, state in enumerate(states):
        columns = [(numpy_gru(weights, state + e) - numpy_gru(weights, state - e)) / 2e-6 for e in 1e-6 * np.eye(12)]
        by_difference = np.stack(columns, axis=1)
        residual = by_difference @ found.eigenvectors[k] - found.eigenvectors[k] * found.eigenvalues[k]
        assert np.abs(residual).max() < 1e-8
        np.testing.assert_allclose(np.linalg.norm(found.eigenvectors[k], axis=0), 1)
    part = stability(step, states[1:2])
    np.testing.assert_array_equal(part.eigenvectors, found.eigenvectors[1:2])


def test_bistable_units_have_attractors_saddles_and_a_repeller():
    step = TanhUnits(jnp.asarray([1.5, 2.0], jnp.float32))
    known = step.fixed_points()
    zeros = (known == 0).sum(axis=1)
    found = stability(step, known)
    np.testing.assert_array_equal(found.unstable, zeros)
    names = (StabilityLabel.ATTRACTOR, StabilityLabel.SADDLE, StabilityLabel.REPELLER)
    assert found.labels == tuple(names[n] for n in zeros)


def test_pytree_states_and_a_search_s_result():
    found = find_slow_points(henon, (np.array([0.6, -1.1]), np.array([0.2, -0.3])))
    both = stability(henon, found.state)
    np.testing.assert_allclose(both.eigenvalues, found.eigenvalues)
    assert both.labels == (StabilityLabel.SADDLE, StabilityLabel.SADDLE)
    lstm = stability(random_lstm(3, seed=0), (np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32)))
    assert lstm.eigenvectors.shape == (2, 6, 6)


def test_a_ghost_s_linearisation_is_marginal():
    found = stability(Ghost(jnp.asarray(0.01, jnp.float32)), np.array([0.0, -0.1, 0.1]))
    assert found.labels == (StabilityLabel.MARGINAL, StabilityLabel.ATTRACTOR, StabilityLabel.REPELLER)
    np.testing.assert_allclose(found.time_constant[:, 0], [np.inf, -1 / np.log(0.8), -1 / np.log(1.2)])


def test_derivatives_that_are_not_finite_are_said_to_be_undefined():
    found = stability(jnp.sqrt, np.array([0.0, 4.0]))
    assert found.labels == (StabilityLabel.UNDEFINED, StabilityLabel.ATTRACTOR)
    assert np.isnan(found.time_constant[0])
    assert found.unstable[0] == 0


def test_the_result_is_read_only_and_every_label_has_a_sentence():
    found = at_origin(np.eye(2))
    with pytest.raises(ValueError, match="read-only"):
        found.eigenvalues[...] = 0
    for code, label in enumerate(StabilityLabel):
        assert label == code
        assert label.sentence.endswith(".")


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ((), "states must hold at least one array"),
        (np.zeros((0, 2)), "states must hold at least one state"),
        (np.zeros((), np.float64) + 0, "states must have a leading axis point"),
        (np.zeros((1, 2), int), "states must be a floating-point NumPy or JAX array, not int64"),
        ({"h": np.zeros((1, 2)) * np.nan}, r"states\['h'\] must be finite"),
        ((np.zeros((1, 2)), np.zeros((2, 2))), "states must share a leading axis point"),
    ],
)
def test_bad_states_are_named(states, message):
    with pytest.raises(InputError, match=message):
        stability(lambda state: state, states)
