"""A network trained to keep three bits: what holds its memories is known beforehand."""

import jax
import networkx
import numpy as np
import pytest

from slowpoints.dynamics import (
    destination,
    explore,
    Outcome,
    point_graph,
    random_starts,
    relax,
    sample_states,
    stability,
    StabilityLabel,
)
from tests.flip_flop import BITS, trained, trials

BOX = (-1.0, 1.0)


@pytest.fixture(scope="module")
def network():
    return trained(24, steps=800)


@pytest.fixture(scope="module")
def explored(network):
    inputs, _ = trials(jax.random.key(1), 60, 50)
    starts = sample_states(
        np.asarray(network.hidden(inputs)).swapaxes(0, 1), 96, key=jax.random.key(2), noise=0.1, domain=BOX
    )
    exploration = explore(network.still(), starts, key=jax.random.key(3), domain=BOX, rounds=3)
    points = exploration.distinct.points
    return points, stability(network.still(), points.state)


def test_the_network_has_learned_it(network):
    inputs, kept = trials(jax.random.key(4), 100, 50)
    outputs = np.asarray(network.hidden(inputs) @ network.readout)
    assert np.mean(np.sign(outputs) == np.asarray(kept)) > 0.999


def test_each_answer_is_held_by_one_attractor(network, explored):
    points, there = explored
    holds = (there.label == StabilityLabel.ATTRACTOR) & (points.outcome == Outcome.FIXED_POINT)
    answers = points.state[holds] @ np.asarray(network.readout, np.float64)
    np.testing.assert_allclose(np.abs(answers), 1, atol=0.1)
    assert sorted(map(tuple, np.sign(answers))) == sorted(
        tuple(2.0 * (k >> bit & 1) - 1 for bit in range(BITS)) for k in range(2**BITS)
    )


def test_saddles_with_one_way_out_lie_between_answers_that_differ_in_one_bit(network, explored):
    """A cube has twelve edges: on each the two ways down from its saddle lead to the edge's ends."""
    points, there = explored
    step = network.still()
    attractors = points.state[there.label == StabilityLabel.ATTRACTOR]
    answers = np.sign(attractors @ np.asarray(network.readout, np.float64))
    saddles = np.flatnonzero(there.unstable == 1)
    ways = there.eigenvectors[saddles, :, 0].real
    ends = []
    for sign in (-1, 1):
        relaxed = relax(step, np.clip(points.state[saddles] + 0.02 * sign * ways, *BOX))
        ends.append(destination(relaxed.state, attractors))
    assert (np.array(ends) >= 0).all()
    edges = {frozenset(pair) for pair in zip(*np.array(ends).tolist(), strict=True)}
    apart = {pair for pair in edges if len(pair) == 2 and np.sum(np.abs(np.diff(answers[list(pair)], axis=0))) == 2}
    assert len(apart) == 12


def test_random_starts_find_the_attractors_too(network):
    step = network.still()
    starts = random_starts(step, np.zeros(24), 64, key=jax.random.key(5), domain=BOX)
    assert (np.abs(starts) <= 1).all()
    relaxed = relax(step, starts)
    assert relaxed.settled.all()
    assert len(np.unique(np.sign(relaxed.state @ np.asarray(network.readout, np.float64)), axis=0)) == 8


def test_the_graph_of_its_points_holds_the_cube(network, explored):
    """The twelve edges of the cube are among the boundaries, told by the answers of their ends; and each way of each
    saddle with one way out leads to a point that was found."""
    points, there = explored
    graph = point_graph(network.still(), points.state, domain=BOX)
    answers = np.sign(points.state @ np.asarray(network.readout, np.float64))
    boundaries = graph.boundaries()
    assert len(boundaries) == 2**BITS
    edges = [edge for edge in boundaries.edges if np.abs(np.diff(answers[list(edge)], axis=0)).sum() == 2]
    assert networkx.is_isomorphic(boundaries.edge_subgraph(edges), networkx.hypercube_graph(BITS))
    simple = np.isin(graph.source, np.flatnonzero(there.unstable == 1))
    assert (graph.target[simple] >= 0).all()
