"""A unit and its readout together: outputs, whole trials, initial weights."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.networks import MemoryNetwork, outputs_during, Readout, trial_drives, UNITS
from slowpoints.protocols import PROTOCOLS
from slowpoints.task import DelayedRecall, IndependentNoise, SharedNoise, TaskSettings, Timing, Trials
from slowpoints.training import initial_state, NetworkRecipe, TrainingSettings
from tests.networks.units import every_unit
from tests.oracles import recurrent

FEATURES, N, CLASSES = 5, 7, 3


def drawn(name, readout="sigmoid", key=0):
    network = MemoryNetwork.draw(
        UNITS[name], image_shape=(FEATURES,), units=N, classes=CLASSES, readout=readout, key=jax.random.key(key)
    )
    return jax.tree.map(lambda a: 1.5 * a, network)


@pytest.mark.parametrize("kind", ["sigmoid", "linear"])
def test_readout(kind, getkey):
    network = drawn("gru", kind)
    hidden = jax.random.uniform(getkey(), (4, 2, N), minval=-1.0)
    got = network.outputs(hidden)
    assert got.shape == (4, 2, CLASSES + 1)
    for i, j in np.ndindex(4, 2):
        want = recurrent.readout(network, np.asarray(hidden[i, j], np.float64))
        np.testing.assert_allclose(got[i, j], want, atol=1e-6)


@pytest.mark.unchecked
def test_a_readout_of_another_kind_is_refused(getkey):
    with pytest.raises(ValueError, match=r"kind must be one of sigmoid, linear; got 'softmax'"):
        Readout.draw(N, CLASSES, "softmax", key=getkey())


def test_the_readout_of_an_lstm_sees_h_only(getkey):
    network = drawn("lstm")
    h = jax.random.uniform(getkey(), (4, N))
    np.testing.assert_array_equal(network.outputs((h, 9 + h)), network.outputs((h, -h)))
    np.testing.assert_array_equal(network.outputs((h, h)), network.readout(h))


@every_unit
@pytest.mark.parametrize(("readout", "noise"), [("sigmoid", SharedNoise(16)), ("linear", IndependentNoise())])
def test_a_whole_trial_is_the_loop_over_its_inputs(name, readout, noise):
    network, rng = drawn(name, readout), np.random.default_rng(0)
    steps, batch = 9, 4
    task, key = DelayedRecall(steps, Timing(), 0.4, 0.3), jax.random.key(5)
    seen = np.asarray(noise.drives(lambda images: images, task, steps=steps, batch=batch, pixels=FEATURES, key=key))
    images = rng.uniform(size=(batch, FEATURES)).astype(np.float32)
    onset, trigger = np.array([0, 2, 3, 1]), np.array([[4, 7], [6, 8], [7, 8], [5, 6]])
    image = np.array([2, 0, 3, 0])
    trials = Trials(
        jnp.asarray(image), jnp.zeros(batch, jnp.int32), jnp.asarray(onset, jnp.int32), jnp.asarray(trigger, jnp.int32)
    )
    drives = trial_drives(network, task, jnp.asarray(images), trials, steps=steps, noise=noise, key=key)
    state, outputs = outputs_during(network, network.unit.initial_state(batch), drives)
    assert outputs.shape == (steps, batch, CLASSES + 1)
    for b in range(batch):
        inputs = recurrent.trial_inputs(seen[:, b], images[image[b]], onset[b], trigger[b])
        want, states = recurrent.rollout(name, network, inputs)
        np.testing.assert_allclose(outputs[:, b], want, atol=1e-5)
        jax.tree.map(lambda got, w, b=b: np.testing.assert_allclose(got[b], w, atol=1e-5), state, states[-1])


def test_readout_has_the_published_scales():
    units, classes = 100, 59
    readout = Readout.draw(units, classes, "sigmoid", key=jax.random.key(1))
    assert readout.weight.shape == (units, classes + 1)
    assert np.std(readout.weight) == pytest.approx(1 / np.sqrt(units), rel=5 / np.sqrt(2 * 6000))
    assert np.std(readout.bias) == pytest.approx(0.01, rel=5 / np.sqrt(2 * 60))


def test_the_same_seed_starts_from_the_same_weights_under_every_protocol():
    def start(protocol, seed, training):
        recipe = NetworkRecipe(
            "gru", N, "sigmoid", PROTOCOLS[protocol](classes=CLASSES), seed, TaskSettings(), training
        )
        return initial_state((recipe,), image_shape=(FEATURES,), classes=CLASSES).network

    paper = TrainingSettings()
    reference = start("DeCu", 3, paper)
    other_training = dataclasses.replace(paper, steps=7, rate=1.0, noise="independent", batch=2)
    for other in [start("VoCu", 3, paper), start("naive", 3, paper), start("naive", 3, other_training)]:
        jax.tree.map(np.testing.assert_array_equal, reference, other)
    other_seed = start("DeCu", 4, paper)
    assert not np.allclose(reference.unit.weights.recurrent, other_seed.unit.weights.recurrent, atol=1e-3)
