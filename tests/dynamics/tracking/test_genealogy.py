"""Trees known beforehand: planted pitchforks and folds, with labels by which side a point is on."""

import json
import re

import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import genealogy, track

from ..maps import TanhUnits
from .histories import Fold, history


def side(step, states):
    """−1, 0 or 1: on which side of 0 the first unit is."""
    first = states[:, 0]
    return np.where(np.abs(first) < 1e-6, 0, np.sign(first)).astype(int)


@pytest.fixture(scope="module")
def pitchfork():
    """One point until w passes 1 between checkpoints 1 and 2, and three from there to 4."""
    maps = history(TanhUnits, np.linspace(0.6, 1.5, 5)[:, None])
    return track(maps, maps[-1].fixed_points(), label=side)


def test_three_points_come_from_one(pitchfork):
    tree = genealogy(pitchfork)
    assert [(s.first, s.last, s.points, s.label) for s in tree.stretches] == [
        (0, 1, (0, 1, 2), 0),
        (2, 4, (0,), -1),
        (2, 4, (1,), 0),
        (2, 4, (2,), 1),
    ]
    assert [(link.earlier, link.later) for link in tree.links] == [(0, 1), (0, 2), (0, 3)]
    assert [link.events for link in tree.links] == [("SPLITS",), ("BRANCHES", "SPLITS"), ("SPLITS",)]
    left, middle, right = tree.lineages
    assert (left.labels, left.changes, left.known_from) == ((-1, 0), (2,), 0)
    assert (middle.labels, middle.changes) == ((0,), ())
    assert right.joined == ((1, 0), (1, 1))


def test_the_same_tree_forwards_with_time_turned_round():
    """Three points become one: the pitchfork's mirror image, tracked forwards."""
    maps = history(TanhUnits, np.linspace(1.5, 0.6, 5)[:, None])
    tree = genealogy(track(maps, maps[0].fixed_points(), backwards=False, label=side))
    assert [(s.first, s.last, s.points, s.label) for s in tree.stretches] == [
        (0, 2, (0,), -1),
        (0, 2, (1,), 0),
        (0, 2, (2,), 1),
        (3, 4, (0, 1, 2), 0),
    ]
    assert [(link.earlier, link.later) for link in tree.links] == [(0, 3), (1, 3), (2, 3)]
    assert {event for link in tree.links for event in link.events} == {"MERGES", "BRANCHES"}


def test_both_ways_give_one_tree():
    """Where as many points begin as end, backwards and forwards cannot differ; labels change on the way."""
    maps = history(TanhUnits, np.linspace([1.3, 3.0], [2.5, 1.2], 6))
    label = lambda step, states: side(step, states) * (1 + (step.w[0] > 2).astype(int)).item()
    back = track(maps, maps[-1].fixed_points(), label=label)
    forth = track(maps, back.state[:, 0], backwards=False, label=label)
    one, other = genealogy(back), genealogy(forth)
    assert one.to_json() == other.to_json()
    assert one.lineages[8].labels == (2, 1)
    assert one.lineages[8].changes == (3,)


def test_a_link_over_a_jump_is_no_descent():
    """The fold is proven, so that its ghost's past counts; a search that may not be split only jumps."""
    maps = history(Fold, np.linspace(-0.05, 0.23, 8))
    points = np.full((1, 1), np.sqrt(np.float32(0.23)))
    proven = genealogy(track(maps, points, label=side)).lineages[0]
    assert (proven.labels, proven.known_from) == ((1, 0), 0)
    guessed = genealogy(track(maps, points, label=side, splits=0, reach=0.08)).lineages[0]
    assert guessed.labels == (1, 0)
    assert guessed.known_from == 2


def test_the_graph_has_the_records(pitchfork):
    tree = genealogy(pitchfork)
    graph = tree.to_networkx()
    assert [len(graph.succ[node]) for node in graph] == [3, 0, 0, 0]
    assert graph.nodes[3] == {"first": 2, "last": 4, "points": [2], "label": 1}
    assert graph.edges[0, 1] == {"events": ["SPLITS"]}
    read = json.loads(tree.to_json())
    assert read["stretches"][0] == {"first": 0, "last": 1, "points": [0, 1, 2], "label": 0}
    assert [lineage["labels"] for lineage in read["lineages"]] == [[-1, 0], [0], [1, 0]]


def test_dot_names_every_stretch_and_link(pitchfork):
    text = genealogy(pitchfork).to_dot()
    assert text.startswith("digraph genealogy {")
    assert text.endswith("}\n")
    assert len(re.findall(r"^  \d+ \[label=", text, re.MULTILINE)) == 4
    assert re.findall(r"^  (\d+) -> (\d+) ", text, re.MULTILINE) == [("0", "1"), ("0", "2"), ("0", "3")]
    assert 'label="branches, splits"' in text
    assert "dashed" not in text


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            np.zeros((3, 4), int),
            "labels must be one whole number a track and checkpoint, of shape (3, 5), not int64",
        ),
        (np.zeros((3, 5)), "of shape (3, 5), not float64 of shape (3, 5)"),
    ],
)
def test_labels_that_do_not_fit_are_named(pitchfork, labels, message):
    with pytest.raises(InputError, match=re.escape(message)):
        genealogy(pitchfork, labels)


def test_without_labels_there_is_no_genealogy():
    maps = history(TanhUnits, [[1.3], [1.4]])
    with pytest.raises(InputError, match="labels must be given, or a label function to track"):
        genealogy(track(maps, maps[-1].fixed_points()))
