"""The task as trained, and beyond: tables 1–6 in the paper's layout, and figure 2."""

import itertools
import math

import xarray as xr

from slowpoints.plots import mean_and_error
from slowpoints.report._section import Findings, Section
from slowpoints.report._summaries import nominal_accuracies, retrieval_accuracies


def plus_minus(mean: float, error: float, digits: int = 1) -> str:
    """A mean and its standard error; the mean alone where there is no error, a dash without either."""
    if not math.isfinite(mean):
        return "–"
    words = f"{mean:z.{digits}f}" + (f" ± {error:.{digits}f}" if math.isfinite(error) else "")
    return words.replace("-", "−")


def _cell(cell: xr.Dataset) -> str:
    return plus_minus(float(cell["mean"]), float(cell["standard_error"]))


def _title(protocol: str) -> str:
    return "Naive" if protocol == "naive" else protocol


def _nominal(findings: Findings) -> dict:
    accuracies = nominal_accuracies(findings.results)
    names = [str(name) for name in accuracies["protocol"].values]
    made = []
    for label in accuracies["setting"].values:
        here = accuracies.sel(setting=label)
        rows = [
            [words if output == "Null" else "", output]
            + [_cell(here.sel(protocol=name, split=split, output=output)) for name in names]
            for split, words in (("train", "Training set"), ("test", "Test set"))
            for output in ("Null", "Classes")
        ]
        caption = f"{label}: accuracy in %, {mean_and_error(here)}."
        made.append({"head": ["", "", *map(_title, names)], "rows": rows, "caption": caption, "headings": 2})
    return {"made": made}


def _retrieval(findings: Findings) -> dict:
    accuracies = retrieval_accuracies(findings.results)
    names = [str(name) for name in accuracies["protocol"].values]
    made = []
    for reading, corpus, split in itertools.product(
        accuracies["reading"].values, dict.fromkeys(accuracies["corpus"].values.tolist()), ("train", "test")
    ):
        here = accuracies.sel(reading=reading, split=split)
        here = here.isel(setting=(here["corpus"] == corpus).values)
        rows = [
            [label.removeprefix(f"{corpus}, ") if trigger == "First trigger" else "", trigger]
            + [_cell(here.sel(setting=label, trigger=trigger, protocol=name)) for name in names]
            for label in map(str, here["setting"].values)
            for trigger in here["trigger"].values
        ]
        images = "training" if split == "train" else "test"
        caption = f"{corpus}, {images} images; {reading}: accuracy in %, {mean_and_error(here)}."
        made.append({"head": ["", "", *map(_title, names)], "rows": rows, "caption": caption, "headings": 2})
    return {"made": made}


NOMINAL = Section("nominal", "The task as trained", ("extrapolation",), _nominal, '{{ tables(made, class="numbers") }}')

BEYOND = Section(
    "extrapolation",
    "Beyond training",
    ("extrapolation",),
    lambda findings: {},
    '{{ figure("extrapolation") }}',
)

RETRIEVAL = Section(
    "retrieval",
    "Second retrieval",
    ("extrapolation",),
    _retrieval,
    '{{ tables(made, class="numbers") }}{{ figure("second_retrieval") }}',
)
