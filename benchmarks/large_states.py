"""Memory and time that the slow points of a large network take, with and without matrices.

    python benchmarks/large_states.py [--solver newton-krylov|newton] [--units 2000] [--points 3] [--noise 0.05]

The network is a GRU with random recurrent weights, changed by as little as makes given states its fixed points, so
that the true error of every point found is known. The search starts from these states with noise added. Peak memory is
the whole process's, so run one solver a process. Nothing is written.
"""

import argparse
import importlib.metadata
import os
import platform
import resource
import sys
import time
from collections import Counter

import numpy as np

from training import processor

GAIN = 1.5


def planted_gru(units: int, points: int, random: np.random.Generator) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Weights of a GRU, with an input that is zero, and states that are its fixed points to within rounding.

    A state is fixed where its candidate is the state itself: tanh(U(r∘h) + b) = h. That is one linear equation for U a
    point; of U's random start it changes only what acts on the span of these r∘h.
    """
    recurrent = GAIN * random.normal(size=(units, 3 * units)) / units**0.5
    bias = 0.1 * random.normal(size=3 * units)
    states = random.uniform(-0.9, 0.9, size=(points, units))
    reset = 1 / (1 + np.exp(-(states @ recurrent[:, units : 2 * units] + bias[units : 2 * units])))
    gated = reset * states
    wanted = np.arctanh(states) - bias[2 * units :]
    candidate = recurrent[:, 2 * units :]
    recurrent[:, 2 * units :] += np.linalg.pinv(gated) @ (wanted - gated @ candidate)
    weights = {"input": np.zeros((1, 3 * units)), "trigger": np.zeros(3 * units), "recurrent": recurrent, "bias": bias}
    return weights, states


def peak_memory() -> float:
    """GiB of memory that the process has held at most."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--solver", choices=["newton-krylov", "newton"], default="newton-krylov")
    parser.add_argument("--units", type=int, default=2000, help="(default 2000)")
    parser.add_argument("--points", type=int, default=3, help="planted fixed points, each a start (default 3)")
    parser.add_argument("--noise", type=float, default=0.05, help="added to every unit of a start (default 0.05)")
    parser.add_argument("--threads", type=int, default=1, help="threads (default 1)")
    options = parser.parse_args()
    if not 1 <= options.points < options.units or options.threads < 1 or options.noise < 0:
        parser.error("--points must be at least 1 and fewer than --units, --threads at least 1, --noise at least 0.")
    # Before XLA starts its threads; it sizes its pool by NPROC.
    for variable in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(options.threads)
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax

    from slowpoints.dynamics import find_slow_points, Newton, NewtonKrylov
    from slowpoints.networks import GRU
    from slowpoints.networks._unit import Weights

    random = np.random.default_rng(0)
    weights, states = planted_gru(options.units, options.points, random)
    with jax.enable_x64(True):
        unit = GRU(Weights(**{name: jax.numpy.asarray(array) for name, array in weights.items()}))
    step = jax.tree_util.Partial(GRU.step, unit, drive=unit.weights.bias)
    starts = np.clip(states + options.noise * random.normal(size=states.shape), -1, 1)
    solver = NewtonKrylov() if options.solver == "newton-krylov" else Newton()

    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("slowpoints", "jax"))
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{versions}, Python {platform.python_version()}")
    print(f"{processor()}, {os.cpu_count()} processors{load}; threads: {options.threads}")
    print(f"{options.solver}: a GRU of {options.units} units, {options.points} points, noise {options.noise}\n")
    before = peak_memory()
    begun, busy = time.perf_counter(), time.process_time()
    found = find_slow_points(step, starts, domain=(-1.0, 1.0), solver=solver)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy

    error = np.linalg.norm(found.state - states, axis=1)
    outcomes = Counter(outcome.name.lower().replace("_", " ") for outcome in found.outcomes)
    print(f"outcomes             {', '.join(f'{count} {outcome}' for outcome, count in outcomes.items())}")
    print(f"iterations           {found.iterations.min()} to {found.iterations.max()}")
    print(f"root speeds          {found.root_speed.min():.1e} to {found.root_speed.max():.1e}")
    print(f"error bounds         {found.error_bound.min():.1e} to {found.error_bound.max():.1e}")
    print(f"within their bound   {np.sum(error <= found.error_bound)} of a planted state")
    print(f"from planted states  {error.min():.1e} to {error.max():.1e}")
    print(f"largest |eigenvalue| {np.abs(found.eigenvalues[:, 0]).max():.3f}")
    print(f"time                 {seconds:.1f} s, {busy:.1f} s of a processor; compilation included")
    print(f"peak memory          {peak_memory():.2f} GiB, {before:.2f} GiB before the search")


if __name__ == "__main__":
    main()
