"""Front ends against NumPy, behind the task's noise, and in training."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from slowpoints._errors import InputError
from slowpoints.dynamics._precision import double_precision
from slowpoints.networks import FRONT_ENDS, FrontEndSettings, MemoryNetwork, outputs_during, trial_drives, UNITS
from slowpoints.recall import BankNoise, hold, lasting_noise, MirroredNoise, OwnNoise
from slowpoints.task import DelayedRecall, IndependentNoise, loss_and_score, SharedNoise, Timing, Trials
from slowpoints.training import load_network, save_network
from tests.oracles import convolutional, recurrent

SHAPE, SETTINGS = (6, 5, 2), FrontEndSettings("convolutional", channels=(3, 4), dense=(7, 5), leak=0.1)
PIXELS, FEATURES, N, CLASSES = 60, 5, 4, 2
TASK = DelayedRecall(6, Timing(), 0.4, 0.3)
ALARM = 1e-4


def drawn(unit="gru", settings=SETTINGS, key=0, readout="linear"):
    return MemoryNetwork.draw(
        UNITS[unit], image_shape=SHAPE, units=N, classes=CLASSES, readout=readout, front_end=settings,
        key=jax.random.key(key),
    )  # fmt: skip


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_features_are_those_of_numpy(kernel):
    front_end = drawn(settings=dataclasses.replace(SETTINGS, kernel=kernel)).front_end
    images = np.random.default_rng(0).normal(size=(2, 3, *SHAPE))
    want = [[convolutional.features(front_end, image) for image in row] for row in images]
    found = front_end(jnp.asarray(images.reshape(2, 3, PIXELS), jnp.float32))
    assert found.shape == (2, 3, FEATURES)
    np.testing.assert_allclose(found, want, atol=2e-5)
    np.testing.assert_allclose(front_end(jnp.asarray(images[0, 0].ravel(), jnp.float32)), want[0][0], atol=2e-5)


def test_the_derivative_is_that_of_numpy_by_differences():
    front_end = drawn().front_end
    image = np.random.default_rng(1).normal(size=PIXELS)
    with double_precision():
        double = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), front_end)
        found = np.asarray(jax.grad(lambda x: double(x).sum())(jnp.asarray(image)))
    for pixel in range(PIXELS):
        sides = []
        for sign in (1, -1):
            moved = image.copy()
            moved[pixel] += sign * 1e-6
            sides.append(convolutional.features(front_end, moved.reshape(SHAPE)).sum())
        assert found[pixel] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-5)


def test_many_images_take_turns(monkeypatch):
    front_end = drawn().front_end
    images = jax.random.normal(jax.random.key(0), (7, PIXELS))
    together = front_end(images)
    monkeypatch.setattr("slowpoints.networks._convolutional.AT_ONCE", 3)
    np.testing.assert_allclose(front_end(images), together, rtol=1e-5, atol=1e-6)


def test_signals_keep_their_size_through_the_layers():
    settings = FrontEndSettings("convolutional", channels=(64,), dense=(400, 400, 400))
    front_end = FRONT_ENDS["convolutional"].draw((8, 8, 3), settings, key=jax.random.key(0))
    features = front_end(jax.random.normal(jax.random.key(1), (200, 192)))
    one_layer = dataclasses.replace(settings, dense=(400,))
    first = FRONT_ENDS["convolutional"].draw((8, 8, 3), one_layer, key=jax.random.key(0))(
        jax.random.normal(jax.random.key(1), (200, 192))
    )
    assert float((features**2).mean() / (first**2).mean()) == pytest.approx(1, abs=0.35)


def test_the_trigger_joins_at_the_unit():
    network = drawn()
    image = jnp.asarray(np.random.default_rng(2).uniform(size=PIXELS), jnp.float32)
    features = convolutional.features(network.front_end, np.asarray(image).reshape(SHAPE))
    weights = network.unit.weights
    for trigger in (0.0, 1.0):
        want = features @ np.asarray(weights.input) + np.asarray(weights.bias) + trigger * np.asarray(weights.trigger)
        np.testing.assert_allclose(network.drive(image, trigger), want, atol=2e-5)


def test_the_unit_and_readout_are_those_of_a_network_without_it():
    with_it = drawn()
    without = MemoryNetwork.draw(
        UNITS["gru"], image_shape=(FEATURES,), units=N, classes=CLASSES, readout="linear", key=jax.random.key(0)
    )
    for part in ("unit", "readout"):
        jax.tree.map(np.testing.assert_array_equal, getattr(with_it, part), getattr(without, part))


@pytest.mark.parametrize("unit", UNITS)
def test_under_constant_features_it_is_the_units_map(unit):
    network, features = drawn(unit), np.random.default_rng(3).normal(size=FEATURES)
    state = jax.tree.map(lambda a: np.random.default_rng(4).uniform(-0.9, 0.9, a.shape), network.unit.initial_state())
    with double_precision():
        moved = jax.tree.map(np.asarray, network.under(features)(jax.tree.map(jnp.asarray, state)))
    want = recurrent.step(unit, network.unit, state, np.append(features, 0.0))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=1e-12), moved, want)
    # Nothing of the front end is left in it.
    assert not any(leaf.ndim == 4 for leaf in jax.tree.leaves(network.under(features)))


def test_moments_are_those_of_features_of_noise_images():
    front_end = drawn().front_end
    found = front_end.moments(TASK, key=jax.random.key(0))
    images = np.random.default_rng(5).normal(0.4, 0.3, (20_000, PIXELS))
    features = np.asarray(front_end(jnp.asarray(images, jnp.float32)), np.float64)
    np.testing.assert_allclose(found.mean, features.mean(0), atol=5 * features.std(0).max() / 1000**0.5)
    np.testing.assert_allclose(found.std, features.std(0), rtol=5 / 1000**0.5)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("noise", [IndependentNoise(), SharedNoise(16)], ids=["independent", "shared"])
def test_noise_at_the_input_has_the_deviation_asked_for_and_spares_the_image(factor, noise):
    network = drawn()
    task = network.in_noise(TASK, factor, key=jax.random.key(6))
    shown, onset = jnp.zeros((8, PIXELS)), jnp.arange(8, dtype=jnp.int32) % 6

    def drives(task, key):
        return noise.drives(
            network.drive, task, steps=6, batch=8, pixels=PIXELS, key=key, shown=(shown, onset)
        )  # fmt: skip

    keys = jax.random.split(jax.random.key(7), 400)
    found = np.asarray(jax.jit(jax.vmap(drives, in_axes=(None, 0)))(task, keys), np.float64)
    trained = np.asarray(jax.jit(jax.vmap(drives, in_axes=(None, 0)))(TASK, keys), np.float64)
    sees = np.arange(6)[:, None] == np.asarray(onset)[None]
    np.testing.assert_array_equal(found[:, sees], trained[:, sees])
    # Features' own covariance under noise images, of which the added noise keeps the variances only.
    features = np.asarray(
        network.front_end(jnp.asarray(np.random.default_rng(8).normal(0.4, 0.3, (20_000, PIXELS)), jnp.float32))
    )
    weight = np.asarray(network.unit.weights.input, np.float64)
    covariance = np.cov(features.T.astype(np.float64))
    added = max(factor**2 - 1, 0) * np.diag(np.diag(covariance))
    want = np.diag(weight.T @ (min(factor, 1) ** 2 * covariance + added) @ weight)
    rows = found[:, ~sees].reshape(-1, found.shape[-1])
    np.testing.assert_allclose(rows.var(0), want, rtol=0.15, atol=1e-12)
    centre = np.asarray(network.unit.drive(jnp.asarray(features.mean(0))))
    np.testing.assert_allclose(rows.mean(0), centre, atol=0.15 * np.sqrt(np.diag(weight.T @ covariance @ weight)).max())


def test_without_a_front_end_more_noise_is_that_of_pixels():
    network = MemoryNetwork.draw(UNITS["gru"], image_shape=(3,), units=N, classes=CLASSES, key=jax.random.key(0))
    assert network.in_noise(TASK, 2.0, key=jax.random.key(1)) == TASK.in_noise(2.0)


def test_shared_noise_encodes_the_bank_and_the_batch_alone():
    network, rows = drawn(), []

    def drive_of(images):
        rows.append(images.shape[0])
        return network.drive(images)

    shown = (jnp.zeros((8, PIXELS)), jnp.zeros(8, jnp.int32))
    SharedNoise(16).drives(drive_of, TASK, steps=6, batch=8, pixels=PIXELS, key=jax.random.key(0), shown=shown)
    assert rows == [16 + 8]


def test_features_of_a_trial_have_one_distribution_with_both_noises():
    """By moments of one trial's features at two steps, over fresh keys: the same mean and the same covariance."""
    network = drawn()

    def of(noise, seed):
        def draw(key):
            drives = noise.drives(network.front_end, TASK, steps=4, batch=3, pixels=PIXELS, key=key)
            return jnp.concatenate([drives[1, -1], drives[3, -1]])

        x = np.asarray(jax.jit(jax.vmap(draw))(jax.random.split(jax.random.key(seed), 4000)), np.float64)
        return np.concatenate([x, (x[:, :, None] * x[:, None])[:, *np.triu_indices(x.shape[1])]], axis=1)

    assert p_of_equal_means(of(IndependentNoise(), 0), of(SharedNoise(5), 1)) > ALARM


def test_the_mean_gradient_is_the_same_with_both_noises():
    """By Hotelling's test on 20 random projections of the gradient of all weights, at the smallest bank."""
    network = drawn()
    trials = Trials(
        jnp.arange(4, dtype=jnp.int32), jnp.arange(4, dtype=jnp.int32) % 2, jnp.zeros(4, jnp.int32),
        jnp.full((4, 1), 4, jnp.int32),
    )  # fmt: skip
    task, pixels = dataclasses.replace(TASK, steps=5), jax.random.uniform(jax.random.key(1), (4, PIXELS))

    def projected(noise, seed):
        def loss(network, key):
            drives = trial_drives(network, task, pixels, trials, steps=5, noise=noise, key=key)
            _, outputs = outputs_during(network, network.unit.initial_state(4), drives)
            return loss_and_score(task, outputs, trials, vocabulary=2)[0]

        keys = jax.random.split(jax.random.key(seed), 2000)
        found = jax.tree.leaves(jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0)))(network, keys))
        gradient = np.concatenate([np.asarray(leaf, np.float64).reshape(2000, -1) for leaf in found], axis=1)
        return gradient @ np.random.default_rng(0).normal(size=(gradient.shape[1], 20))

    assert p_of_equal_means(projected(IndependentNoise(), 2), projected(SharedNoise(5), 3)) > ALARM


def p_of_equal_means(one, other):
    difference = one.mean(0) - other.mean(0)
    covariance = np.cov(one.T) / len(one) + np.cov(other.T) / len(other)
    return scipy.stats.chi2.sf(difference @ np.linalg.solve(covariance, difference), len(difference))


def test_long_runs_take_noise_that_is_exact_behind_it():
    assert isinstance(lasting_noise(drawn()), BankNoise)
    plain = MemoryNetwork.draw(UNITS["gru"], image_shape=(3,), units=N, classes=CLASSES, key=jax.random.key(0))
    assert isinstance(lasting_noise(plain), MirroredNoise)
    with pytest.raises(ValueError, match="lasts must lie between 1 and the bank's 8 images, not 9"):
        BankNoise(8, 9)


def test_a_bank_of_lasting_noise_gives_each_trial_the_tasks_noise():
    """Mean and covariance of the state after a delay, over keys, as with a fresh image at every step."""
    network = drawn("tanh")

    def states(noise, seed):
        def one(key):
            (held,) = hold(network, TASK, jnp.zeros((1, PIXELS)), onset, (3,), noise=noise, key=key)
            return held.state[0]

        onset = jnp.zeros(1, jnp.int32)
        x = np.asarray([one(key) for key in jax.random.split(jax.random.key(seed), 1000)], np.float64)
        return np.concatenate([x, (x[:, :, None] * x[:, None])[:, *np.triu_indices(x.shape[1])]], axis=1)

    assert p_of_equal_means(states(OwnNoise(), 0), states(BankNoise(8, 8), 1)) > ALARM


def test_a_snapshot_gives_the_network_back(tmp_path):
    network, path = drawn(), tmp_path / "step-0000001.safetensors"
    save_network(path, network, step=1)
    back = load_network(path)
    assert back.front_end.settings == SETTINGS
    assert back.front_end.image_shape == SHAPE
    assert jax.tree.structure(back) == jax.tree.structure(network)
    jax.tree.map(np.testing.assert_array_equal, back, network)


def test_a_snapshot_of_an_unknown_front_end_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "step-0000001.safetensors"
    save_network(path, drawn(), step=1)
    content = path.read_bytes()
    assert json.dumps("convolutional")[1:-1].encode() in content
    path.write_bytes(content.replace(b"convolutional", b"convoluti0nal"))
    with pytest.raises(InputError, match="its front end is 'convoluti0nal'; known are identity, convolutional"):
        load_network(path)


@pytest.mark.parametrize(
    ("shape", "changes", "sentence"),
    [
        ((64,), {}, r"needs images of rows × columns × channels .* those of this corpus have the shape \(64,\)"),
        ((8, 8), {}, r"one channel\); those of this corpus have the shape \(8, 8\)"),
        ((3, 9, 1), {}, "Pooling after 2 convolutions leaves nothing of 3 × 9 images; give channels at most 1 num"),
        ((8, 8, 1), {"channels": ()}, "at least one number in channels and one in dense"),
        ((8, 8, 1), {"dense": ()}, "at least one number in channels and one in dense"),
    ],
)
def test_images_that_do_not_fit_are_refused(shape, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        FRONT_ENDS["convolutional"].draw(shape, dataclasses.replace(SETTINGS, **changes), key=jax.random.key(0))
