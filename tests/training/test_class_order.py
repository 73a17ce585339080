"""Classes in an order drawn for each network: the same bits as on a corpus whose classes are numbered in that order."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.data import split_by_class
from slowpoints.measurements import Subject
from slowpoints.protocols import Protocol, Schedule
from slowpoints.training import History, load_metrics, train
from tests.training import tiny

GROWING = Schedule((2, 3), (6,))


def permuted(seed):
    own = tiny.recipe(seed)
    return dataclasses.replace(own, protocol=Protocol("tiny", tiny.FULL_LENGTH, GROWING, "drawn"))


def renumbered(corpus, order):
    """The corpus with the class `order[k]` under the number k."""

    def split(of):
        return split_by_class(of.images, np.argsort(order)[of.labels], corpus.classes)

    return dataclasses.replace(corpus, train=split(corpus.train), test=split(corpus.test))


def trained(recipes, corpus, folders):
    train(recipes, corpus, tuple(folders), record_every=2, snapshot_every=12)
    return [(History(folder, (12,))[-1], load_metrics(folder)) for folder in folders]


def weights(network):
    return np.concatenate([np.ravel(leaf) for leaf in (network.readout.weight, network.unit.weights.recurrent)])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_is_training_on_renumbered_classes(seed, tmp_path):
    recipe, corpus = permuted(seed), tiny.corpus()
    order = recipe.class_order(tiny.CLASSES)
    plain = dataclasses.replace(recipe, protocol=dataclasses.replace(recipe.protocol, order="corpus"))
    ((found, metrics),) = trained((recipe,), corpus, [tmp_path / "drawn"])
    ((expected, others),) = trained((plain,), renumbered(corpus, order), [tmp_path / "renumbered"])
    np.testing.assert_array_equal(weights(found), weights(expected))
    np.testing.assert_array_equal(metrics["loss"], others["loss"])


def test_each_network_of_an_ensemble_has_its_own_order(tmp_path):
    recipes = tuple(permuted(seed) for seed in range(4))
    assert len({tuple(recipe.class_order(tiny.CLASSES)) for recipe in recipes}) > 1
    together = trained(recipes, tiny.corpus(), [tmp_path / str(k) for k in range(4)])
    for k, recipe in enumerate(recipes):
        ((alone, _),) = trained((recipe,), tiny.corpus(), [tmp_path / f"alone-{k}"])
        np.testing.assert_allclose(weights(together[k][0]), weights(alone), rtol=1e-4, atol=1e-6)


def test_it_is_measured_with_the_classes_it_was_trained_on(tmp_path):
    recipe, corpus = permuted(1), tiny.corpus()
    order = recipe.class_order(tiny.CLASSES)
    assert list(order) != sorted(order)
    subject = Subject.of(recipe, History(tmp_path, (12,)), corpus)
    expected = renumbered(corpus, order)
    for images, split in ((subject.train, expected.train), (subject.test, expected.test)):
        for k in range(tiny.CLASSES):
            there = slice(int(images.first[k]), int(images.first[k] + images.count[k]))
            own = slice(split.first[k], split.first[k] + split.count[k])
            np.testing.assert_array_equal(images.pixels[there], jnp.asarray(split.images[own]))
