"""One contract for every measurement that is listed; and a new one is one entry of the registry, nothing else."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import slowpoints
from slowpoints._errors import InputError
from slowpoints.claims import judge, Verdict
from slowpoints.measurements import labelled, Measurement, MEASUREMENTS, NoSettings, Variable, with_needs
from slowpoints.measurements._measurement import spread
from slowpoints.results import check_results, has
from slowpoints.study import config_from, config_to_mapping, missing_tasks, results_of, run_study, status_of, Study
from slowpoints.study._datasets import load_dataset
from tests.study.here import Here
from tests.study.tiny import CLASSES, finished, tiny_config

each = pytest.mark.parametrize("measurement", MEASUREMENTS.values(), ids=MEASUREMENTS)
DATASET_NAMES = {"method", "tolerance", "drop", "indexers", "missing_dims"}
"""Parameters of xarray's `sel` and `isel`: a dimension of such a name cannot be selected along by keyword."""


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    """The tiny study with everything measured that there is. Its config is changed, its networks are not."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    shutil.copytree(finished(tmp_path_factory).folder, folder)
    study = Study.open(folder).measuring(MEASUREMENTS)
    assert run_study(study, engine=Here()) == ()
    return study


@each
def test_a_measurement_says_what_it_is(measurement):
    assert MEASUREMENTS[measurement.name] is measurement
    assert measurement.what
    assert measurement.variables
    assert dataclasses.is_dataclass(measurement.settings)
    names = list(MEASUREMENTS)
    assert all(names.index(needed) < names.index(measurement.name) for needed in measurement.needs)
    assert set(measurement.dims) & DATASET_NAMES == set()
    for variable in measurement.variables.values():
        assert variable.description.endswith(".")
        assert variable.collected in (True, False)
    # The first variable tells whether anything was measured, so it must be in the results.
    assert next(iter(measurement.variables.values())).collected


@each
def test_a_measurement_gives_what_its_schema_says(measurement, study):
    for network in study.networks:
        dataset = load_dataset(study.dataset_paths(network, study.record(network))[measurement.name])
        assert set(dataset.data_vars) == set(measurement.variables)
        assert set(dataset.coords) == set(dataset.dims) == set(measurement.dims)
        for name, variable in measurement.variables.items():
            values = dataset[name]
            assert values.dims == variable.dims
            assert values.attrs["long_name"] == variable.description
            assert values.attrs.get("units", "") == variable.unit
            kind = {str: "U", int: "i", float: "f"}[type(variable.missing)]
            assert values.dtype.kind == kind, name


def test_the_results_of_a_real_study_are_as_the_schema_says(study):
    results = results_of(study)
    check_results(results)
    assert all(has(results, name) for name in MEASUREMENTS)


def test_what_a_measurement_needs_comes_with_it():
    assert with_needs(["tracks"]) == ("slow_points", "tracks")
    assert with_needs([]) == ()
    assert with_needs(MEASUREMENTS) == tuple(MEASUREMENTS)


CONTRIBUTING = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()


@pytest.fixture(scope="module")
def toy() -> Measurement:
    """The measurement that CONTRIBUTING.md writes from beginning to end, as it stands there but for its name: someone
    may just have added it.
    """
    (block,) = re.findall(r"```python\n(.*?)```", CONTRIBUTING, flags=re.DOTALL)
    names: dict = {}
    exec(compile(block, "CONTRIBUTING.md", "exec"), names)
    return dataclasses.replace(names["SATURATION"], name="toy")


def test_a_new_measurement_is_one_entry(toy, study, monkeypatch):
    """Config, options, running, freshness, status and results follow from the entry in the registry."""
    monkeypatch.setitem(MEASUREMENTS, toy.name, toy)
    config = tiny_config(Path(study.config.corpus_file or ""), measurements={"toy": {"above": 0.25}})
    assert config_from(config_to_mapping(config)) == config
    with pytest.raises(InputError, match=r"^measurements\.toy\.above must be from 0 to 1; got 2\.$"):
        tiny_config(Path("c"), measurements={"toy": {"above": 2.0}})
    grown = study.grown(config).measuring(["toy"])
    assert [task.kind for task in missing_tasks(grown)] == ["toy"] * 3
    assert run_study(grown, engine=Here()) == ()
    assert {status.tasks["toy"] for status in status_of(grown)} == {"done"}
    results = results_of(grown)
    check_results(results)
    counted = results["toy"]["saturated"]
    assert dict(counted.sizes) == {"network": 3, "class": CLASSES}
    for network in grown.networks:
        path = grown.dataset_paths(network, grown.record(network))["slow_points"]
        start = load_dataset(path)["start"].values[:, : grown.config.units]
        expected = np.where(np.isfinite(start).all(1), (np.abs(start) >= 0.25).sum(1), np.nan)
        np.testing.assert_array_equal(counted.sel(network=network), expected)
    other = grown.grown(tiny_config(Path(study.config.corpus_file or ""), measurements={"toy": {"above": 0.5}}))
    assert [task.kind for task in missing_tasks(other)] == ["toy"] * 3


@pytest.fixture
def without_lifetimes() -> Iterator[None]:
    """The registry without an entry, and afterwards with it in its place: the order of entries counts."""
    before = dict(MEASUREMENTS)
    del MEASUREMENTS["lifetimes"]
    yield
    MEASUREMENTS.clear()
    MEASUREMENTS.update(before)


@pytest.mark.usefixtures("without_lifetimes")
def test_a_measurement_that_is_taken_out_is_missed_by_nothing(study):
    content = config_to_mapping(study.config)
    del content["measurements"]["lifetimes"]
    content["networks"][0]["measurements"] = list(MEASUREMENTS)
    left = dataclasses.replace(study, config=config_from(content))
    assert missing_tasks(left) == []
    assert "lifetimes" not in {kind for status in status_of(left) for kind in status.tasks}
    results = results_of(left)
    check_results(results)
    assert set(results.children) == set(MEASUREMENTS)
    verdicts = {judgement.claim.id: judgement.evidence for judgement in judge(results)}
    assert verdicts[102].verdict is Verdict.NOT_TESTED
    assert verdicts[102].reason == "There is no measurement lifetimes in this version of slowpoints."


def test_the_package_does_without_a_measurement_whose_file_and_line_are_gone(study, tmp_path: Path):
    """An import of the measurement anywhere else would end this; so would a study that was measured with it."""
    package = tmp_path / "slowpoints"
    shutil.copytree(Path(slowpoints.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "measurements" / "_lifetimes.py").unlink()
    registry = package / "measurements" / "_registry.py"
    lines = registry.read_text().splitlines(keepends=True)
    left = [line for line in lines if "LIFETIMES" not in line]
    assert len(lines) - len(left) == 2
    registry.write_text("".join(left))
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from slowpoints import figures, judge, results_of, Study\n"
        "from slowpoints.study import config_to_yaml, PRESETS\n"
        "[config_to_yaml(preset) for preset in PRESETS.values()]\n"
        "results = results_of(Study.open(Path(sys.argv[1])))\n"
        "figures(results)\n"
        "print([judgement.evidence.reason for judgement in judge(results) if judgement.claim.id == 102])\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(study.folder)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.strip() == "['There is no measurement lifetimes in this version of slowpoints.']", said.stderr


def test_labelled_data_are_checked():
    schema = {"count": Variable(("class",), "How many.", missing=-1), "word": Variable((), "Which.", missing="")}
    made = labelled(schema, {"class": [0, 1]}, {"count": np.array([3, 4], np.int64)})
    assert made["count"].dtype == np.int32
    assert made["word"].values == ""
    with pytest.raises(ValueError, match="the schema has no variable counts; it has count, word"):
        labelled(schema, {"class": [0, 1]}, {"counts": [1, 2]})
    with pytest.raises(ValueError, match=r"count is of shape \(3,\), but \('class',\) are of \(2,\)"):
        labelled(schema, {"class": [0, 1]}, {"count": [1, 2, 3]})
    with pytest.raises(ValueError, match="count has nothing along one of"):
        labelled(schema, {"class": []}, {})


def test_rows_are_spread_over_all_classes():
    known = np.array([True, False, True])
    np.testing.assert_array_equal(spread(np.array([1.5, 2.5]), known, np.nan), [1.5, np.nan, 2.5])
    np.testing.assert_array_equal(spread(np.array([True, False]), known, -1), [1, -1, 0])
    words = spread(np.array(["edge", "slow point"]), known, "no start")
    np.testing.assert_array_equal(words, ["edge", "no start", "slow point"])
    assert words.dtype.kind == "U"


def test_a_measurement_without_options_has_none():
    assert NoSettings() == NoSettings()
    assert dataclasses.fields(NoSettings) == ()
