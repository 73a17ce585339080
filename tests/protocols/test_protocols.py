"""The paper's protocols, number by number (appendix C.1), and schedules in general."""

import pytest

from slowpoints._errors import InputError
from slowpoints.protocols import decu, naive, PROTOCOLS, Schedule, TIMETABLES, vocu

DECU = ((6, 8, 10, 12, 14, 16, 18, 20), tuple(1000 * k for k in (20, 30, 40, 50, 60, 70, 80)))
VOCU = ((2, 3, 4, 5, 6, 7, 8, 9, 10), tuple(1000 * k for k in (8, 16, 26, 36, 48, 62, 78, 98)))


def test_the_papers_delay_curriculum():
    protocol = decu()
    assert (protocol.longest_delay.values, protocol.longest_delay.breakpoints) == DECU
    assert protocol.vocabulary == Schedule((10,))


def test_the_papers_vocabulary_curriculum():
    protocol = vocu()
    assert (protocol.vocabulary.values, protocol.vocabulary.breakpoints) == VOCU
    assert protocol.longest_delay == Schedule((20,))


def test_the_papers_curricula_for_cifar10():
    times = TIMETABLES["cifar10"]
    delays, classes = decu(times=times), vocu(times=times)
    assert delays.longest_delay == Schedule(DECU[0], tuple(1000 * k for k in (30, 45, 60, 75, 90, 105, 120)))
    assert classes.vocabulary == Schedule(VOCU[0], tuple(1000 * k for k in (12, 24, 38, 54, 72, 92, 124, 140)))
    assert (delays.vocabulary, classes.longest_delay) == (Schedule((10,)), Schedule((20,)))
    assert times.steps == 200_000


def test_the_naive_protocol_is_the_full_task_from_the_start():
    protocol = naive()
    assert (protocol.longest_delay, protocol.vocabulary) == (Schedule((20,)), Schedule((10,)))
    assert protocol.breakpoints == ()


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("trial_steps", [5, 6, 7, 12, 13, 20, 31])
@pytest.mark.parametrize("classes", [1, 2, 3, 10, 26])
def test_every_protocol_ends_at_the_full_task(name, trial_steps, classes):
    protocol = PROTOCOLS[name](trial_steps=trial_steps, classes=classes)
    assert protocol.name == name
    assert protocol.longest_delay(139_999) == trial_steps
    assert protocol.vocabulary(139_999) == classes
    for schedule in (protocol.longest_delay, protocol.vocabulary):
        assert list(schedule.values) == sorted(set(schedule.values))
    if name == "VoCu" and classes > 1:
        assert protocol.vocabulary.values == tuple(range(2, classes + 1))
        if classes > 2:
            assert protocol.vocabulary.breakpoints[-1] == 98_000
    if name == "DeCu" and trial_steps > 6:
        assert protocol.longest_delay.values[0] == 6
        assert protocol.longest_delay.breakpoints[0] == 20_000
        assert protocol.longest_delay.breakpoints[-1] <= 80_000


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_tenth_of_the_time_keeps_the_proportions(name):
    protocol = PROTOCOLS[name]()
    short = protocol.scaled(0.1)
    for whole, tenth in [
        (protocol.longest_delay, short.longest_delay),
        (protocol.vocabulary, short.vocabulary),
    ]:
        assert tenth.values == whole.values
        assert [10 * b for b in tenth.breakpoints] == list(whole.breakpoints)
    assert short.name == name
    assert [10 * b for b in short.breakpoints] == list(protocol.breakpoints)


@pytest.mark.parametrize(("values", "breakpoints"), [DECU, VOCU])
def test_a_value_is_in_force_from_its_breakpoint_on(values, breakpoints):
    schedule = Schedule(values, breakpoints)
    assert schedule(0) == values[0]
    for k, b in enumerate(breakpoints):
        assert schedule(b - 1) == values[k]
        assert schedule(b) == values[k + 1]
    assert schedule(10**9) == values[-1]


@pytest.mark.parametrize(
    ("values", "breakpoints", "says"),
    [
        ((), (), "got 0 values and 0 breakpoints"),
        ((1, 2), (), "got 2 values and 0 breakpoints"),
        ((1,), (5,), "got 1 values and 1 breakpoints"),
        ((1, 2), (0,), r"above 0 and increase; got \(0,\)"),
        ((1, 2), (-3,), "above 0 and increase"),
        ((1, 2, 3), (5, 5), "above 0 and increase"),
        ((1, 2, 3), (5, 4), "above 0 and increase"),
    ],
)
def test_a_schedule_that_does_not_fit_is_refused(values, breakpoints, says):
    with pytest.raises(InputError, match=says):
        Schedule(values, breakpoints)


def test_a_curriculum_shortened_until_steps_coincide_is_refused():
    with pytest.raises(InputError, match="above 0 and increase"):
        vocu().scaled(1e-5)
