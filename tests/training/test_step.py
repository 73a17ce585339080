"""Training steps against Adam by hand on gradients by finite differences of the NumPy networks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints._keys import key_for
from slowpoints.networks import MemoryNetwork
from slowpoints.protocols import Schedule
from slowpoints.task import DelayedRecall, draw_trials, ImagesByClass
from slowpoints.training import advance, initial_state
from tests.oracles import loss as loss_oracle, recurrent
from tests.training import tiny


def images(corpus):
    return ImagesByClass(*(jnp.asarray(a) for a in (corpus.train.images, corpus.train.first, corpus.train.count)))


def run_to(state, stop, recipe, corpus):
    step = int(state.step)
    return advance(
        state.with_nothing_seen(),
        jnp.asarray(stop, jnp.int32),
        images(corpus),
        settings=recipe.training,
        vocabulary=jnp.asarray(recipe.protocol.vocabulary(step), jnp.int32),
        longest_delay=recipe.protocol.longest_delay(step),
        task=DelayedRecall.of(recipe.task, corpus),
    )


def start(*recipes):
    return initial_state(recipes, image_shape=(tiny.PIXELS,), classes=tiny.CLASSES)


def batch_at(recipe, corpus, step, vocabulary, length):
    """The inputs [trial][step, pixel + 1], labels and triggers of the batch of a training step."""
    trials_key, noise_key = jax.random.split(jax.random.fold_in(key_for(recipe.seed, "training"), step))
    task = DelayedRecall.of(recipe.task, corpus)
    trials = draw_trials(
        task, images(corpus), batch=recipe.training.batch, longest_delay=length,
        vocabulary=vocabulary, key=trials_key,
    )  # fmt: skip
    noise = recipe.training.make_noise().drives(
        lambda x: x, task, steps=length, batch=recipe.training.batch, pixels=tiny.PIXELS, key=noise_key,
    )  # fmt: skip
    inputs = [
        recurrent.trial_inputs(
            np.asarray(noise[:, b]),
            corpus.train.images[trials.image[b]],
            int(trials.onset[b]),
            np.asarray(trials.trigger[b]),
        )
        for b in range(recipe.training.batch)
    ]
    return inputs, np.asarray(trials.label), np.asarray(trials.trigger)


def gradient_by_differences(function, network, h=1e-5):
    """Central differences in float64, leaf by leaf."""
    leaves, structure = jax.tree.flatten(network)
    gradients = []
    for k, leaf in enumerate(leaves):
        gradient = np.zeros(leaf.shape)
        for index in np.ndindex(leaf.shape):
            sides = []
            for sign in (1, -1):
                moved = leaf.copy()
                moved[index] += sign * h
                sides.append(function(jax.tree.unflatten(structure, [*leaves[:k], moved, *leaves[k + 1 :]])))
            gradient[index] = (sides[0] - sides[1]) / (2 * h)
        gradients.append(gradient)
    return gradients


@pytest.mark.parametrize("unit", ["tanh", "gru"])
def test_three_steps_are_adam_on_the_papers_loss(unit):
    """Vocabulary 2, then 3 from step 1 on; the learning rate drops at step 2; trials of 6 of 8 steps."""
    corpus = tiny.corpus()
    recipe = tiny.recipe(
        5, unit=unit, units=2, lengths=Schedule((6,)), vocabulary=Schedule((2, 3), (1,)), batch=2, steps=4,
        rate=0.01, rate_drop=0.1, rate_drop_at=0.5,
    )  # fmt: skip
    state = start(recipe)
    network = jax.tree.map(lambda a: np.asarray(a[0], np.float64), state.network)
    leaves, structure = jax.tree.flatten(network)
    first = second = [np.zeros(leaf.shape) for leaf in leaves]
    for t in range(3):
        vocabulary = 2 if t < 1 else 3
        inputs, labels, triggers = batch_at(recipe, corpus, t, vocabulary, 6)

        def loss(network, inputs=inputs, labels=labels, triggers=triggers, vocabulary=vocabulary):
            outputs = np.stack([recurrent.rollout(unit, network, x)[0] for x in inputs], axis=1)
            return loss_oracle.loss_and_score(outputs, labels, triggers, vocabulary, 8)

        value, classes, null = loss(network)
        gradient = gradient_by_differences(lambda n, loss=loss: loss(n)[0], network)
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradient, strict=True)]
        second = [0.999 * v + 0.001 * g**2 for v, g in zip(second, gradient, strict=True)]
        rate = 0.01 if t < 2 else 0.001
        leaves = [
            w - rate * (m / (1 - 0.9 ** (t + 1))) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8)
            for w, m, v in zip(leaves, first, second, strict=True)
        ]
        network = jax.tree.unflatten(structure, leaves)
        state, progressed = run_to(state, t + 1, recipe, corpus)
        assert float(progressed.loss[0]) == pytest.approx(value, rel=1e-5)
        assert float(progressed.score.classes[0]) == pytest.approx(classes)
        assert float(progressed.score.null[0]) == pytest.approx(null)
        for got, want in zip(jax.tree.leaves(state.adam.mu), first, strict=True):
            np.testing.assert_allclose(got[0], want, atol=2e-6)
        for got, want in zip(jax.tree.leaves(state.network), leaves, strict=True):
            np.testing.assert_allclose(got[0], want, atol=1e-4)
    assert isinstance(state.network, MemoryNetwork)


def test_where_a_run_is_cut_changes_no_bit():
    corpus, recipe = tiny.corpus(), tiny.recipe(1, steps=20)
    whole, _ = run_to(start(recipe), 20, recipe, corpus)
    part, _ = run_to(start(recipe), 7, recipe, corpus)
    assert int(part.step) == 7
    part, _ = run_to(part, 20, recipe, corpus)
    for a, b in zip(
        jax.tree.leaves((whole.network, whole.adam)), jax.tree.leaves((part.network, part.adam)), strict=True
    ):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


@pytest.fixture
def programs_made_anew():
    """What was compiled for one kind of device is not taken for another."""
    advance.clear_cache()
    yield
    advance.clear_cache()


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_an_ensemble_is_its_networks(device, monkeypatch, programs_made_anew):
    # The program for a GPU runs on a CPU too.
    monkeypatch.setattr(jax, "default_backend", lambda: device)
    corpus, recipes = tiny.corpus(), tuple(tiny.recipe(seed) for seed in (0, 4, 9))
    together, progressed = run_to(start(*recipes), 12, recipes[0], corpus)
    for i, recipe in enumerate(recipes):
        alone, alone_progressed = run_to(start(recipe), 12, recipe, corpus)
        jax.tree.map(
            lambda a, b, i=i: np.testing.assert_allclose(a[i], b[0], atol=1e-5), together.network, alone.network
        )
        assert float(progressed.loss[i]) == pytest.approx(float(alone_progressed.loss[0]), rel=1e-5)


@pytest.mark.parametrize(
    ("precision", "stated"),
    [
        ("float32", "precision = [HIGHEST, HIGHEST]"),
        ("tf32", "precision = [HIGH, HIGH]"),
        ("bf16", "rhs_precision_type = bf16"),
    ],
)
def test_every_product_has_the_precision_asked_for(precision, stated):
    recipe, corpus = tiny.recipe(unit="gru", precision=precision), tiny.corpus()
    program = advance.lower(
        start(recipe),
        jnp.asarray(3, jnp.int32),
        images(corpus),
        settings=recipe.training,
        vocabulary=jnp.asarray(3, jnp.int32),
        longest_delay=8,
        task=DelayedRecall.of(recipe.task, corpus),
    ).as_text()
    products = [line for line in program.splitlines() if "stablehlo.dot_general" in line]
    # Forward and backward: drive, two recurrent products, readout.
    assert len(products) >= 11
    assert [line for line in products if stated not in line] == []


def test_one_program_for_each_length_of_trial(tmp_path):
    advance.clear_cache()
    protocol = {"lengths": Schedule((5, 6, 8), (3, 7))}
    tiny.run([tmp_path / "0"], (tiny.recipe(0, **protocol),))
    assert advance._cache_size() == 3
    tiny.run([tmp_path / "1"], (tiny.recipe(1, **protocol),))
    assert advance._cache_size() == 3
    # A run that goes on from a file compiles nothing either.
    (tmp_path / "0" / "state" / "step-0000012.safetensors").unlink()
    tiny.run([tmp_path / "0"], (tiny.recipe(0, **protocol),))
    assert advance._cache_size() == 3


def test_one_program_for_every_vocabulary_and_protocol(tmp_path):
    advance.clear_cache()
    protocols = [
        {"vocabulary": Schedule((1, 2, 3), (3, 7))},
        {"vocabulary": Schedule((2, 3), (5,))},
        {},
        {"lengths": Schedule((6, 8), (4,))},
    ]
    programs = []
    for i, protocol in enumerate(protocols):
        tiny.run([tmp_path / str(i)], (tiny.recipe(i, **protocol),))
        programs.append(advance._cache_size())
    assert programs == [1, 1, 1, 2]
