"""The command `slowpoints`. It has no logic of its own; everything heavy is imported where it is used."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

from slowpoints._errors import InputError, sentence_of
from slowpoints._extras import MissingLibrary, needs

needs("study", "cyclopts", "rich")

import cyclopts

app = cyclopts.App(
    name="slowpoints",
    help="How recurrent networks hold memories: train under curricula, measure, find slow points, judge claims.",
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,  # or cyclopts leaves without a word, and `main` never says how to go on
)
data_app = cyclopts.App(name="data", help="The corpora: which there are, where they are, whether they are whole.")
app.command(data_app)

Options = Annotated[
    str,
    cyclopts.Parameter(
        allow_leading_hyphen=True,
        name="OPTIONS-OF-THE-CONFIG",
        help="Any option of the config, as --training.steps 500 or --unit gru lstm; `slowpoints config` lists them.",
    ),
]
StudyName = Annotated[Path, cyclopts.Parameter(help="A study's folder, a config in YAML, or a preset's name.")]
Only = Annotated[
    tuple[str, ...],
    cyclopts.Parameter(
        consume_multiple=True,
        negative="",
        help="The measurements that are wanted, if not all of the study's; one it does not have yet is added to it. "
        "`training` alone trains.",
    ),
]
Output = Annotated[
    Path | None,
    cyclopts.Parameter(help="Where the study lies or will lie; studies/NAME by default, NAME being the config's."),
]
Data = Annotated[Path | None, cyclopts.Parameter(help="The folder corpora are looked for in first.")]
Workers = Annotated[int | None, cyclopts.Parameter(help="Processes; one a processor by default.")]
Share = Annotated[
    str | None,
    cyclopts.Parameter(
        help="K/N: the K-th of N shares of the networks. Together the shares are the whole study, each may be run "
        "anywhere at any time, and again."
    ),
]
Where = Annotated[
    str,
    cyclopts.Parameter(
        help="processes (one a processor), serial, dask (workers on this machine), the address of a Dask scheduler "
        "(tcp://… or tls://…), or slurm:FILE, jobs as `slowpoints slurm` describes them."
    ),
]
OF_REPRODUCE = ("output", "quick", "data", "workers", "engine", "track")
OF_RUN = ("only", "output", "data", "workers", "engine", "part")
"""What these commands take besides options of the config, to be suggested for a mistyped one."""


@app.command
def reproduce(
    preset: str,
    *options: Options,
    output: Output = None,
    quick: bool = False,
    data: Data = None,
    workers: Workers = None,
    engine: Where = "processes",
    track: bool = False,
) -> int:
    """Run a whole study and write its report. Run it again to go on where it was cut off, or with more networks.

    Parameters
    ----------
    preset
        digits, mnist-half, cifar10-fast or another preset; or a config in YAML, as `slowpoints config` prints one.
    quick
        The preset's short form (digits only): two seeds, fewer steps. To see that everything works.
    track
        Also track the slow points back through training.
    """
    from slowpoints.study import check_names, config_from, overrides_from, PRESETS, read_config, Study

    overrides = overrides_from(options, also=OF_REPRODUCE)
    if preset.endswith((".yaml", ".yml")):
        if quick:
            raise InputError(f"{preset} has no --quick form; set training.steps in it.")
        config = read_config(Path(preset), overrides=overrides)
    else:
        check_names("The preset", [preset], PRESETS)
        name = f"{preset}-quick" if quick else preset
        if name not in PRESETS:
            raise InputError(f"The preset {preset} has no --quick form; take digits, or mnist-fast.")
        config = config_from(overrides, base=PRESETS[name])
    study = Study.create(config, output or Path("studies") / config.name, data=data)
    study = study.measuring(["tracks"]) if track else study
    return _run(study, None, workers, engine) or _report(study)


@app.command
def run(
    study: StudyName,
    *options: Options,
    only: Only = (),
    output: Output = None,
    data: Data = None,
    workers: Workers = None,
    engine: Where = "processes",
    part: Share = None,
) -> int:
    """Do what a study lacks: train its networks and measure them. What is there is kept."""
    from slowpoints.study import Part

    share = None if part is None else Part.of(part)
    opened, wanted = _named(study, options, only, output, data)
    return _run(opened, wanted, workers, engine, share)


@app.command
def plan(
    study: StudyName,
    *options: Options,
    only: Only = (),
    output: Output = None,
    data: Data = None,
    workers: Workers = None,
    engine: Where = "processes",
    part: Share = None,
) -> int:
    """Say what `run` with the same words would do: networks, tasks, time, disk. Nothing is written."""
    from slowpoints.study import Part, plan_of

    share = None if part is None else Part.of(part)
    opened, wanted = _named(study, options, only, output, data)
    print(plan_of(opened, wanted, share).sentences(_engine(engine, workers).slots))
    return 0


@app.command
def find(
    path: Path,
    *,
    unit: str | None = None,
    prefix: str | None = None,
    constant: Annotated[tuple[float, ...], cyclopts.Parameter(name="--input", consume_multiple=True)] = (),
    path_to: Annotated[tuple[float, ...], cyclopts.Parameter(name="--input-path", consume_multiple=True)] = (),
    inputs: int = 21,
    starts: int | None = None,
    rounds: int = 3,
    seed: int = 0,
    output: Path | None = None,
    figure: Path | None = None,
    page: Path | None = None,
) -> int:
    """Find the slow points of one network in a file of weights.

    Parameters
    ----------
    path
        A .safetensors file: a snapshot, or weights under PyTorch's names.
    unit
        Of a file under PyTorch's names: which unit it is; tanh, gru or lstm. Only tanh must be said.
    prefix
        Of a file under PyTorch's names: what stands before the names of this network's weights.
    constant
        The constant input, one number for all features or one each; 0 by default. Of a snapshot in a study's folder,
        what the study takes: the mean noise.
    path_to
        Sweep the constant input from --input to this one: branches of points, and where they begin, end and change.
    inputs
        Of a path: how many inputs, its ends included.
    starts
        How many random states to search from, 256 by default; of a path, under all its inputs together. Without it, a
        snapshot in a study's folder is searched from its classes' mean states, as the study does.
    rounds
        Rounds of search; after the first, from what was found. Not for a path.
    seed
        Decides the starts.
    output
        Where the points are written, as safetensors; NAME.points.safetensors here by default. Of a path, as NetCDF;
        NAME.sweep.nc.
    figure
        Where to draw the points, or the branches of a path (.png or .svg); not drawn by default.
    page
        Where to write a page to walk around among the points (.html); none by default, and not for a path.
    """
    if path.suffix != ".safetensors":
        raise InputError(
            f"{path} is a folder; for the slow points of a study, run `slowpoints run {path} --only slow_points`."
            if path.is_dir()
            else f"{path} is not a .safetensors file; write one in Python, for weights of PyTorch by "
            'safetensors.torch.save_file(module.state_dict(), "weights.safetensors").'
        )
    from rich.console import Console

    from slowpoints._display import SearchDisplay, survey_lines, survey_table
    from slowpoints.dynamics import save_points
    from slowpoints.interop import from_file, survey
    from slowpoints.plots import check_figure_path, phase_space, plot_phase_space, save_figure
    from slowpoints.study import beginning_of
    from slowpoints.training import read_summed

    if figure is not None:
        check_figure_path(figure)
    if page is not None and (page.suffix != ".html" or path_to):
        raise InputError(f"--page {page} must end in .html, and goes with points, not with a path of inputs.")
    output = output or Path(f"{path.stem}.{'sweep.nc' if path_to else 'points.safetensors'}")
    if output.exists():
        raise InputError(f"{output} is there already; give another --output, or remove it.")
    if path.is_file() and (path.resolve().parent.parent / "network.json").is_file():
        read_summed(path)  # a damaged snapshot of a study is refused
    network = from_file(path, unit=unit, prefix=prefix)
    states = count = 256 if starts is None else starts
    begun = None if constant and (path_to or starts is not None) else beginning_of(path)
    given = constant or (tuple(begun.input.tolist()) if begun else (0.0,))
    if path_to:
        return _sweep(network, given, path_to, inputs, count, seed, output, figure)
    where = f"{count} random states"
    if begun is not None and begun.states is not None and starts is None:
        states, where = begun.states, "the classes' mean states, as the study does"
    if begun is not None and not constant:
        where += ", under the mean noise"
    with SearchDisplay(f"Searching from {where}") as display:
        found = survey(
            network, given[0] if len(given) == 1 else given, starts=states, rounds=rounds, seed=seed, watch=display.tell
        )
    points = found.exploration.distinct.points
    save_points(points, output)
    Console().print(survey_table(found))
    print(
        f"Searched from {where}.",
        *survey_lines(found),
        f"The points are in {output}; slowpoints.dynamics.load_points reads them.",
        sep="\n",
    )
    if figure is not None:
        save_figure(plot_phase_space(phase_space(points, found.trajectories, stability=found.stability)), figure)
    if page is not None:
        print(f"Walk around among them in {found.explore(path.name).save(page)}.")
    return 0


@app.command
def report(study: Path, *, output: Path | None = None, fewer: bool = False) -> int:
    """Write the report of a study from what has been measured so far: report.html and figures/.

    Parameters
    ----------
    study
        The study's folder.
    output
        Where to write; into the study's folder by default.
    fewer
        Write it even if results are missing now that were there before.
    """
    from slowpoints.study import Study

    return _report(Study.open(study), output, fewer)


@app.command
def compare(studies: Annotated[list[Path], cyclopts.Parameter(negative="")], *, output: Path | None = None) -> int:
    """Write one page with the claims and figures of several studies side by side.

    Parameters
    ----------
    studies
        The studies' folders, two or more.
    output
        The page; comparison.html here by default.
    """
    from slowpoints.report import write_comparison
    from slowpoints.study import results_of, Study

    if len(studies) < 2:
        raise InputError("compare needs two studies or more.")
    opened = [Study.open(study) for study in studies]
    names = [study.config.name for study in opened]
    # Studies of one name are told apart by their folders.
    told = [str(study.folder) if names.count(name) > 1 else name for study, name in zip(opened, names, strict=True)]
    if len(set(told)) < len(told):
        raise InputError("compare got the same study twice.")
    results = {name: results_of(study) for name, study in zip(told, opened, strict=True)}
    print(f"The comparison is at {write_comparison(results, output or Path('comparison.html'))}")
    return 0


@app.command
def status(study: Path) -> int:
    """Say where each network of a study stands."""
    from slowpoints._display import status_table
    from slowpoints.study import status_of, Study

    statuses = status_of(Study.open(study))
    print(status_table(statuses))
    for each in statuses:
        for task, sentence in each.failures.items():
            print(f"{each.network}, {task}: {sentence}")
    return 0


@app.command
def claims(study: Path, *, as_json: Annotated[bool, cyclopts.Parameter(name="--json")] = False) -> int:
    """Judge the paper's claims by a study's results.

    Parameters
    ----------
    study
        The study's folder.
    as_json
        Print a list of objects with id, claim, statistic, interval, n, paper, verdict.
    """
    from slowpoints.claims import as_records, judge
    from slowpoints.study import results_of, Study

    records = as_records(judge(results_of(Study.open(study))))
    if as_json:
        print(json.dumps(records, indent=2, ensure_ascii=False))
        return 0
    from rich.console import Console

    from slowpoints._display import claims_table

    Console().print(claims_table(records))
    return 0


@app.command
def export(
    study: Path,
    *,
    results: Annotated[bool, cyclopts.Parameter(negative="")] = True,
    weights: bool = False,
    output: Path | None = None,
) -> int:
    """Write the small folder of a study's results that a colleague opens with `report`, `claims` or xarray.

    `claims.json` in it says how each claim fared, and by which rules.

    Parameters
    ----------
    study
        The study's folder.
    results
        Every measurement that is up to date; always.
    weights
        Also the final weights of every network.
    output
        The folder; NAME-results here by default, NAME being the study's.
    """
    from slowpoints._atomic import write_atomically
    from slowpoints._number_of import number_of
    from slowpoints.claims import as_records, judge
    from slowpoints.study import export as export_study, results_of, Study

    opened = Study.open(study)
    folder = output or Path(f"{opened.config.name}-results")
    count = export_study(opened, folder, weights=weights)
    records = as_records(judge(results_of(Study.open(folder))))
    write_atomically(folder / "claims.json", (json.dumps(records, indent=1, ensure_ascii=False) + "\n").encode())
    print(f"The results of {number_of(count, 'networks')} are in {folder}, what they say of the claims in claims.json.")
    return 0


@app.command
def gather(studies: Annotated[list[Path], cyclopts.Parameter(negative="")], *, into: Path) -> int:
    """Join studies that were run in pieces, on several machines perhaps, into one folder.

    Parameters
    ----------
    studies
        The studies' folders.
    into
        The folder of the joined study; one that is there grows.
    """
    from slowpoints._number_of import number_of
    from slowpoints.study import gather as gather_studies, Study

    gathered = gather_studies([Study.open(study) for study in studies], into)
    print(f"Added to {into}: {number_of(gathered.added, 'networks')}.", *gathered.left_out.values(), sep="\n")
    return 0


@app.command
def slurm(options: Path | None = None) -> int:
    """Print the options of Slurm jobs as YAML; or, of a file of them, the script that a job is submitted with.

    Parameters
    ----------
    options
        A file as this command prints one without it.
    """
    from slowpoints.engines import job_script, SlurmOptions
    from slowpoints.study import settings_to_yaml

    print(settings_to_yaml(SlurmOptions()) if options is None else job_script(_slurm_options(options)), end="")
    return 0


@app.command
def config(preset: str = "digits") -> int:
    """Print a preset's config as YAML: every option there is, ready to be changed and given to `run`."""
    from slowpoints.study import check_names, config_to_yaml, PRESETS

    check_names("The preset", [preset], PRESETS)
    print(config_to_yaml(PRESETS[preset]), end="")
    return 0


@data_app.command(name="list")
def list_(*, data: Path | None = None) -> int:
    """List the corpora and where they are."""
    from slowpoints.data import list_corpora

    for record in list_corpora(data):
        print(f"{record.name:15} {record.found or 'not here':40} {record.description}")
    return 0


@data_app.command
def fetch(corpus: str, *, data: Path | None = None) -> int:
    """Download what is missing or damaged of a corpus, into --data DIR or the user's cache."""
    from slowpoints.data import fetch_corpus

    print(fetch_corpus(corpus, data))
    return 0


@data_app.command
def verify(corpus: str, *, data: Path | None = None, file: Path | None = None) -> int:
    """Check every file of a corpus; --file is the .npz of the corpus arrays."""
    from slowpoints.data import verify_corpus

    statuses = verify_corpus(corpus, data, file)
    for status in statuses:
        print(f"{'ok ' if status.ok else 'BAD'} {status.path or corpus}: {status.status}")
    return 0 if all(status.ok for status in statuses) else 2


def _named(name, options, only, output, data):
    """The study that a command names, with the measurements it is to have, and which tasks are wanted (None: all)."""
    from slowpoints.measurements import MEASUREMENTS
    from slowpoints.study import check_names, named_study, overrides_from, TRAINING

    check_names("--only", only, (TRAINING, *MEASUREMENTS))
    study = named_study(name, overrides=overrides_from(options, also=OF_RUN), output=output, data=data)
    measured = [kind for kind in only if kind != TRAINING]
    return study.measuring(measured) if measured else study, measured if only else None


def _run(study, only, workers, engine, part=None) -> int:
    """Runs what a study lacks, with progress; 1 if a task failed or was left to another command."""
    from slowpoints._display import RunDisplay
    from slowpoints.engines import interruptible
    from slowpoints.study import plan_of, run_study

    with interruptible():
        runs, planned = _engine(engine, workers), plan_of(study, only, part)
        print(planned.sentences(runs.slots), file=sys.stderr)
        for name, (began, here) in study.other_versions().items():
            print(f"The study began with {name} {began}; here is {here}, which may round otherwise.", file=sys.stderr)
        if not planned.tasks:
            study.save()
            return 0
        with RunDisplay(planned.each) as display:
            failures = run_study(study, only=only, part=part, engine=runs, watch=display.update, remark=display.remark)
    for failure in failures:
        print(failure.sentence, file=sys.stderr)
    return 1 if failures else 0


def _sweep(network, begin, end, inputs, starts, seed, output, figure) -> int:
    """The branches of a network on a straight path of inputs: printed, written and drawn."""
    import numpy as np
    from rich.console import Console

    from slowpoints._atomic import write_atomically
    from slowpoints._display import sweep_lines, sweep_table
    from slowpoints.interop import sweep
    from slowpoints.plots import bifurcation_diagram, plot_bifurcation_diagram, save_figure

    if inputs < 2:
        raise InputError(f"--inputs must be at least 2; got {inputs}.")
    for name, given in (("--input", begin), ("--input-path", end)):
        if len(given) not in (1, network.features):
            raise InputError(f"{name} must be one number or {network.features}, one a feature; got {len(given)}.")
    first, last = (np.broadcast_to(np.asarray(one, np.float64), network.features) for one in (begin, end))
    swept = sweep(network, np.linspace(first, last, inputs), starts=max(1, starts // inputs), seed=seed)
    values = swept.to_xarray()
    write_atomically(output, bytes(values.to_netcdf(engine="scipy")))
    Console().print(sweep_table(swept))
    print(*sweep_lines(swept), f"The branches are in {output}; xarray.load_dataset reads them.", sep="\n")
    if figure is not None:
        save_figure(plot_bifurcation_diagram(bifurcation_diagram(values)), figure)
    return 0


def _engine(name, workers):
    from slowpoints.engines import Dask, Processes, Serial, Slurm
    from slowpoints.study import check_names

    if workers is not None and workers < 1:
        raise InputError(f"--workers must be at least 1; got {workers}.")
    kind, _, rest = name.partition(":")
    if kind in ("tcp", "tls"):
        return Dask(name)
    if kind == "slurm":
        if not rest:
            raise InputError(
                "--engine slurm needs a file of options: --engine slurm:FILE; `slowpoints slurm` prints one."
            )
        return Slurm(_slurm_options(Path(rest)))
    known = {"processes": lambda: Processes(workers), "serial": Serial, "dask": lambda: Dask(workers=workers)}
    check_names("--engine", [name], [*known, "slurm"])
    return known[name]()


def _slurm_options(path):
    from slowpoints.engines import SlurmOptions
    from slowpoints.study import read_settings

    return read_settings(path, SlurmOptions)


def _report(study, output=None, fewer=False) -> int:
    from slowpoints.report import write_report
    from slowpoints.study import forget_lost, lost_since, results_of

    results, folder = results_of(study), output or study.folder
    lost = lost_since(study, results)
    if not results.children and (folder / "report.html").exists() and any(folder.glob("figures/*")):
        lost = lost or "everything"
    if lost and not fewer:
        raise InputError(
            f"{study.folder} had results that are not found now ({lost}), and nothing is written over them; put back "
            f"{study.folder / 'networks'}, or run the study again, or write the report without them by --fewer."
        )
    if lost and output is None:
        forget_lost(study)
    print(f"The report is at {write_report(results, folder)}")
    return 0


def main() -> None:
    """The console script: exit code 0 if all went well, 1 if a network failed, 2 if the input was wrong or a file could
    not be read or written, 130 or 143 if it was interrupted.
    """
    from slowpoints.engines import Interrupted

    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except (cyclopts.CycloptsError, InputError, MissingLibrary) as error:
        _tell(str(error))
        sys.exit(2)
    except BrokenPipeError:
        # Whoever reads has seen enough (`… | head`); what is left in the buffer must not raise again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _tell(sentence_of(error))
        sys.exit(2)
    except Interrupted as interrupted:
        _tell("interrupted; run the same command again to go on.")
        sys.exit(128 + interrupted.args[0])
    except KeyboardInterrupt:
        _tell("interrupted; run the same command again to go on.")
        sys.exit(130)
    sys.exit(code)


def _tell(sentence: str) -> None:
    """Says what was wrong, on one line, whatever names a person gave."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in sentence)
    print(f"slowpoints: {line}", file=sys.stderr)
