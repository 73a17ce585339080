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
    there = Study.open(output).grown(study.config) if (output / "study.json").exists() else study
    target = dataclasses.replace(there, folder=output)
    target.save()
    count = 0
    for network in study.networks:
        record = study.record(network)
        if record is not None and record.weights is not None:
            _copy(study, target, network, record, weights=weights)
            count += 1
    return count


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
    for study in studies:
        if study.corpus != studies[0].corpus:
            raise InputError(f"{study.folder} is of another corpus than {studies[0].folder}.")
    joined = Study.open(into) if (into / "study.json").exists() else dataclasses.replace(studies[0], folder=into)
    for study in studies:
        joined = joined.grown(study.config)
    joined.save()
    added, left_out = set(), {}
    for study in studies:
        for network in study.networks:
            record = study.record(network)
            if record is None or record.weights is None:
                continue
            there = joined.record(network)
            if there is not None and there.weights is not None and there.weights != record.weights:
                first, second = sorted((there, record), key=lambda r: (r.finished or "", r.weights or ""))
                left_out[network] = (
                    f"{network} has other weights in {study.folder}; the one trained on {first.processor}, "
                    f"finished {first.finished}, counts, not that on {second.processor}, finished {second.finished}."
                )
                if first is there:
                    continue
                shutil.rmtree(joined.network_folder(network))
            added |= {network} if there is None else set()
            _copy(study, joined, network, record, weights=True)
    return Gathered(joined, len(added), left_out)


def _copy(source: Study, target: Study, network: str, record: NetworkRecord, *, weights: bool) -> None:
    """One network's measurements, and what there is of its weights; files that are there already are left.

    Raises `Damaged` for a file that is not what was written.
    """
    here, there = source.network_folder(network), target.network_folder(network)
    kept = set(source.dataset_paths(network, record).values())
    files = [path for path in sorted((here / "measurements").glob("*.nc.gz")) if path in kept]
    if weights:
        last = snapshot_path(here, source.config.training.steps)
        files += [last] if last.exists() else []
    for path in files:
        copied, content = there / path.relative_to(here), path.read_bytes()
        if path.suffix == ".gz":
            unpacked(path, content)
        elif hashlib.sha256(content).hexdigest() != record.weights:
            raise Damaged(path, "its checksum is not the one in network.json")
        if not copied.exists():
            write_atomically(copied, content)
    log = here / "tasks.json"
    if log.exists():
        write_atomically(there / "tasks.json", log.read_bytes())
    # Last, because it says that the network is there.
    record.write(there)
