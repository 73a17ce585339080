"""Large studies: what a network costs beyond its own work, and how long it takes to look at ten thousand.

The studies are made up: four tiny networks are trained and measured, and others' records and measurements are written
as theirs with a little noise. What is timed reads them like any other study's.
"""

import dataclasses
import gzip
import io
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.io import netcdf_file

from benchmarks.machine import in_a_process, lacks, peak_memory
from benchmarks.records import Record
from benchmarks.settings import Settings
from slowpoints._display import status_table
from slowpoints.claims import judge, Verdict
from slowpoints.engines import Dask, Engine, Processes, Serial
from slowpoints.study import config_from, results_of, run_study, status_of, Study
from slowpoints.study._json import write_json
from slowpoints.study._record import record_path
from slowpoints.training import snapshot_path

NETWORKS, MANY = 1_000, 10_000
CLASSES, SIDE, STEPS = 3, 5, 60


def overhead_records(settings: Settings) -> list[Record]:
    """What a network costs beyond its own work, where each has one small task."""
    records = []
    for name in ("processes", "dask"):
        sentence = lacks("distributed") if name == "dask" else None
        wall, client = (None, None) if sentence else in_a_process(_overhead, NETWORKS, name)
        note = sentence or f"{NETWORKS:,} networks, one task each, two workers that are there already."
        of = f"studies.overhead.{name}"
        records.append(Record(of, "s", ours=wall, n=NETWORKS, note=f"Workers' time. {note}"))
        records.append(
            Record(f"{of}-client", "s", ours=client, n=NETWORKS, note=f"The command's processor time. {note}")
        )
    return records


def looking_records(settings: Settings) -> list[Record]:
    """`status` and `claims` of ten thousand networks."""
    seen = in_a_process(_looking, MANY, settings.now) + in_a_process(_judging, MANY, settings.now)
    return [Record(f"studies.looking.{name}", unit, ours=value, n=MANY) for name, unit, value in seen]


class _Started:
    """An engine that is running already, and counts how long its tasks took."""

    def __init__(self, engine: Engine):
        self.engine, self.seconds = engine, 0.0

    @property
    def slots(self) -> int:
        return self.engine.slots

    def submit(self, function: Any, /, *arguments: Any) -> Future[Any]:
        future = self.engine.submit(function, *arguments)
        future.add_done_callback(self._count)
        return future

    def _count(self, done: Future[Any]) -> None:
        self.seconds += done.result().seconds

    def __enter__(self) -> "_Started":
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        pass


def _overhead(networks: int, name: str) -> tuple[float, float]:
    with TemporaryDirectory() as folder:
        study = _made_up(Path(folder), networks, trained_only=True)
        with Dask(workers=2) if name == "dask" else Processes(2) as engine:
            # Workers import and compile at their first task.
            for future in [engine.submit(_warm_up, study) for _ in range(engine.slots)]:
                future.result()
            started = _Started(engine)
            began, computed = time.monotonic(), time.process_time()
            failures = run_study(study, only=["learning"], engine=started)
            wall, computed = time.monotonic() - began, time.process_time() - computed
            slots = engine.slots
        assert failures == ()
        return (wall * slots - started.seconds) / networks, computed / networks


def _warm_up(study: Study) -> None:
    study.open_corpus()


def _looking(networks: int, now: Callable[[], float]) -> list[tuple[str, str, float]]:
    with TemporaryDirectory() as folder:
        study = _made_up(Path(folder), networks)
        before, began = peak_memory(), now()
        statuses = status_of(Study.open(study.folder))
        status_table(statuses)
        status = now() - began
        assert {mark for each in statuses for mark in each.tasks.values()} == {"done"}
        began = now()
        results_of(Study.open(study.folder))
        first = now() - began
        began = now()
        judge(results_of(Study.open(study.folder)))
        again = now() - began
        return [
            ("status", "s", status),
            ("results-made", "s", first),
            ("claims-of-copy", "s", again),
            ("memory-before", "MiB", before),
            ("memory", "MiB", peak_memory()),
        ]


def _judging(networks: int, now: Callable[[], float]) -> list[tuple[str, str, float]]:
    """All claims at once: ten classes, every measurement of a study's defaults, two units, DeCu and VoCu."""
    from tests.made_up import study

    results = study(
        seeds=networks // 4,
        units=("gru", "lstm"),
        protocols=("DeCu", "VoCu"),
        corpus="mnist",
        without=("clouds", "tracks"),
    )
    began = now()
    judged = judge(results)
    seconds = now() - began
    assert sum(each.evidence.verdict is not Verdict.NOT_TESTED for each in judged) > 5
    return [("claims", "s", seconds), ("claims-memory", "MiB", peak_memory())]


def _made_up(folder: Path, networks: int, *, trained_only: bool = False) -> Study:
    """A study of so many networks, finished or trained only: four are done, the others are these with noise."""
    file = _corpus(folder / "corpus.npz")
    protocols = ["DeCu", "VoCu", "naive", "a"]
    config = {
        "name": "made-up", "corpus": "arrays", "corpus_file": str(file), "units": 6, "protocol": protocols, "seeds": 1,
        "schedules": {"a": {"vocabulary": 3}}, "records": 6, "snapshots": 3, "task": {"trial_steps": 8},
        "training": {"steps": STEPS, "batch": 4, "rate": 0.05, "noise_bank": 8},
        "measurements": {
            "extrapolation": {"delays": [5, 8], "noise": [1.0, 2.0], "trials_per_class": 4, "first_trigger": 5,
                              "second_trigger": 7},
            "slow_points": {"delay": 5, "images_per_class": 4, "newton_iterations": 5, "adam_steps": 5},
            "lifetimes": {"max_steps": 500, "draws": 4},
        },
    }  # fmt: skip
    base = config_from(config)
    study = Study.create(base, folder / "study")
    failures = run_study(study, only=[] if trained_only else None, engine=Serial())
    assert failures == ()
    kept = {}
    for network, planned in study.networks.items():
        record = study.record(network)
        assert record is not None
        paths = study.dataset_paths(network, record)
        measured = {name: _Measured(path) for name, path in paths.items() if path.exists()}
        last = snapshot_path(study.network_folder(network), STEPS).read_bytes()
        metrics = (study.network_folder(network) / "metrics.safetensors").read_bytes()
        kept[planned.recipe.protocol.name] = record, measured, last, metrics
    study = study.grown(config_from({"seeds": networks // len(protocols)}, base=base))
    study.save()
    random = np.random.default_rng(0)
    for network, planned in study.networks.items():
        record, measured, last, metrics = kept[planned.recipe.protocol.name]
        own = dataclasses.replace(record, network=network)
        place = study.network_folder(network)
        write_json(record_path(place), dataclasses.asdict(own), flush=False)
        for name, path in study.dataset_paths(network, own).items():
            if name in measured:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(measured[name].with_noise(path.name, random))
        if trained_only:
            snapshot_path(place, STEPS).parent.mkdir(exist_ok=True)
            snapshot_path(place, STEPS).write_bytes(last)
            (place / "metrics.safetensors").write_bytes(metrics)
            (place / "SHA256SUMS").unlink(missing_ok=True)
    return study


class _Measured:
    """A measurement's file, to be written again with a little noise on its numbers."""

    def __init__(self, path: Path):
        self._content = gzip.decompress(path.read_bytes())
        with netcdf_file(io.BytesIO(self._content), mmap=False) as file:
            # Labels stay, or every network would have others.
            held = [held for name, held in file.variables.items() if held.dimensions != (name,)]
            numbers = [each.data for each in held if each.data.dtype.kind == "f"]
        # NetCDF 3 holds a variable as its plain numbers; those that are nothing but NaN have no place of their own.
        varied = [values for values in numbers if np.isfinite(values).any()]
        self._numbers = [(self._content.index(values.tobytes()), values) for values in varied]

    def with_noise(self, name: str, random: np.random.Generator) -> bytes:
        """The file under another name, not flushed to disk."""
        content = bytearray(self._content)
        for at, values in self._numbers:
            content[at : at + values.nbytes] = (values * random.uniform(0.9, 1.0, values.shape)).astype(">f8").tobytes()
        packed = io.BytesIO()
        with gzip.GzipFile(name, "wb", compresslevel=1, fileobj=packed, mtime=0) as file:
            file.write(content)
        return packed.getvalue()


def _corpus(path: Path) -> Path:
    """Ten images a class: one bright row each, in a little noise."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(CLASSES), 10)
    images = random.uniform(0, 0.1, (len(labels), SIDE, SIDE))
    images[np.arange(len(labels)), labels] += 0.9
    np.savez(path, images=images.astype(np.float32), labels=labels)
    return path
