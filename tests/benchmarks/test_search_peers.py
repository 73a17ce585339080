"""Each peer's search takes our map and starts as they are, and goes down."""

import jax
import numpy as np
import pytest
from benchmarks.across_inputs import Adam
from benchmarks.problems import BOX, digits, Problem
from benchmarks.search_peers import brainpy, canns, fixed_point_finder

from slowpoints.dynamics import speed_along


@pytest.fixture(scope="module")
def problem():
    whole = digits()
    return Problem(whole.unit, whole.drive, whole.starts[:3])


def test_the_shipped_network_s_class_means_lie_in_the_box_and_are_not_at_rest(problem):
    assert (np.abs(problem.starts) <= BOX[1]).all()
    assert (speed_along(problem.step, problem.starts) > 0.05).all()


@pytest.mark.parametrize(("peer", "package"), [(fixed_point_finder, "torch"), (brainpy, "brainpy"), (canns, "canns")])
@pytest.mark.filterwarnings("ignore")
def test_a_peer_goes_down_from_the_starts(problem, peer, package):
    pytest.importorskip(package)
    search = peer(problem)
    states, made = search(200)
    assert made == 200
    assert states.shape == problem.starts.shape
    before = speed_along(problem.step, problem.starts)
    assert (speed_along(problem.step, np.asarray(states, np.float64)) < before / 2).all()


def test_the_toolkit_s_adam_goes_down_by_the_same_map():
    pytest.importorskip("torch")
    from slowpoints.interop import Imported
    from slowpoints.networks import LeakyTanh

    network = Imported.stacked([jax.tree.map(np.asarray, LeakyTanh.draw(3, 8, key=jax.random.key(0)))])
    starts, input = np.random.default_rng(0).uniform(-1, 1, (5, 8)), np.array([0.5, -0.2, 0.1])
    before = speed_along(network.at(input), starts)
    search = Adam(network, input, starts)
    search.run(300)
    assert (speed_along(network.at(input), search.states) < before / 10).all()
