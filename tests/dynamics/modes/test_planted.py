"""Linear networks whose modes were planted, and what they must do with inputs, readout and trajectories."""

import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import integration, linear_prediction, stability, trajectories

RNG = np.random.default_rng(0)
UNITS, CHANNELS = 7, 3
TURN = 0.7 * np.array([[np.cos(0.6), -np.sin(0.6)], [np.sin(0.6), np.cos(0.6)]])
CORE = np.zeros((UNITS, UNITS))
CORE[:2, :2] = np.diag([1.0, 0.9])
CORE[2:4, 2:4] = TURN
CORE[4:, 4:] = np.diag([0.5, -0.3, 0.1])
RIGHT = RNG.normal(size=(UNITS, UNITS))  # far from orthogonal
RIGHT = RIGHT / np.linalg.norm(RIGHT, axis=0)
LEFT = np.linalg.inv(RIGHT)
RECURRENT, INPUT = RIGHT @ CORE @ LEFT, RNG.normal(size=(UNITS, CHANNELS))


def driven(x, u):
    return RECURRENT @ x + INPUT @ u


def found(readout=None):
    return integration(driven, np.zeros((1, UNITS)), np.zeros(CHANNELS), readout=readout)


def up_to_sign(ours, planted):
    np.testing.assert_allclose(
        ours * np.sign(ours[np.argmax(abs(ours))]), planted * np.sign(planted[np.argmax(abs(ours))])
    )


@pytest.mark.parametrize(
    "matrix",
    [
        RECURRENT,
        np.eye(4),
        0.8 * np.eye(5) + 0.2 * np.outer(RNG.normal(size=5), RNG.normal(size=5)),  # four eigenvalues coincide
    ],
)
def test_left_and_right_eigenvectors_are_biorthonormal(matrix):
    there = stability(lambda x: matrix @ x, np.zeros((1, len(matrix))))
    values, right, left = there.eigenvalues[0], there.eigenvectors[0], there.left_eigenvectors[0]
    np.testing.assert_allclose(left.conj().T @ right, np.eye(len(matrix)), atol=1e-11)
    np.testing.assert_allclose(matrix @ right, right * values, atol=1e-13)
    np.testing.assert_allclose(left.conj().T @ matrix, values[:, None] * left.conj().T, atol=1e-11)


def test_of_a_defective_eigenvalue_the_left_eigenvectors_are_not_a_number_and_others_stay():
    block = np.array([[0.5, 1.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.9]])
    there = stability(lambda x: block @ x, np.zeros((1, 3)))
    np.testing.assert_allclose(there.left_eigenvectors[0, :, 0], [0, 0, 1], atol=1e-14)
    assert np.isnan(there.left_eigenvectors[0, :, 1:]).all()


def test_planted_axes_are_recovered():
    there = found()
    up_to_sign(there.stability.eigenvectors[0, :, 0].real, RIGHT[:, 0])
    up_to_sign(there.selection[0], LEFT[0] / np.linalg.norm(LEFT[0]))
    np.testing.assert_allclose(there.stability.time_constant[0, :2], [np.inf, -1 / np.log(0.9)])
    assert (there.stability.eigenvectors[0, :, 0].real.max()) == np.abs(there.stability.eigenvectors[0, :, 0]).max()


def test_a_pulse_ends_where_the_slow_mode_takes_it():
    """After 400 steps of the map itself, only the integrator is left: the pulse's projection on it, along it."""
    there = found()
    for channel in range(CHANNELS):
        pulse = driven(np.zeros(UNITS), np.eye(CHANNELS)[channel])
        end = trajectories(lambda x: RECURRENT @ x, pulse[None], 400)[0, -1]
        taken = there.input_projection[0, 0, channel] * there.stability.eigenvectors[0, :, 0]
        np.testing.assert_allclose(taken, end, atol=1e-12)


def test_what_the_readout_sees_of_each_mode():
    """One output that sees the first mode and is blind to the second by construction, and half of a third by angle."""
    blind = np.linalg.svd(RIGHT[:, 1][None])[2][1:]  # a basis of what is orthogonal to the second mode
    row = blind.T @ (blind @ RIGHT[:, 0])
    there = found(lambda x: (jnp.asarray(row) @ x)[None])
    cosine = row @ RIGHT[:, 0] / np.linalg.norm(row)
    np.testing.assert_allclose(there.hidden_share[0, :2], [1 - cosine**2, 1.0], atol=1e-12)
    np.testing.assert_allclose(np.abs(there.readout_gain[0, 0, :2]), [abs(row @ RIGHT[:, 0]), 0.0], atol=1e-12)
    everything = found(lambda x: x)
    np.testing.assert_allclose(everything.hidden_share, 0, atol=1e-12)
    np.testing.assert_allclose(everything.readout_gain, everything.stability.eigenvectors, atol=1e-14)


def test_a_readout_is_linearised_where_the_point_is():
    at = np.array([[0.3, -0.7]])
    there = integration(lambda x, u: jnp.tanh(x) + u, at, np.zeros(2), readout=lambda x: jnp.tanh(x) ** 2)
    slope = np.diag(2 * np.tanh(at[0]) * (1 - np.tanh(at[0]) ** 2))
    np.testing.assert_allclose(there.readout_gain[0], slope @ there.stability.eigenvectors[0], atol=1e-14)


def test_a_state_may_be_a_tuple_and_rotation_has_no_selection_vector():
    def turn(state, u):
        x, y = state
        return 0.9 * y + u, -0.9 * x

    there = integration(turn, (np.zeros((1, 1)), np.zeros((1, 1))), np.zeros(1))
    assert np.isnan(there.selection).all()
    np.testing.assert_allclose(np.abs(there.input_projection[0, :, 0]), np.sqrt(0.5))


def path_of(trials=5, times=12):
    inputs = RNG.normal(size=(trials, times - 1, CHANNELS))
    states = [RNG.normal(size=(trials, UNITS))]
    for t in range(times - 1):
        states.append(states[-1] @ RECURRENT.T + inputs[:, t] @ INPUT.T)
    return np.stack(states, axis=1), inputs


def test_all_modes_predict_a_linear_network_driven_by_inputs():
    path, inputs = path_of()
    all_modes = linear_prediction(driven, np.zeros(UNITS), np.zeros(CHANNELS), path, inputs)
    assert all_modes.modes == UNITS
    np.testing.assert_allclose(all_modes.state, path, atol=1e-11)
    assert all_modes.explained == pytest.approx(1)


@pytest.mark.parametrize(("modes", "taken"), [(1, 1), (2, 2), (3, 4), (6, 6)])
def test_the_error_of_few_modes_is_what_the_others_hold(modes, taken):
    """The third of the planted modes is half of a complex pair: its other half comes with it."""
    path, inputs = path_of()
    part = linear_prediction(driven, np.zeros(UNITS), np.zeros(CHANNELS), path, inputs, modes=modes)
    assert part.modes == taken
    kept = RIGHT[:, :taken] @ LEFT[:taken]
    np.testing.assert_allclose(part.state, path @ kept.T, atol=1e-11)
    np.testing.assert_allclose(part.error, np.linalg.norm(path - path @ kept.T, axis=2), atol=1e-11)
    assert part.explained == pytest.approx(
        1 - np.sum((path - path @ kept.T) ** 2) / np.sum((path - path.mean((0, 1))) ** 2)
    )


def test_away_from_a_fixed_point_the_drift_is_predicted_too():
    drift = lambda x, u: x + 0.25 + u
    path = trajectories(lambda x: x + 0.25, np.zeros((1, 1)), 5)
    assert linear_prediction(drift, np.ones(1), np.zeros(1), path).error.max() < 1e-14


def test_the_error_of_the_linearisation_grows_with_the_square_of_the_distance():
    bent = lambda x, u: jnp.tanh(1.2 * x) + 0.0 * u
    at = np.array([0.658])
    for _ in range(100):
        at = np.tanh(1.2 * at)
    errors = []
    for away in (1e-2, 1e-3):
        path = trajectories(lambda x: bent(x, 0.0), at[None] + away, 3)
        errors.append(linear_prediction(bent, at, np.zeros(1), path).error[0, 1])
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"path": np.zeros((1, 3, 2))}, "path must have the point's 7 coordinates, not 2"),
        ({"inputs": np.zeros((1, 3, CHANNELS))}, r"inputs must have shape \(1, 2, 3\), one time fewer than the path"),
        ({"modes": 0}, "modes must be at least 1, not 0"),
        ({"input": np.zeros(CHANNELS, int)}, "input must be of floating-point NumPy or JAX arrays"),
    ],
)
def test_what_does_not_fit_is_said(arguments, sentence):
    given = {"point": np.zeros(UNITS), "input": np.zeros(CHANNELS), "path": np.zeros((1, 3, UNITS))}
    with pytest.raises(InputError, match=sentence):
        linear_prediction(driven, **given | arguments)


def test_a_readout_must_be_one_vector():
    with pytest.raises(InputError, match="readout must return one vector of outputs"):
        found(lambda x: x[0])


def test_a_defective_mode_is_not_predicted_with():
    block = np.array([[0.5, 1.0], [0.0, 0.5]])
    with pytest.raises(InputError, match="modes must not be defective"):
        linear_prediction(lambda x, u: block @ x + u, np.zeros(2), np.zeros(2), np.zeros((1, 3, 2)))
