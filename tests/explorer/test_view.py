"""What is packed for the page is what was given, rounded; the committed script is that of the sources."""

import base64
import hashlib
import html
import json
import re
import zlib
from pathlib import Path

import jax.numpy as jnp
import numpy as np

import slowpoints.explorer
from slowpoints.explorer import Curves, Explorer, PointView, View
from slowpoints.interop import survey
from slowpoints.results import views
from tests.made_up import PARENTS, study

SOURCES = Path(__file__).parents[2] / "explorer"
NASTY = "</script><script>alert(1)</script> \"'\u202e &amp;"


def view(**changes) -> View:
    """Four trials of two classes, whose names are bad, and one point."""
    path = np.random.default_rng(0).normal(size=(4, 6, 3))
    modes = np.array([[1.0, 0, 0], [np.nan] * 3])
    point = PointView(path[0, -1], "edge", 0, NASTY, {NASTY: NASTY}, modes, np.array([0.5 + 0.5j]))
    given = {
        "title": NASTY,
        "group": NASTY,
        "classes": (NASTY, "b"),
        "share": np.array([0.5, 0.2, 0.1]),
        "time": np.arange(6),
        "path": path,
        "label": np.array([0, 0, 1, 1]),
        "points": (point,),
    }
    return View(**(given | changes))


def unpacked(packed: str) -> dict:
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def test_positions_come_back_within_a_step():
    one = view()
    plain = unpacked(one.packed())
    cloud = one.path.reshape(-1, 3)
    middle, half = (cloud.min(0) + cloud.max(0)) / 2, plain["half"]
    back = np.array([path["at"] for path in plain["paths"]]) / 1000 * half + middle
    np.testing.assert_allclose(back, one.path, atol=0.6e-3 * half + 1e-3 * half)
    assert np.abs(np.array([path["at"] for path in plain["paths"]])).max() == 1000
    assert plain["points"][0]["modes"] == [[1.0, 0.0, 0.0]]
    assert plain["points"][0]["spectrum"] == [[0.5, 0.5]]


def test_nothing_is_null_and_no_number_is_none_of_json():
    plain = view(retention=Curves(np.array([5, 20]), np.array([[100.0, np.nan], [1 / 3, 0.0]]))).plain()
    assert plain["retention"]["accuracy"] == [[100.0, None], [0.3333, 0.0]]
    json.dumps(plain, allow_nan=False)


def test_no_name_is_markup():
    page = Explorer((view(),), NASTY).html()
    assert page.count("<script") == 2
    assert "alert(1)</script>" not in page.replace(html.escape(NASTY), "")
    data = re.search(r'<script type="application/json">(.*?)</script>', page)
    assert data
    (listed,) = json.loads(data[1])
    assert (listed["title"], listed["group"]) == (NASTY, NASTY)
    frame = Explorer((view(),))._repr_html_()
    assert frame.startswith("<iframe")
    assert frame.count("<") == 2  # its own two tags: the page within is all attribute


def test_a_network_without_any_point_has_a_page():
    assert unpacked(view(points=()).packed())["points"] == []
    still = survey(lambda h: h + 1.0, like=np.zeros(2), starts=8, rounds=1)
    assert unpacked(still.explore().views[0].packed())["points"] == []


def test_a_survey_is_seen_from_its_own_components(tmp_path):
    found = survey(lambda h: jnp.tanh(2 * h), like=np.zeros(1), starts=16)
    page = found.explore(NASTY).save(tmp_path / "points.html")
    assert page.read_text().startswith("<!DOCTYPE html>")
    plain = unpacked(found.explore().views[0].packed())
    # h ↦ tanh 2h: the middle point is a repeller of slope 2, the others, at ±0.9575, attract.
    assert sorted(abs(point["spectrum"][0][0]) > 1 for point in plain["points"]) == [False, False, True]
    assert [len(point["modes"]) for point in plain["points"] if point["title"].endswith("repeller")] == [1]
    assert plain["share"] == [1.0, 0.0, 0.0]
    assert {plain["colours"][point["label"]] for point in plain["points"]} == {"attractor", "repeller"}


def test_a_study_s_networks_are_its_views():
    results = study(seeds=2)
    made = views(results)
    assert [one.title for one in made][:2] == ["GRU, DeCu, seed 0", "GRU, DeCu, seed 1"]
    decu, vocu = made[0], made[2]
    np.testing.assert_array_equal(decu.path[2], results["trajectories"]["path"].values[0, 1, 0])
    assert decu.retention is not None
    kept = results["extrapolation"]["delay_accuracy"].sel(split="test").isel(network=0)
    np.testing.assert_allclose(decu.retention.accuracy, 100 * kept.values.T)
    assert vocu.tracks is not None
    assert {k: int(parent) for k, parent in enumerate(vocu.tracks.parents) if parent >= 0} == {
        label: parents[0] for label, parents in PARENTS.items()
    }
    assert vocu.points[1].facts["Owned"] == "no: the search of class 0, 2 ended here too"
    assert vocu.points[4].facts["Came from"] == "the point of class 2"
    assert vocu.points[1].hollow
    assert made[-1].points[0].facts  # naive networks have trajectories, whatever they know
    without = views(study(seeds=2, without=("tracks", "lifetimes")))
    assert [sentence.split(";")[0] for sentence in without[0].lacks] == [
        "This study has not measured lifetimes of memories",
        "This study has not measured slow points tracked through training",
    ]


def test_the_committed_script_is_built_from_the_sources():
    hashed = hashlib.sha256()
    names = sorted([f"src/{path.name}" for path in (SOURCES / "src").iterdir()] + ["build.mjs", "package-lock.json"])
    for name in names:
        hashed.update(f"{name}\0".encode() + (SOURCES / name).read_bytes())
    assert hashed.hexdigest() in slowpoints.explorer.script()[:200], (
        "build it anew: cd explorer && npm ci && npm run build"
    )
