"""The command, really started in a process of its own, and what it leaves."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from slowpoints.study import Study
from slowpoints.training import state_steps

LASTING = ("networks/*/snapshots/*", "networks/*/measurements/*", "networks/*/metrics.safetensors")


def lasting(study: Study) -> dict[str, bytes]:
    """What a study consists of, without what was set aside."""
    paths = [
        path
        for pattern in LASTING
        for path in study.folder.glob(pattern)
        if path.is_file() and path.suffix != ".damaged"
    ]
    return {path.relative_to(study.folder).as_posix(): path.read_bytes() for path in paths}


def started(config: Path, output: str, *options: str, workers: int = 2) -> subprocess.Popen:
    """The command, begun. What it says on its standard error is read by `said`."""
    command = [sys.executable, "-c", "from slowpoints.cli import main; main()", "run", str(config)]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    with open(config.parent / "said", "w") as said:
        return subprocess.Popen(
            [*command, "--output", output, "--workers", str(workers), "--only", "learning", *options],
            cwd=config.parent, env=environment, stderr=said,
        )  # fmt: skip


def said(config: Path) -> list[str]:
    """The lines of the command that was begun last."""
    text = (config.parent / "said").read_text()
    assert "Traceback" not in text
    return text.splitlines()


def workers_of(process: int) -> list[int]:
    """The living worker processes that a process has started, and those that these have."""
    # However narrow the terminal, all of their arguments.
    listed = subprocess.run(["ps", "-ww", "-e", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True).stdout
    found, todo = [], [str(process)]
    rows = [line.split(maxsplit=3) for line in listed.splitlines()]
    while todo:
        parent = todo.pop()
        for below, above, state, arguments in rows:
            if above == parent:
                todo.append(below)
                found += [int(below)] if "spawn_main" in arguments and not state.startswith("Z") else []
    return found


def alive(process: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait_until(condition, process: subprocess.Popen, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not condition() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)


def trained_to(folder: Path) -> int:
    """The newest state or snapshot of any network."""
    return max((*(s for n in folder.glob("networks/*") for s in state_steps(n)), 0))


DISTURBANCES = ("kill client", "kill worker", "SIGINT", "SIGTERM")


def disturb(config: Path, output: str, *options: str, times: int) -> None:
    """Kills and interrupts the command at random moments, so many times and each time in another way, and each time
    gives the same command again, until it ends by itself. It leaves no process and no half-written file.
    """
    for kind in random.sample(DISTURBANCES, times):
        process = started(config, output, *options)
        wait_until(lambda process=process: workers_of(process.pid), process)
        time.sleep(random.uniform(0, 12))
        workers = workers_of(process.pid)
        if kind == "kill worker":
            for worker in workers[:1]:
                os.kill(worker, signal.SIGKILL)
            assert process.wait(timeout=580) == 0, said(config)
            continue
        number = {"kill client": signal.SIGKILL, "SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}[kind]
        asked = time.monotonic()
        process.send_signal(number)
        code = process.wait(timeout=60)
        took = time.monotonic() - asked
        if code != 0:  # it may have been done before
            assert code == {"kill client": -9, "SIGINT": 130, "SIGTERM": 143}[kind], said(config)
            assert took < 5, f"{kind} took {took:.1f} s"
        assert gone(workers), f"{kind} left workers {time.monotonic() - asked:.1f} s later"
        if code in (130, 143):
            assert said(config)[-1] == "slowpoints: interrupted; run the same command again to go on."
    assert started(config, output, *options).wait(timeout=580) == 0
    folder = config.parent / output
    left = [path.name for path in folder.rglob("*") if path.name.endswith((".partial", ".taken", "lease.json"))]
    assert left == []


def gone(processes: list[int], seconds: float = 5) -> bool:
    """Whether all of these processes end within so many seconds."""
    end = time.monotonic() + seconds
    while any(map(alive, processes)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, processes))
