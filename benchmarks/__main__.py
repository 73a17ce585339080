"""Runs benchmarks, each in a process of its own, prints a table and keeps the records."""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from benchmarks import (
    across_inputs,
    ensembles,
    evaluation,
    front_end,
    gpu,
    large_states,
    scaling,
    search,
    studies,
    tracking,
    training,
)
from benchmarks.machine import in_a_process, limit_threads, run_conditions
from benchmarks.records import Record, write
from benchmarks.settings import CLOCKS, Settings
from benchmarks.table import table

BENCHMARKS: dict[str, Callable[[Settings], list[Record]]] = {
    "training.digits": training.digits_records,
    "training.digits-128": training.digits_128_records,
    "training.mnist": training.mnist_records,
    "training.cifar10": front_end.records,
    "evaluation.delay-1000": evaluation.delay_records,
    "evaluation.memory": evaluation.memory_records,
    "ensembles.digits": ensembles.digits_records,
    "ensembles.mnist": ensembles.mnist_records,
    "gpu.mnist": gpu.mnist_records,
    "scaling": scaling.training_records,
    "search.flip-flop": search.flip_flop_records,
    "search.digits": search.digits_records,
    "search.study": search.study_records,
    "search.study-short": search.short_study_records,
    "search.large": large_states.records,
    "search.inputs": across_inputs.records,
    "tracking.digits": tracking.digits_records,
    "tracking.study": tracking.study_records,
    "studies.overhead": studies.overhead_records,
    "studies.looking": studies.looking_records,
}

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """The command `python -m benchmarks`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all by default; {', '.join(BENCHMARKS)}, or a group")
    parser.add_argument("--threads", type=int, default=1, help="threads of each side (default 1)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each side is timed, in turn (default 3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a timing takes, about (default 2)")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="what counts (default wall; see the docs)")
    parser.add_argument("--study", type=Path, help="a study, as of MNIST, whose first GRU is searched and tracked")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where records go (benchmarks/results.json)")
    options = parser.parse_args()
    if min(options.threads, options.rounds) < 1 or not options.seconds > 0:
        parser.error("--threads and --rounds must be at least 1, --seconds more than 0.")
    chosen = [name for name in BENCHMARKS if not options.names or _is_named(name, options.names)]
    for given in options.names:
        if not any(_is_named(name, [given]) for name in BENCHMARKS):
            parser.error(f"{given} is no benchmark; choose from {', '.join(BENCHMARKS)}.")

    settings = Settings(options.threads, options.rounds, options.seconds, options.clock, options.study)
    limit_threads(settings.threads)
    failed = False
    run = run_conditions(settings)
    for name in chosen:
        run = run_conditions(settings)  # the load changes
        begun = time.perf_counter()
        try:
            records = in_a_process(BENCHMARKS[name], settings)
        except BrokenProcessPool:
            print(f"{name} did not end: its process was killed, as one that needs more memory than there is.")
            failed = True
            continue
        write(options.output, records, run)
        print(f"{name}: {time.perf_counter() - begun:.0f} s, load {run['load']}\n{table(records)}\n", flush=True)
    print(
        f"{', '.join(f'{package} {version}' for package, version in run['versions'].items())}, Python {run['python']}"
    )
    print(f"{run['processor']}, {run['processors']} processors; threads: {run['threads']} each; {run['clock']} clock")
    figure = options.output.with_suffix(".svg")
    scaling.draw(options.output, figure)
    print(f"Records: {options.output}; how costs grow: {figure}")
    sys.exit(failed)


def _is_named(name: str, given: list[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in given)


if __name__ == "__main__":
    main()
