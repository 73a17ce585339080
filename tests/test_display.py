"""What a person sees while a study runs, and of a survey."""

from types import SimpleNamespace

import numpy as np
import pytest

from slowpoints._display import describe, EDGES_SHOWN, SearchDisplay, seconds_left, share_done, survey_table
from slowpoints.dynamics import Outcome, StabilityLabel
from slowpoints.study import Watched


def test_the_share_done_counts_the_steps_of_trainings_that_run():
    half, other = {"step": 50, "steps": 100}, {"now": "relaxing"}
    watched = Watched(1, 4, (("a", "training", half), ("b", "lifetimes", other), ("c", "training", {})))
    assert share_done(watched) == pytest.approx(1.5 / 4)
    assert share_done(Watched(0, 0, ())) == 0


def test_the_time_left_is_that_of_each_kind_of_task_shared_by_those_at_work():
    training = {"step": 60, "steps": 100, "steps_per_second": 2.0}
    running = (("a", "training", training), ("b", "lifetimes", {"now": "relaxing"}))
    watched = Watched(5, 12, running, left={"training": 3, "lifetimes": 4}, seconds={"training": 50.0})
    assert seconds_left(watched, {}) is None  # no lifetimes were timed
    # 20 s of the training that runs, two more of 50 s, four lifetimes of 10 s; two at a time
    assert seconds_left(watched, {"lifetimes": 10.0}) == pytest.approx((20 + 2 * 50 + 4 * 10) / 2)
    assert seconds_left(watched, {"lifetimes": 10.0, "training": 80.0}) == pytest.approx((20 + 2 * 80 + 4 * 10) / 2)


def test_no_time_left_is_told_of_trainings_that_have_no_speed_yet():
    begun = Watched(0, 2, (("a", "training", {"step": 10, "steps": 100, "steps_per_second": 0.0}),), {"training": 2})
    assert seconds_left(begun, {}) is None
    assert seconds_left(begun, {"training": 30.0}) == 60
    assert seconds_left(Watched(0, 1, (("a", "training", {}),), {"training": 1}), {"training": 30.0}) == 30


def test_a_worker_that_has_noted_nothing_compiles():
    assert describe("training", {}) == "training, compiling"


def test_a_search_says_its_round_on_a_terminal_and_nothing_elsewhere(capsys):
    with SearchDisplay("Searching") as display:
        display.tell(1, 40, 1)
        (line,) = display.progress.tasks
    assert line.description == "Searching, round 2: 40 starts, 1 point so far"
    assert capsys.readouterr() == ("", "")


def test_points_are_sorted_by_speed_and_edges_come_last_in_one_row():
    outcomes = (Outcome.SLOW_POINT, *[Outcome.EDGE] * (EDGES_SHOWN + 3), Outcome.FIXED_POINT)
    count = len(outcomes)
    speeds = np.linspace(1.0, 0.1, count)
    points = SimpleNamespace(outcomes=outcomes, root_speed=speeds)
    found = SimpleNamespace(
        exploration=SimpleNamespace(distinct=SimpleNamespace(points=points, multiplicity=np.ones(count, int))),
        stability=SimpleNamespace(
            labels=[StabilityLabel.ATTRACTOR] * count,
            unstable=np.zeros(count, int),
            eigenvalues=np.full((count, 1), 0.5),
            time_constant=np.ones((count, 1)),
        ),
    )
    kinds, shown = (list(survey_table(found).columns[k].cells) for k in (1, 2))
    assert kinds == ["fixed point", "slow point", *["edge"] * EDGES_SHOWN, "edge, 3 more"]
    edges = sorted(speeds[1:-1])
    assert shown[2:] == [f"{v:.1e}" for v in edges[:EDGES_SHOWN]] + [f"{edges[EDGES_SHOWN]:.1e} … {edges[-1]:.1e}"]
