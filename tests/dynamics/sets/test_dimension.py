"""The dimension that members spread over, on samples of known shapes; what hangs together, on two circles."""

import networkx as nx
import numpy as np
import pytest

from slowpoints.dynamics.sets._connect import connect
from slowpoints.dynamics.sets._point_set import spread_dimension


def ring(rng, count):
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.stack([np.cos(angle), np.sin(angle), np.zeros(count), np.zeros(count)], axis=1)


def box(dimension):
    def draw(rng, count):
        return np.pad(rng.uniform(-1, 1, (count, dimension)), ((0, 0), (0, 4 - dimension)))

    return draw


def sphere(rng, count):
    rows = rng.normal(size=(count, 3))
    return np.pad(rows / np.linalg.norm(rows, axis=1, keepdims=True), ((0, 0), (0, 1)))


SHAPES = {"ring": (ring, 1), "line": (box(1), 1), "plane": (box(2), 2), "sphere": (sphere, 2), "cube": (box(3), 3)}


@pytest.mark.parametrize("shape", SHAPES)
def test_known_shapes(shape):
    draw, dimension = SHAPES[shape]
    rng = np.random.default_rng(0)
    assert [spread_dimension(draw(rng, 40), dimension) for _ in range(10)] == [dimension] * 10


def test_a_wrong_guess_is_not_confirmed():
    rng = np.random.default_rng(1)
    assert spread_dimension(box(2)(rng, 40), 1) == 2
    assert spread_dimension(box(1)(rng, 40), 2) == 1


def test_few_members_say_nothing():
    rng = np.random.default_rng(2)
    assert spread_dimension(box(1)(rng, 7), 1) is None
    assert spread_dimension(box(1)(rng, 8), 1) == 1


def test_what_is_connected_is_what_lies_between():
    """Circles of radii 1 and 3, the nearer one being the nearest continuum; the outer is open about x = −3."""

    def nearest(rows, a, b):
        radius = np.linalg.norm(rows, axis=1, keepdims=True)
        ended = rows / radius * np.where(radius < 2, 1.0, 3.0)
        return ended, ~((radius[:, 0] > 2) & (rows[:, 0] < 0) & (np.abs(rows[:, 1]) < 0.5))

    angle = np.arange(0.1, 2 * np.pi, 0.3)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    outer = 3 * circle[np.abs(angle - np.pi) > 0.4]
    connected = connect(np.concatenate([circle, outer]), nearest)
    np.testing.assert_array_equal(connected.label, np.repeat([0, 1], [len(circle), len(outer)]))
    radii = np.linalg.norm(connected.between, axis=1)
    np.testing.assert_allclose(radii, np.where(connected.between_label == 0, 1.0, 3.0))
    assert not ((connected.between[:, 0] < -2) & (np.abs(connected.between[:, 1]) < 0.5)).any()


def test_a_gap_is_not_bridged():
    def nearest(rows, a, b):
        return rows, np.abs(rows[:, 0]) > 0.05

    line = np.linspace(-1, 1, 12)[:, None] * np.ones((1, 2))
    connected = connect(line, nearest)
    np.testing.assert_array_equal(connected.label, np.repeat([0, 1], 6))


@pytest.mark.parametrize("same", [0, 3])
def test_the_pairs_of_the_shortest_tree_are_tried_first(same):
    """Networkx knows the tree too; members that coincide are a distance of zero apart, and still connected by it."""
    members = np.random.default_rng(0).normal(size=(12, 3))
    members[12 - same :] = members[:same]
    tried = []

    def nowhere(rows, a, b):
        tried.append(nx.Graph(zip(a.tolist(), b.tolist(), strict=True)))
        return rows, np.zeros(len(rows), bool)

    connected = connect(members, nowhere)
    assert len(set(connected.label)) == 12
    distance = np.linalg.norm(members[:, None] - members, axis=-1)
    complete = nx.Graph((i, j, {"weight": distance[i, j]}) for i in range(12) for j in range(i))
    assert nx.is_tree(tried[0])
    assert len(tried[0]) == 12
    np.testing.assert_allclose(
        sum(distance[i, j] for i, j in tried[0].edges),
        nx.minimum_spanning_tree(complete).size(weight="weight"),
    )
