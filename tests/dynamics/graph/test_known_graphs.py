"""Maps whose points and connections are known on paper."""

from itertools import product

import jax.numpy as jnp
import networkx
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import compare_graphs, Ending, point_graph, SlowPoints
from slowpoints.plots import graph_in_phase_space, phase_space, plot_graph_in_phase_space

from ..maps import TanhUnits

CUBE = TanhUnits(jnp.array([1.5, 2.0, 3.0]))
"""Three bistable units apart from each other: the flip-flop's cube, of corners, edges, faces and a middle."""


def triangle(z):
    """z ↦ z + (z + z̄² − |z|²z)/4 with z = x + iy: a repeller at 0, and on the six directions in turn an attractor where
    1 + r = r² and a saddle where 1 − r = r². Each saddle leads to the attractors beside it."""
    x, y = z
    square = x**2 + y**2
    return jnp.stack([x + (x + x**2 - y**2 - square * x) / 4, y + (y - 2 * x * y - square * y) / 4])


def triangle_points(rotated: float = 0.0):
    """0, then three attractors and three saddles."""
    far, near = (1 + np.sqrt(5)) / 2, (np.sqrt(5) - 1) / 2
    angle = rotated + np.pi / 3 * np.arange(6)
    length = np.where(np.arange(6) % 2 == 0, far, near)
    around = length[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([np.zeros((1, 2)), around[::2], around[1::2]])


@pytest.fixture(scope="module")
def three():
    angle = 2 * np.pi * (np.arange(30) + 0.5) / 30
    circle = 1.2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return point_graph(triangle, triangle_points(), starts=circle)


@pytest.fixture(scope="module")
def cube():
    return point_graph(CUBE, CUBE.fixed_points(), domain=(-1.0, 1.0))


def test_each_saddle_leads_to_the_attractors_beside_it(three):
    for saddle in (4, 5, 6):
        first = saddle - 3  # the saddle at 60° lies between the attractors at 0° and 120°
        assert set(three.target[three.source == saddle]) == {first, first % 3 + 1}
    assert networkx.is_isomorphic(three.boundaries(), networkx.cycle_graph(3))
    assert (three.target[three.source == 0] >= 0).all()
    assert (three.source == 0).sum() == 4


def test_basins_of_a_symmetric_map_have_equal_shares(three):
    np.testing.assert_array_equal(three.reached, [0, 10, 10, 10, 0, 0, 0])
    np.testing.assert_allclose(three.share[1:4], 1 / 3)
    assert (three.share_interval[1:4, 0] < 1 / 3).all()
    assert (three.share_interval[1:4, 1] > 1 / 3).all()


def test_a_path_is_a_path_of_the_map(three):
    """From the saddle to the attractor; on the line y = 0 the way from 0 stays there."""
    way = np.flatnonzero(three.source == 4)[0]
    points = triangle_points()
    np.testing.assert_allclose(three.path[way, 0], points[4], atol=3e-3)
    np.testing.assert_allclose(three.path[way, -1], points[three.target[way]], atol=1e-8)
    gaps = np.linalg.norm(np.diff(three.path[way], axis=0), axis=1)
    assert gaps.max() < 1.05 * np.median(gaps)


def test_the_cube_of_three_bistable_units(cube):
    """Each unit of a point that is at 0 can leave to both sides: 54 ways, from each point of k zeros 2k of them."""
    points = np.array(list(product((-1, 0, 1), repeat=3)))
    expected = set()
    for k, point in enumerate(points):
        for unit in np.flatnonzero(point == 0):
            for side in (-1, 1):
                to = np.where(np.arange(3) == unit, side, point)
                expected.add((k, int(np.flatnonzero((points == to).all(axis=1))[0])))
    assert set(zip(cube.source.tolist(), cube.target.tolist(), strict=True)) == expected
    assert len(cube.source) == len(expected) == 54
    assert networkx.is_isomorphic(cube.boundaries(), networkx.hypercube_graph(3))
    full = cube.to_networkx()
    assert sorted(dict(full.nodes(data="unstable")).values()) == sorted((points == 0).sum(axis=1))


def test_graphs_are_compared_whatever_units_and_order(three, cube):
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(2, 2)))[0]
    order = np.random.default_rng(1).permutation(7)
    turned = point_graph(lambda x: turn @ triangle(turn.T @ x), (triangle_points() @ turn.T)[order])
    same = compare_graphs(three, turned)
    # The two directions out of 0 grow alike, so any pair of them may be taken; all else is the same.
    assert same.edit_distance <= 4
    assert networkx.is_isomorphic(three.boundaries(), turned.boundaries())
    assert compare_graphs(cube, cube).isomorphic


def test_the_edit_distance_counts_what_is_missing(cube):
    """Two bistable units and one: 9 points and 12 ways against 3 points and 2 ways."""
    two, one = (TanhUnits(jnp.array(w)) for w in ([1.5, 2.0], [1.5]))
    graphs = [point_graph(step, step.fixed_points()) for step in (two, one)]
    assert compare_graphs(*graphs) == (False, 6 + 10, True)
    bounded = compare_graphs(cube, graphs[0], seconds=0.05)
    assert not bounded.exact
    assert bounded.edit_distance >= 18 + 42


def test_ways_that_lead_to_no_point_given_are_said_to_do_so():
    """A rotation that grows onto a circle: a cycle, not a point. And x ↦ 2x, which diverges."""

    def onto_circle(z):
        shrink = 1.1 / (1 + 0.1 * jnp.sum(z**2))
        return shrink * jnp.stack([0.8 * z[0] - 0.6 * z[1], 0.6 * z[0] + 0.8 * z[1]])

    graph = point_graph(onto_circle, np.zeros((1, 2)), max_steps=500)
    np.testing.assert_array_equal(graph.target, [-1] * 4)
    np.testing.assert_array_equal(graph.ending, [Ending.MOVING] * 4)
    assert graph.to_networkx().number_of_edges() == 0
    away = point_graph(lambda x: 2 * x, np.zeros((1, 1)))
    np.testing.assert_array_equal(away.ending, [Ending.DIVERGED] * 2)
    assert np.isnan(away.path).all()
    assert np.isnan(away.share).all()


def test_what_is_drawn_is_the_graph(three):
    seven, spectrum = np.zeros(7), np.zeros((7, 2), np.complex128)
    codes = np.zeros(7, np.int64)
    points = SlowPoints(triangle_points(), seven, seven, seven, spectrum, seven, codes, codes, codes)
    space = phase_space(points, stability=three.stability)
    values = graph_in_phase_space(three, space)
    # In two dimensions nothing is lost: the components are a rotation.
    back = values["way"].values @ values["axis"].values + values["centre"].values
    np.testing.assert_allclose(back, three.path, atol=1e-12)
    axes = plot_graph_in_phase_space(values).axes[0]
    ways = [line for line in axes.lines if len(line.get_xdata()) == 64]
    np.testing.assert_allclose([line.get_xydata() for line in ways], values["way"].values)
    assert sorted(text.get_text() for text in axes.texts if "%" in text.get_text()) == ["33%"] * 3
    with pytest.raises(InputError, match="space must be of the graph's 7 points, not of 3"):
        graph_in_phase_space(three, phase_space(points[:3]))


def test_wrong_numbers_are_named(cube):
    with pytest.raises(InputError, match="displacement must be positive, not 0"):
        point_graph(CUBE, CUBE.fixed_points(), displacement=0)
    with pytest.raises(InputError, match="seconds must be positive, not -1"):
        compare_graphs(cube, cube, seconds=-1)
