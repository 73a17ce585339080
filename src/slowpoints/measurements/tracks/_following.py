"""Points of one map of a history followed back through the others."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from slowpoints._options import check_ranges, option
from slowpoints._types import State, Step
from slowpoints.dynamics import Adam, Newton, track, Tracks
from slowpoints.dynamics._outcome import ISOLATED
from slowpoints.dynamics._states import unflatten
from slowpoints.measurements._measurement import Needed, Subject
from slowpoints.measurements._slow_points import coordinates_of, outcome_words
from slowpoints.networks import ConstantInput, MemoryNetwork
from slowpoints.training import History

Note = Callable[[str], None]

NOWHERE = -2
"""What whole numbers are where there is no track: class −1 is *null*."""

TRACKINGS = {"certified": "newton", "descent": "adam"}
"""The two ways of tracking, with the search whose points each begins at: certified points, and the paper's
descent from the previous point (by Adam; the paper names no optimiser)."""


@dataclasses.dataclass(frozen=True)
class TrackSettings:
    """How slow points are followed back through training. Raises `InputError` for a number out of its range."""

    newton_iterations: int = option(300, "The second-order search's budget a point and search.", low=1, high=10**9)
    reach: float = option(
        0.5,
        "How far any coordinate may be, where a search ends, from where it began, to be of the same point.",
        low=1e-12,
        high=1e6,
    )
    splits: int = option(
        4, "How often an interval between snapshots is halved where a point is not found again.", low=0, high=40
    )
    adam_steps: int = option(
        1000, "Steps a snapshot of the descent from the previous point, by Adam.", low=1, high=10**9
    )
    pause_steps: int = option(
        2000, "For how long the trajectory from a class' mean state is watched for its first pause.", low=1, high=10**9
    )
    noise: float = option(
        2.0,
        "Noise of the accuracies through training, as a factor on the trained standard deviation (the paper takes "
        "twice the nominal noise, without saying of what).",
        low=0,
        high=1000.0,
    )
    trials_per_class: int = option(200, "Test images a class for these accuracies.", low=1, high=1_000_000)
    random_starts: int = option(
        20,
        "Random starts at each introduction, whose points say how near to those of existing classes any point is.",
        low=1,
        high=1_000_000,
    )

    def __post_init__(self):
        check_ranges(self)


class Maps(Sequence):  # not of `Step`: see `History`
    """The autonomous maps of a history, each made when it is needed.

    Args:
        history: the networks.
        under: from a network to its map, that under the mean noise say.
    """

    def __init__(self, history: History, under: Callable[[MemoryNetwork], ConstantInput]):
        self.history, self.under = history, under

    def __len__(self) -> int:
        return len(self.history)

    def __getitem__(self, k: int) -> ConstantInput:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The k-th map."""
        return self.under(self.history[k])

    def some(self, chosen: slice) -> "Maps":
        """The maps at some of the steps."""
        return Maps(History(self.history.folder, self.history.steps[chosen]), self.under)

    @property
    def steps(self) -> tuple[int, ...]:
        """The training steps they belong to."""
        return self.history.steps


def points_to_follow(found: Needed, tracking: str, maps: Maps) -> tuple[np.ndarray, State]:
    """Which classes have a point to follow in this way, bool (class,), and the states of those that have, with a
    leading axis `point`.
    """
    of_search = found.dataset.sel(search=TRACKINGS[tracking])
    states = of_search["state"].values
    isolated = np.isin(of_search["outcome"].values.astype(str), outcome_words(np.array(ISOLATED)))
    known = np.asarray(isolated if tracking == "certified" else np.isfinite(states).all(1))
    return known, unflatten(states[known], maps.history[-1].unit.initial_state())


def follow(
    subject: Subject, settings: TrackSettings, found: Needed, maps: Maps, points: State, tracking: str, note: Note
) -> Tracks:
    """Points of the last map followed back.

    Args:
        subject: its vocabulary through training bounds the readouts.
        settings: the budget.
        found: the slow points, whose settings say what Adam minimises.
        maps: the network's, or some of them.
        points: states with a leading axis `point`.
        tracking: one of `TRACKINGS`.
        note: told in words, at each snapshot, where tracking is.
    """
    unit = maps.history[-1].unit
    left = iter(reversed(maps.steps))

    def label(step: Step, states: State) -> np.ndarray:
        at = next(left)
        assert isinstance(step, ConstantInput)
        note(f"tracking ({tracking}) over {len(maps)} snapshots, step {at:,}")
        return step.read_out(states, subject.shown(at))

    if tracking == "certified":
        return track(
            maps,
            points,
            domain=unit.domain(),
            label=label,
            solver=Newton(max_iterations=settings.newton_iterations),
            reach=settings.reach,
            splits=settings.splits,
        )
    return track(
        maps,
        points,
        domain=unit.domain(),
        coordinates=coordinates_of(unit, found.settings),
        label=label,
        solver=Adam(steps=settings.adam_steps),
        reach=np.inf,
        splits=0,
    )
