"""The results in examples/results open in this version, with neither a corpus nor a run."""

import json
import shutil
from pathlib import Path

import pytest

import findings
from slowpoints.claims import as_records, CLAIMS, judge
from slowpoints.claims._pages import with_verdicts
from slowpoints.report import write_report
from slowpoints.results import check_results
from slowpoints.study import results_of, Study
from slowpoints.training import checksum_of, load_network, snapshot_path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "examples" / "results"
STUDIES = sorted(path.parent for path in RESULTS.glob("*/study.json"))
WITH_WEIGHTS = [folder for folder in STUDIES if any(folder.glob("networks/*/snapshots"))]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them elsewhere: what was put together once is kept beside a study, and here for all tests."""
    return Path(shutil.copytree(RESULTS, tmp_path_factory.mktemp("root") / "examples" / "results"))


@pytest.mark.parametrize("folder", WITH_WEIGHTS, ids=lambda folder: folder.name)
def test_they_are_judged_and_reported(folder: Path, copies: Path, tmp_path: Path):
    results = results_of(Study.open(copies / folder.name))
    check_results(results)
    page = write_report(results, tmp_path / "report").read_text("utf-8")
    assert [claim.id for claim in CLAIMS if f'id="claim-{claim.id}"' not in page] == []


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_the_verdicts_beside_them_are_those_of_these_rules(folder: Path, copies: Path):
    judged = as_records(judge(results_of(Study.open(copies / folder.name))))
    told = json.loads((folder / "claims.json").read_text("utf-8"))
    assert list(map(_verdict, told)) == list(map(_verdict, judged))


def _verdict(record: dict) -> tuple:
    return record["id"], record["verdict"], record["rules"]["date"], record["rules"]["words"]


@pytest.mark.parametrize("page", [path for path in PAGES if "<!-- verdicts of" in path.read_text("utf-8")], ids=str)
def test_pages_say_what_they_are_judged(page: Path, copies: Path, monkeypatch):
    text = page.read_text("utf-8")
    monkeypatch.chdir(copies.parents[1])
    assert with_verdicts(text) == text, f"run python -m slowpoints.claims {page}"


def test_the_tables_of_what_we_found_are_those_of_the_results(copies: Path, monkeypatch):
    monkeypatch.setattr(findings, "RESULTS", copies)
    text = (ROOT / "docs" / "findings.md").read_text("utf-8")
    assert findings.with_tables(text) == text, "run python docs/findings.py"


@pytest.mark.parametrize("folder", WITH_WEIGHTS, ids=lambda folder: folder.name)
def test_their_weights_are_those_that_were_measured(folder: Path):
    study, found = Study.open(folder), 0
    for network, planned in study.networks.items():
        record = study.record(network)
        if record is None:
            continue
        path = snapshot_path(study.network_folder(network), planned.recipe.training.steps)
        assert checksum_of(path) == record.weights
        assert load_network(path).unit.units == planned.recipe.units
        found += 1
    assert found
