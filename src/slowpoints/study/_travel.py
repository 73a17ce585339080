"""Studies that travel: a small folder of results for a colleague, and one study from several machines'."""

import dataclasses
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from slowpoints._atomic import write_atomically
from slowpoints._errors import Damaged, InputError
from slowpoints.study._datasets import unpacked
from slowpoints.study._folder import Study
from slowpoints.study._record import NetworkRecord
from slowpoints.training import snapshot_path


@dataclasses.dataclass(frozen=True)
class Gathered:
    """What came of joining studies.

    - `study`: the joined one.
    - `added`: how many networks came in.
    - `left_out`: of networks that two studies have with other weights: their IDs, with the sentence that says which
      counts.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import config_from, gather, Study
        >>> gather([Study.create(config_from({"seeds": [0]}), Path("mine"))], Path("ours")).added  # none is trained yet
        0
    """

    study: Study
    added: int
    left_out: dict[str, str]


def export(study: Study, output: str | Path, *, weights: bool = False) -> int:
    """Copies what is needed to read a study's results into a folder, without what made them.

    The folder is a study that `report`, `claims`, `status` and `gather` take. It holds every measurement that is up
    to date.

    Args:
        study: the study.
        output: the folder; made if it is missing. An earlier export of the same study in it is brought up to date.
        weights: also the final weights of every network.

    Returns:
        How many networks it holds.

    Raises:
        InputError: if `output` holds something else, or weights are wanted that were not kept.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import export, PRESETS, Study
        >>> export(Study.create(PRESETS["digits"], Path("mine")), Path("small"))  # no network is trained yet
        0
    """
    output = Path(output)
    if output.exists() and (not output.is_dir() or any(output.iterdir())) and not (output / "study.json").exists():
        raise InputError(f"{output} is there already and is not a study; choose another --output.")
    if output.resolve() == study.folder.resolve():
        raise InputError(f"{output} is the study itself; choose another --output.")
    there = study
    if (output / "study.json").exists():
        there = Study.open(output)
        _check_corpus(there, study)
        there = there.grown(study.config)
    trained = {name: r for name in study.networks if (r := study.record(name)) is not None and r.weights is not None}
    if weights:
        for network in trained:
            if not _last_snapshot(study, network).exists():
                raise InputError(
                    f"The weights of {network} were not kept; leave out --weights, or keep them (`keep: final`) and "
                    "train it again."
                )
    target = dataclasses.replace(there, folder=output)
    target.save()
    for network, record in trained.items():
        _write(target, network, record, _checked(study, network, record, weights=weights))
    return len(trained)


def gather(studies: Sequence[Study], into: str | Path) -> Gathered:
    """Joins studies that were run in pieces, on several machines perhaps, into one folder.

    A network that two of them have is one if its weights are the same. If they are not, because a processor of
    another kind or another version made them, the one whose training ended first counts (of two that ended in the
    same second, the one whose checksum is less): never the one with the better result.

    Args:
        studies: of the same networks' kind: they may differ in grids, schedules and what is measured only. The
            measurements' options of the last one hold.
        into: the folder; if it holds a study, that is joined too.

    Raises:
        InputError: if there is none, or they are not of one kind.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import config_from, gather, Study
        >>> mine = Study.create(config_from({"seeds": [0]}), Path("mine"))
        >>> yours = Study.create(config_from({"seeds": [1]}), Path("yours"))
        >>> len(gather([mine, yours], Path("ours")).study.networks)  # seeds 0 and 1, each under three protocols
        6
    """
    into = Path(into)
    if not studies:
        raise InputError("gather needs at least one study.")
    begun = Study.open(into) if (into / "study.json").exists() else studies[0]
    joined = dataclasses.replace(begun, folder=into)
    for study in studies:
        _check_corpus(study, begun)
        joined = joined.grown(study.config)
    joined.save()
    added, left_out = set(), {}
    for study in studies:
        for network in study.networks:
            record = study.record(network)
            if record is None or record.weights is None:
                continue
            there = joined.record(network)
            others = there is not None and there.weights not in (None, record.weights)
            if there is not None and others:
                first, second = sorted((there, record), key=lambda r: (r.finished or "", r.weights or ""))
                left_out[network] = (
                    f"{network} has other weights in {study.folder}; the one trained on {first.processor}, "
                    f"finished {first.finished}, counts, not that on {second.processor}, finished {second.finished}."
                )
                if first is there:
                    continue
            files = _checked(study, network, record, weights=True)
            if others:
                shutil.rmtree(joined.network_folder(network))
            added |= {network} if there is None else set()
            _write(joined, network, record, files)
    return Gathered(joined, len(added), left_out)


def _check_corpus(study: Study, other: Study) -> None:
    if study.corpus != other.corpus:
        raise InputError(f"{study.folder} is of another corpus than {other.folder}.")


def _last_snapshot(study: Study, network: str) -> Path:
    return snapshot_path(study.network_folder(network), study.config.training.steps)


def _checked(study: Study, network: str, record: NetworkRecord, *, weights: bool) -> dict[Path, bytes]:
    """One network's measurements, and what there is of its weights, by their path in its folder.

    Raises `Damaged` for a file that is not what was written.
    """
    folder = study.network_folder(network)
    kept = set(study.dataset_paths(network, record).values())
    files = {path: path.read_bytes() for path in sorted((folder / "measurements").glob("*.nc.gz")) if path in kept}
    for path, content in files.items():
        unpacked(path, content)
    last = _last_snapshot(study, network)
    if weights and last.exists():
        files[last] = last.read_bytes()
        if hashlib.sha256(files[last]).hexdigest() != record.weights:
            raise Damaged(last, "its checksum is not the one in network.json")
    log = folder / "tasks.json"
    if log.exists():
        files[log] = log.read_bytes()
    return {path.relative_to(folder): content for path, content in files.items()}


def _write(study: Study, network: str, record: NetworkRecord, files: dict[Path, bytes]) -> None:
    """Puts a network with these files into a study."""
    folder = study.network_folder(network)
    for path, content in files.items():
        if not (folder / path).exists() or (folder / path).read_bytes() != content:
            write_atomically(folder / path, content)
    # Last, because it says that the network is there.
    record.write(folder)
