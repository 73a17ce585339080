"""The paper's tables from made-up results."""

import numpy as np
import pytest

from slowpoints.report._performance import NOMINAL, plus_minus, RETRIEVAL
from slowpoints.report._section import Findings
from slowpoints.report._summaries import READINGS, retrieval_accuracies
from tests.made_up import study


@pytest.fixture(scope="module")
def results():
    made = study(seeds=2, units=("gru", "lstm"))
    group = made["extrapolation"].to_dataset()
    made["extrapolation"] = group.assign(same_time_accuracy=group["same_time_accuracy"] / 2)
    return made


def test_a_second_retrieval_is_told_in_both_readings(results):
    accuracies = retrieval_accuracies(results)
    assert list(accuracies["trigger"].values) == ["First trigger", "Second trigger", "Difference"]
    group = results["extrapolation"].to_dataset()
    chosen = group["network"][((group["protocol"] == "VoCu") & (group["unit"] == "lstm")).values]
    for name, words in READINGS.items():
        first, second = 100 * group[name].sel(network=chosen, split="train").mean("class").transpose("retrieval", ...)
        here = accuracies.sel(
            setting="digits, LSTM, sigmoid readout", protocol="VoCu", split="train", reading=words
        )  # fmt: skip
        for trigger, values in (("First trigger", first), ("Second trigger", second), ("Difference", first - second)):
            assert here["mean"].sel(trigger=trigger) == pytest.approx(values.mean().item())
            error = values.std(ddof=1).item() / np.sqrt(2)
            assert here["standard_error"].sel(trigger=trigger) == pytest.approx(error, abs=1e-9)


def test_tables_have_the_papers_rows_and_say_what_their_error_is(results):
    findings = Findings(results, ())
    tables = RETRIEVAL.data(findings)["made"]
    assert len(tables) == 4  # two readings, on training and on test images
    for table in tables:
        assert table["head"] == ["", "", "DeCu", "VoCu", "Naive"]
        assert [row[:2] for row in table["rows"][:3]] == [
            ["GRU, sigmoid readout", "First trigger"], ["", "Second trigger"], ["", "Difference"],
        ]  # fmt: skip
        assert table["caption"].endswith("mean ± standard error over networks; n = 2 networks a setting (DeCu), "
                                         "2 (VoCu), 2 (naive).")  # fmt: skip
    gru, lstm = NOMINAL.data(findings)["made"]
    assert [row[:2] for row in gru["rows"]] == [
        ["Training set", "Null"], ["", "Classes"], ["Test set", "Null"], ["", "Classes"],
    ]  # fmt: skip
    assert "mean ± standard error over networks; n = 2 networks (DeCu)" in lstm["caption"]


@pytest.mark.parametrize(
    ("mean", "error", "words"),
    [
        (-0.04, 0.01, "0.0 ± 0.0"),
        (-0.06, np.nan, "−0.1"),
        (12.34, 1.25, "12.3 ± 1.2"),
        (np.nan, np.nan, "–"),
    ],
)
def test_a_mean_is_told_with_its_error_and_nothing_is_minus_zero(mean, error, words):
    assert plus_minus(mean, error) == words
