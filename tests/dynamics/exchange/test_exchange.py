"""Points that leave the program and come back are the same points."""

from types import SimpleNamespace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from slowpoints._errors import InputError
from slowpoints.dynamics import (
    find_slow_points,
    from_fixed_point_finder,
    from_xarray,
    load_points,
    Newton,
    Outcome,
    save_points,
    SlowPoints,
    to_fixed_point_finder,
    to_xarray,
)
from slowpoints.dynamics.exchange._form import COLUMNS

from ..maps import henon, TanhUnits

STARTS = np.array([[0.9, 0.5, -0.8], [0.0, 0.1, 0.0], [0.5, -0.5, 0.0]])
TANH = TanhUnits(jnp.array([1.5, 2.0, 3.0]))


class Pair(NamedTuple):
    x: np.ndarray
    y: np.ndarray


def found(form) -> SlowPoints:
    """Points of the Hénon map on a state of some form; some unfinished, with complex eigenvalues."""
    step = lambda state: form(*henon(tuple(state.values()) if isinstance(state, dict) else tuple(state)))
    starts = form(np.array([0.6, -1.1, 40.0]), np.array([0.2, -0.3, 90.0]))
    return find_slow_points(step, starts, solver=Newton(max_iterations=40))


FORMS = {
    "array": lambda: find_slow_points(TANH, STARTS),
    "tuple": lambda: found(lambda x, y: (x, y)),
    "list": lambda: found(lambda x, y: [x, y]),
    "dict": lambda: found(lambda x, y: {"x": x, "a": y}),
}


def assert_same(ours, theirs):
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for mine, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_array_equal(mine, other)
        assert mine.dtype == other.dtype
        assert not other.flags.writeable


@pytest.mark.parametrize("form", FORMS)
def test_a_file_gives_back_every_bit(form, tmp_path):
    points = FORMS[form]()
    save_points(points, tmp_path / "points.safetensors")
    assert_same(points, load_points(tmp_path / "points.safetensors"))
    assert [path.name for path in tmp_path.iterdir()] == ["points.safetensors"]


@pytest.mark.parametrize("form", FORMS)
def test_a_dataset_gives_back_every_bit(form):
    points = FORMS[form]()
    dataset = to_xarray(points)
    assert dict(dataset.sizes) == {"point": 3, "coordinate": 3 if form == "array" else 2} | {
        "eigenvalue": points.eigenvalues.shape[1]
    }
    assert_same(points, from_xarray(dataset))
    np.testing.assert_allclose(dataset["root_speed"] ** 2, points.speed, rtol=1e-14, atol=1e-300)
    assert list(dataset["outcome"].values) == [o.name.lower().replace("_", " ") for o in points.outcomes]


def test_a_dataset_can_be_chosen_from_and_kept_by_zarr(tmp_path):
    import xarray as xr

    points = FORMS["dict"]()
    to_xarray(points).to_zarr(tmp_path / "points.zarr", zarr_format=2)
    with xr.open_zarr(tmp_path / "points.zarr") as kept:
        some = from_xarray(kept.load().isel(point=[2, 0]))
    np.testing.assert_array_equal(some.speed, points.speed[[2, 0]])
    np.testing.assert_array_equal(some.state["a"], points.state["a"][[2, 0]])
    np.testing.assert_array_equal(some.eigenvalues, points.eigenvalues[[2, 0]])


def test_coordinates_are_labelled_by_their_place():
    assert list(to_xarray(FORMS["array"]()).coordinate.values) == ["[0]", "[1]", "[2]"]
    assert list(to_xarray(FORMS["dict"]()).coordinate.values) == ["['a']", "['x']"]


def test_a_form_without_a_name_comes_back_with_a_state_like_it(tmp_path):
    points = found(Pair)
    save_points(points, tmp_path / "points.safetensors")
    with pytest.raises(InputError, match="like must be given"):
        load_points(tmp_path / "points.safetensors")
    assert_same(points, load_points(tmp_path / "points.safetensors", like=Pair(np.zeros(()), np.zeros(()))))
    assert_same(points, from_xarray(to_xarray(points), like=Pair(np.zeros(()), np.zeros(()))))
    with pytest.raises(InputError, match="like must have 2 arrays, as the points' states have, not 1"):
        load_points(tmp_path / "points.safetensors", like=np.zeros(2))


def test_the_same_points_give_the_same_file(tmp_path):
    points, written = FORMS["array"](), set()
    for _ in range(20):
        save_points(points, tmp_path / "points.safetensors")
        written.add((tmp_path / "points.safetensors").read_bytes())
    assert len(written) == 1


def test_files_that_are_none_are_said_to_be_none(tmp_path):
    with pytest.raises(InputError, match=r"none\.safetensors does not exist"):
        load_points(tmp_path / "none.safetensors")
    path = tmp_path / "points.safetensors"
    save_points(FORMS["array"](), path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="is damaged or no file of slow points"):
        load_points(path)
    save_file({"weights": np.zeros(3)}, path)
    with pytest.raises(InputError, match="no file of slow points that this version reads: its format is not stated"):
        load_points(path)


@pytest.mark.parametrize("name", ["speed", "eigenvalues", "state.0"])
def test_an_incomplete_file_is_said_to_be_incomplete(name, tmp_path):
    path = tmp_path / "points.safetensors"
    save_points(FORMS["array"](), path)
    with safe_open(path, framework="numpy") as file:
        metadata, arrays = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    for changed in ({key: array for key, array in arrays.items() if key != name}, arrays | {name: arrays[name][:1]}):
        save_file(changed, path, metadata=metadata)
        with pytest.raises(InputError, match=r"points\.safetensors is an incomplete file of slow points|must have"):
            load_points(path)


def test_a_dataset_that_is_none_is_said_to_be_none():
    dataset = to_xarray(FORMS["array"]()).drop_vars("speed")
    with pytest.raises(InputError, match="but it has no speed\\."):
        from_xarray(dataset)


def test_fixed_point_finder_gets_its_own_names():
    points = find_slow_points(TANH, STARTS)
    arrays = to_fixed_point_finder(TANH, points, starts=STARTS, input=np.array([0.5, 0.25]))
    w = np.array([1.5, 2.0, 3.0])
    x = points.state
    np.testing.assert_array_equal(arrays["xstar"], x)
    np.testing.assert_array_equal(arrays["x_init"], STARTS)
    np.testing.assert_array_equal(arrays["inputs"], [[0.5, 0.25]] * 3)
    np.testing.assert_allclose(arrays["F_xstar"], np.tanh(w * x), rtol=1e-14)
    np.testing.assert_allclose(arrays["qstar"], 0.5 * np.sum((np.tanh(w * x) - x) ** 2, axis=1), atol=1e-30)
    slopes = w * (1 - np.tanh(w * x) ** 2)
    np.testing.assert_allclose(arrays["J_xstar"], [np.diag(row) for row in slopes], rtol=1e-13)
    np.testing.assert_array_equal(arrays["is_stable"], (slopes < 1).all(axis=1))
    vectors, values = arrays["eigvec_J_xstar"], arrays["eigval_J_xstar"]
    np.testing.assert_allclose(arrays["J_xstar"] @ vectors, vectors * values[:, None], atol=1e-13)
    assert set(arrays) == {"xstar", "x_init", "inputs", "F_xstar", "qstar", "n_iters"} | {
        "J_xstar", "eigval_J_xstar", "eigvec_J_xstar", "is_stable",
    }  # fmt: skip


def test_fixed_point_finder_s_points_are_finished_and_certified():
    """In float32 and a little off, as its search leaves them; and one that is no point at all."""
    known = TANH.fixed_points()[[0, 13, 26]]
    theirs = SimpleNamespace(xstar=(known + 1e-4).astype(np.float32), qstar=np.zeros(3))
    ours = from_fixed_point_finder(TANH, theirs, domain=(-1.0, 1.0))
    assert ours.outcomes == (Outcome.FIXED_POINT,) * 3
    np.testing.assert_allclose(ours.state, known, atol=1e-12)
    pair = from_fixed_point_finder(henon, {"xstar": [[0.6, 0.2]]}, like=(np.zeros(()), np.zeros(())))
    x = (-0.7 + np.sqrt(0.7**2 + 4 * 1.4)) / 2.8  # of 1.4 x² + 0.7 x − 1 = 0
    np.testing.assert_allclose([pair.state[0][0], pair.state[1][0]], [x, 0.3 * x], atol=1e-12)
    with pytest.raises(InputError, match="points must have xstar"):
        from_fixed_point_finder(TANH, {"x": known})
    with pytest.raises(InputError, match="xstar must be"):
        from_fixed_point_finder(TANH, {"xstar": known}, like=np.zeros(2))


@pytest.mark.unchecked
def test_points_are_taken_by_rows_slices_and_masks():
    points = FORMS["tuple"]()
    assert len(points) == 3
    chosen = points[points.outcome != Outcome.UNFINISHED]
    assert len(chosen) == 2
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(chosen, name), getattr(points, name)[:2])
        np.testing.assert_array_equal(getattr(points[np.array([2, 0])], name), getattr(points, name)[[2, 0]])
        np.testing.assert_array_equal(getattr(points[1:], name), getattr(points, name)[1:])
    assert not chosen.state[0].flags.writeable
    with pytest.raises(InputError, match="taken by a slice, an array of rows or a mask, not by 1"):
        points[1]
