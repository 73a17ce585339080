"""The command `slowpoints`. It has no logic of its own; everything heavy is imported where it is used."""

import json
import sys
from pathlib import Path
from typing import Annotated

import cyclopts

from slowpoints._errors import InputError

app = cyclopts.App(
    name="slowpoints",
    help="How recurrent networks hold memories: train under curricula, extrapolate, find slow points, judge claims.",
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
OWN_OPTIONS = ("output", "data", "workers", "quick", "track")


@app.command
def reproduce(
    preset: str,
    *options: Options,
    output: Path | None = None,
    seeds: int | None = None,
    quick: bool = False,
    data: Path | None = None,
    workers: int | None = None,
    track: bool = False,
) -> int:
    """Run a whole study and write its report. Run it again to go on where it was cut off.

    Parameters
    ----------
    preset
        digits, mnist, mnist-half or mnist-fast.
    output
        The study's folder; studies/PRESET by default.
    seeds
        Networks per setting.
    quick
        The preset's short form (digits only): two seeds, fewer steps. To see that everything works.
    data
        The folder corpora are looked for in first.
    workers
        Processes; one a processor by default.
    track
        Also follow the slow points back through training, as `slowpoints track` does.
    """
    from slowpoints.study import begin, config_from, overrides_from, PRESETS, REPRODUCED, STAGES
    from slowpoints.study.config import nearest

    name = f"{preset}-quick" if quick else preset
    if preset not in PRESETS:
        raise InputError(f"There is no preset {preset}; {nearest(preset, PRESETS)}")
    if name not in PRESETS:
        raise InputError(f"The preset {preset} has no --quick form; take digits, or mnist-fast.")
    overrides = overrides_from(options, also=OWN_OPTIONS) | ({} if seeds is None else {"seeds": seeds})
    config = config_from(overrides, base=PRESETS[name])
    study = begin(config, output or Path("studies") / name, data=data)
    return _run(study, STAGES if track else REPRODUCED, workers) or _report(study)


@app.command
def train(
    study: Path,
    *options: Options,
    output: Path | None = None,
    data: Path | None = None,
    workers: int | None = None,
) -> int:
    """Train the networks of a config (a .yaml file, or a preset), or go on with those of a study's folder.

    Parameters
    ----------
    study
        A config in YAML, a preset's name, or a study's folder.
    output
        The study's folder; studies/NAME by default, NAME being the config's.
    data
        The folder corpora are looked for in first.
    workers
        Processes; one a processor by default.
    """
    from slowpoints.study import begin, named_config, overrides_from, Study

    if study.is_dir():
        if options or output:
            raise InputError(f"{study} has its config already; options go with a config file and a new --output.")
        opened = Study.open(study, data=data)
    else:
        config = named_config(study, overrides=overrides_from(options, also=OWN_OPTIONS))
        opened = begin(config, output or Path("studies") / config.name, data=data)
    return _run(opened, ("train",), workers)


@app.command
def extrapolate(study: Path, *, data: Path | None = None, workers: int | None = None) -> int:
    """Measure how far the memories of a study's networks hold: delay, noise, second retrieval."""
    from slowpoints.study import Study

    return _run(Study.open(study, data=data), ("extrapolate",), workers)


@app.command
def find(
    path: Path,
    *,
    data: Path | None = None,
    workers: int | None = None,
    unit: str | None = None,
    prefix: str | None = None,
    constant: Annotated[tuple[float, ...], cyclopts.Parameter(name="--input", consume_multiple=True)] = (0.0,),
    starts: int = 256,
    rounds: int = 3,
    seed: int = 0,
    output: Path | None = None,
    figure: Path | None = None,
) -> int:
    """Find the slow points of a study's networks, or of one network in a file of weights.

    Parameters
    ----------
    path
        A study's folder, or a .safetensors file: a snapshot, or weights under PyTorch's names.
    data
        Of a study: the folder corpora are looked for in first.
    workers
        Of a study: processes; one a processor by default.
    unit
        Of a file under PyTorch's names: which unit it is; rnn, gru or lstm.
    prefix
        Of a file under PyTorch's names: what stands before the names of this network's weights.
    constant
        Of a file: the constant input, one number for all features or one each.
    starts
        Of a file: how many random states to search from.
    rounds
        Of a file: rounds of search; after the first, from what was found.
    seed
        Of a file: decides the starts.
    output
        Of a file: where the points are written, as safetensors; NAME.points.safetensors here by default.
    figure
        Of a file: where to draw the points (.png or .svg); not drawn by default.
    """
    if path.suffix != ".safetensors":
        from slowpoints.study import Study

        return _run(Study.open(path, data=data), ("find",), workers)
    from rich.console import Console

    from slowpoints._display import survey_lines, survey_table
    from slowpoints.dynamics import save_points
    from slowpoints.interop import from_file, survey
    from slowpoints.plots import check_figure_path, phase_space, plot_phase_space, save_figure

    if figure is not None:
        check_figure_path(figure)
    network = from_file(path, unit=unit, prefix=prefix)
    found = survey(network, constant[0] if len(constant) == 1 else constant, starts=starts, rounds=rounds, seed=seed)
    points = found.exploration.distinct.points
    output = output or Path(f"{path.stem}.points.safetensors")
    save_points(points, output)
    Console().print(survey_table(found))
    print(*survey_lines(found), f"The points are in {output}; slowpoints.dynamics.load_points reads them.", sep="\n")
    if figure is not None:
        save_figure(plot_phase_space(phase_space(points, found.trajectories, stability=found.stability)), figure)
    return 0


@app.command
def track(study: Path, *, data: Path | None = None, workers: int | None = None) -> int:
    """Follow the slow points of a study's networks back through training: where each came from."""
    from slowpoints.study import Study

    return _run(Study.open(study, data=data), ("track",), workers)


@app.command
def report(study: Path, *, data: Path | None = None) -> int:
    """Write the report of a study from what has been run so far: report.html and figures/."""
    from slowpoints.study import Study

    return _report(Study.open(study, data=data))


@app.command
def status(study: Path, *, data: Path | None = None) -> int:
    """Say where each network of a study stands."""
    from rich.console import Console

    from slowpoints._display import status_table
    from slowpoints.study import networks_in, STAGES, status_of, Study

    opened = Study.open(study, data=data)
    Console().print(status_table(status_of(opened, networks_in(opened)), STAGES))
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
    from slowpoints.study import load_results, Study

    records = as_records(judge(load_results(Study.open(study))))
    if as_json:
        print(json.dumps(records, indent=2, ensure_ascii=False))
        return 0
    from rich.console import Console

    from slowpoints._display import claims_table

    Console().print(claims_table(records))
    return 0


@app.command
def config(preset: str = "digits") -> int:
    """Print a preset's config as YAML: every option there is, ready to be changed and given to `train`."""
    import yaml

    from slowpoints.study import config_to_mapping, PRESETS
    from slowpoints.study.config import nearest

    if preset not in PRESETS:
        raise InputError(f"There is no preset {preset}; {nearest(preset, PRESETS)}")
    print(yaml.safe_dump(config_to_mapping(PRESETS[preset]), sort_keys=False, allow_unicode=True), end="")
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


def _run(study, stages, workers) -> int:
    """Runs stages with progress; 1 if a network failed."""
    from slowpoints._display import StudyDisplay
    from slowpoints.study import run_stages, save_results

    if workers is not None and workers < 1:
        raise InputError(f"--workers must be at least 1; got {workers}.")
    with StudyDisplay(stages) as display:
        failures = run_stages(study, stages, workers=workers, watch=display.update)
    for failure in failures:
        print(failure, file=sys.stderr)
    save_results(study)
    return 1 if failures else 0


def _report(study) -> int:
    from slowpoints.report import write_report
    from slowpoints.study import save_results

    print(f"The report is at {write_report(save_results(study), study.folder)}")
    return 0


def main() -> None:
    """The console script: exit code 0 if all went well, 1 if a network failed, 2 if the input was wrong."""
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
    except (cyclopts.CycloptsError, InputError) as error:
        print(f"slowpoints: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("slowpoints: interrupted; run the same command again to go on.", file=sys.stderr)
        sys.exit(130)
    sys.exit(code)
