"""Stopping when asked to, and what becomes of a training whose files are damaged."""

import math

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from slowpoints._errors import Damaged
from slowpoints.training import load_metrics, load_network, snapshot_path, snapshot_steps, Stopped
from slowpoints.training._checkpoints import state_path, state_steps
from slowpoints.training._sums import SUMS
from tests.training import tiny

OPTIONS = {"record_every": 4, "snapshot_every": 6}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    tiny.run([folder], **OPTIONS)
    return lasting(folder)


def lasting(folder):
    """What a training leaves: its snapshots and metrics."""
    files = tiny.files(folder).items()
    return {name: content for name, content in files if "state" not in name and name != SUMS}


def half_done(folder, steps: int = 10, **options):
    """A training that stopped after so many steps."""
    left = iter(range(steps - 1, -1, -1))
    with pytest.raises(Stopped):
        tiny.run([folder], chunk_seconds=0.0, asked_to_stop=lambda: next(left) == 0, **OPTIONS | options)


def went_on(folder) -> list[str]:
    """Goes on to the end; what was remarked."""
    remarks = []
    tiny.run([folder], remark=remarks.append, **OPTIONS)
    return remarks


def test_chunks_change_no_bit(tmp_path, undisturbed):
    tiny.run([tmp_path], chunk_seconds=0.0, **OPTIONS)
    assert lasting(tmp_path) == undisturbed


@pytest.mark.parametrize("steps", range(1, 12))
def test_stopped_after_any_step_it_has_saved_and_goes_on_to_the_same_bits(steps, tmp_path, undisturbed):
    half_done(tmp_path, steps)
    assert state_steps(tmp_path)[-1] == steps
    assert went_on(tmp_path) == []
    assert lasting(tmp_path) == undisturbed


def flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize("spoil", [flip, truncate])
def test_a_damaged_state_is_set_aside_for_the_one_before_it(spoil, tmp_path, undisturbed):
    half_done(tmp_path)
    assert state_steps(tmp_path) == (8, 10)
    spoil(state_path(tmp_path, 10))
    (remark,) = went_on(tmp_path)
    assert remark.startswith(f"{state_path(tmp_path, 10)} was damaged (its checksum is not the one in SHA256SUMS)")
    assert remark.endswith("it is set aside as step-0000010.safetensors.damaged.")
    assert lasting(tmp_path) == undisturbed


def test_a_state_that_is_not_finite_is_set_aside_for_the_one_before_it(tmp_path, undisturbed):
    half_done(tmp_path)
    (tmp_path / SUMS).unlink()
    path = state_path(tmp_path, 10)
    arrays = load_file(path)
    arrays["network.readout.bias"][0] = math.nan
    save_file(arrays, path)
    (remark,) = went_on(tmp_path)
    assert "was damaged (not all of its numbers are finite)" in remark
    assert lasting(tmp_path) == undisturbed


def test_a_state_under_another_step_s_name_is_not_used(tmp_path, undisturbed):
    half_done(tmp_path)
    (tmp_path / SUMS).unlink()
    state_path(tmp_path, 10).write_bytes(state_path(tmp_path, 8).read_bytes())
    (remark,) = went_on(tmp_path)
    assert "it holds the state of step 8" in remark
    assert lasting(tmp_path) == undisturbed


def test_damaged_metrics_are_made_anew_from_the_beginning(tmp_path, undisturbed):
    half_done(tmp_path)
    flip(tmp_path / "metrics.safetensors")
    (remark,) = went_on(tmp_path)
    assert "metrics.safetensors was damaged" in remark
    (tmp_path / "metrics.safetensors.damaged").unlink()
    assert lasting(tmp_path) == undisturbed


def test_missing_metrics_are_made_anew_from_the_beginning(tmp_path, undisturbed):
    half_done(tmp_path)
    (tmp_path / "metrics.safetensors").unlink()
    (remark,) = went_on(tmp_path)
    assert "metrics.safetensors is missing" in remark
    assert lasting(tmp_path) == undisturbed


def test_a_damaged_snapshot_is_not_read(tmp_path):
    tiny.run([tmp_path], **OPTIONS)
    flip(snapshot_path(tmp_path, 6))
    with pytest.raises(Damaged, match=r"step-0000006\.safetensors is damaged"):
        load_network(snapshot_path(tmp_path, 6))
    snapshot_path(tmp_path, 6).write_bytes(snapshot_path(tmp_path, 12).read_bytes())
    (tmp_path / SUMS).unlink()
    with pytest.raises(Damaged, match="it holds the weights of step 12"):
        load_network(snapshot_path(tmp_path, 6))


def test_a_damaged_list_of_checksums_is_said_to_be_so(tmp_path):
    tiny.run([tmp_path], **OPTIONS)
    flip(tmp_path / SUMS)
    with pytest.raises(Damaged, match="SHA256SUMS is damaged"):
        load_metrics(tmp_path)


def test_what_another_program_lays_beside_snapshots_is_no_snapshot(tmp_path):
    tiny.run([tmp_path], **OPTIONS)
    for name in ("step-0000006 (conflicted copy).safetensors", "step-6.safetensors", "step-0000006.safetensors.tmp"):
        (tmp_path / "snapshots" / name).write_bytes(b"")
    assert snapshot_steps(tmp_path) == (0, 6, 12)


def test_a_training_begun_without_checksums_goes_on(tmp_path, undisturbed):
    """As a folder of an earlier version, whose states have no sums of a part of an interval either."""
    half_done(tmp_path, 8)
    (tmp_path / SUMS).unlink()
    path = state_path(tmp_path, 8)
    arrays = load_file(path)
    assert all(np.all(array == 0) for name, array in arrays.items() if name.startswith("seen."))
    save_file({name: array for name, array in arrays.items() if not name.startswith("seen.")}, path)
    assert went_on(tmp_path) == []
    assert lasting(tmp_path) == undisturbed
