"""The command: what it prints, what it writes, and what a person sees who mistypes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ruamel.yaml import YAML
from safetensors.numpy import save_file

import slowpoints.cli
from slowpoints._errors import InputError
from slowpoints.data import list_corpora
from slowpoints.dynamics import EventKind, load_points, Outcome
from slowpoints.measurements import by_default
from slowpoints.study import beginning_of, config_to_mapping, config_to_yaml, Failure, PRESETS, Study
from slowpoints.study._datasets import load_dataset
from slowpoints.training import snapshot_path
from tests.study.tiny import finished, tiny_config, write_corpus


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch):
    """An empty folder to work in, no corpora anywhere, and no way out."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("SLOWPOINTS_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("COLUMNS", "200")
    return folder


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs `slowpoints …` in this process: exit code, output, errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["slowpoints", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            slowpoints.cli.main()
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Study:
    """The finished tiny study, read only."""
    return finished(tmp_path_factory)


@pytest.fixture
def copy(done, tmp_path: Path) -> Study:
    shutil.copytree(done.folder, tmp_path / "copy")
    return Study.open(tmp_path / "copy")


@pytest.fixture
def no_work(monkeypatch):
    """Lets no worker start."""

    def refuse(*_):
        raise AssertionError("work was started")

    monkeypatch.setattr("slowpoints.engines.Processes.submit", refuse)


def written(folder: Path, name: str = "mine.yaml", **changes) -> Path:
    """A config file of the tiny study."""
    path = folder / name
    config = tiny_config(folder / "corpus.npz", **changes)
    path.write_text(config_to_yaml(config))
    return path


def one_sentence(code: int, out: str, err: str) -> str:
    """What a mistake gives: exit code 2, nothing printed, one line of explanation."""
    assert (code, out) == (2, "")
    line, end = err[:-1], err[-1:]
    assert end == "\n"
    assert "\n" not in line
    assert line.startswith("slowpoints: ")
    assert "Traceback" not in line
    return line


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("reproduse digits", 'Did you mean "reproduce"?'),
        ("reproduce digit", "The preset cannot be digit; did you mean digits?"),
        ("reproduce imagenet", "The preset cannot be imagenet; it can be digits, digits-quick, mnist,"),
        ("reproduce mnist --quick", "The preset mnist has no --quick form"),
        ("reproduce digits --training.stepz 5", "There is no option training.stepz; did you mean training.steps?"),
        ("reproduce digits --training.steps 10.5", "training.steps must be a whole number; got 10.5."),
        ("reproduce digits --sedes 5", "There is no option --sedes; did you mean seeds?"),
        ("run digits --wokers 2", "There is no option --wokers; did you mean workers?"),
        ("reproduce digits --only tracks", "There is no option --only; it can be name, corpus, "),
        (
            "plan digits --measurements clouds",
            "got 'clouds'. To measure more, give `slowpoints run` --only and the names.",
        ),
        ("reproduce digits --training.rate 11", "training.rate must be from 1e-12 to 10; got 11."),
        ("reproduce digits --seeds 0", "seeds must be at least 1, or a list of seeds; got 0."),
        ("reproduce digits --seeds 2.5", "seeds must be a whole number; got 2.5."),
        ("reproduce digits --unit gruu lstm", "unit cannot be gruu; did you mean gru?"),
        ("reproduce digits --unit=[gru", "--unit is not YAML (while parsing"),
        (
            "reproduce digits --lifetimes.draw 5",
            "There is no option measurements.lifetimes.draw; did you mean measurements.lifetimes.draws?",
        ),
        ("reproduce digits --workers many", "many"),
        ("reproduce", "--preset requires an argument."),
        ("report none", "none is not a study: it has no study.json"),
        ("status none", "none is not a study: it has no study.json"),
        ("claims none", "none is not a study: it has no study.json"),
        ("export none", "none is not a study: it has no study.json"),
        ("gather none --into all", "none is not a study: it has no study.json"),
        ("find none", "none is not a .safetensors file; write one"),
        ("find .", ". is a folder; for the slow points of a study, run `slowpoints run . --only slow_points`."),
        ("find none.safetensors", "none.safetensors does not exist; give a .safetensors file of weights."),
        (
            "find none.safetensors --figure a.jpg",
            "a.jpg cannot be drawn: a figure's name must end in .png, .svg, .pdf.",
        ),
        ("find none.safetensors --starts few", "few"),
        ("run none.yaml", "none.yaml is not a study, a config file or a preset; it can be digits, "),
        ("plan digit", "digit is not a study, a config file or a preset; did you mean digits?"),
        ("run digits --only track", "--only cannot be track; did you mean tracks?"),
        (
            "run digits --training.steps 10 --output new",
            "training.steps must be at least 14 for the changes of DeCu to come one after the other; got 10.",
        ),
        ("run digits --keep all", "keep cannot be all; did you mean final?"),
        ("config digit", "The preset cannot be digit; did you mean digits?"),
        ("data verify digit", "did you mean digits"),
        ("data fetch arrays", "cannot be fetched"),
    ],
)
def test_a_mistake_gives_one_sentence(arguments, expected, command, elsewhere):
    assert expected in one_sentence(*command(*arguments.split()))
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("name", ["\n", "a\u2028b", "\x1b[2J"])
def test_a_name_that_is_no_line_is_told_on_one(name, command, elsewhere):
    for arguments in (("plan", name), ("config", name), ("status", name), ("find", name)):
        assert one_sentence(*command(*arguments)).rstrip("\n").isprintable()


def test_a_config_that_is_not_yaml_gives_one_sentence(command, elsewhere):
    (elsewhere / "mine.yaml").write_text("training: {steps: 5\nunits: [")
    assert "mine.yaml is not YAML" in one_sentence(*command("run", "mine.yaml"))


def test_a_missing_corpus_gives_one_sentence(command, elsewhere, no_work):
    assert "corpus.npz does not exist" in one_sentence(*command("run", written(elsewhere)))


def test_no_workers_give_one_sentence(command, elsewhere, no_work):
    write_corpus(elsewhere / "corpus.npz")
    assert "--workers must be at least 1; got 0." in one_sentence(*command("run", written(elsewhere), "--workers", 0))


def begun(folder: Path) -> Study:
    """The tiny study, just begun, in the folder `study`."""
    study = Study.create(tiny_config(write_corpus(folder / "corpus.npz")), Path("study"))
    study.save()
    return study


def test_another_study_in_the_folder_gives_one_sentence(command, elsewhere, no_work):
    begun(elsewhere)
    sentence = "study holds another study (its config differs in units); choose another --output."
    other = written(elsewhere, units=7)
    assert sentence in one_sentence(*command("run", other, "--output", "study"))
    assert sentence in one_sentence(*command("run", "study", "--units", 7))


def test_a_plan_writes_nothing(command, elsewhere, no_work):
    write_corpus(elsewhere / "corpus.npz")
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    code, out, err = command("plan", written(elsewhere), "--seeds", 2, "--only", "lifetimes")
    assert (code, err) == (0, "")
    assert out.startswith("6 networks, 0 of them trained. To be done: training 6, slow_points 6, lifetimes 6. Time: ")
    code, out, err = command("plan", written(elsewhere), "--part", "1/3", "--engine", "serial", "--only", "training")
    assert (code, err) == (0, "")
    assert out.startswith("1 network, 0 of them trained. To be done: training 1. Time: ")
    (elsewhere / "mine.yaml").unlink()
    assert {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()} == before


def test_a_failed_network_gives_exit_code_1(command, elsewhere, monkeypatch):
    failure = Failure("gru-0", "training", "gru-0, training: The loss was not finite.")
    monkeypatch.setattr("slowpoints.study.run_study", lambda *_, **__: (failure,))
    begun(elsewhere)
    code, _, err = command("run", "study")
    assert code == 1
    assert "gru-0, training: The loss was not finite.\n" in err


def test_an_interruption_says_how_to_go_on(command, elsewhere, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("slowpoints.study.run_study", interrupt)
    begun(elsewhere)
    code, _, err = command("run", "study")
    assert code == 130
    assert err.endswith("slowpoints: interrupted; run the same command again to go on.\n")


def test_a_finished_study_is_not_run_again(command, copy, no_work):
    for only in ((), ("--only", "training"), ("--only", "slow_points", "lifetimes")):
        code, _, err = command("run", copy.folder, *only)
        assert (code, err) == (0, "3 networks, 3 of them trained; nothing is missing.\n")


def test_status_has_a_row_a_network(command, done):
    code, out, _ = command("status", done.folder)
    assert code == 0
    assert out.split()[:2] == ["network", "training"]
    for network in done.networks:
        (row,) = [line for line in out.splitlines() if network in line]
        assert row.split() == [network, *["done"] * (1 + len(by_default()))]


def test_status_of_a_study_just_begun_and_of_one_that_failed(command, elsewhere):
    study = begun(elsewhere)
    first = next(iter(study.networks))
    folder = study.network_folder(first)
    folder.mkdir(parents=True)
    (folder / "tasks.json").write_text(json.dumps({"training": {"failed": "The loss was not finite."}}))
    (folder / "progress.json").write_text(json.dumps({"now": "training"}))
    code, out, _ = command("status", "study")
    assert code == 0
    for network in study.networks:
        row = next(line.split() for line in out.splitlines() if network in line)
        assert row == [network, "failed" if network == first else "–", *["–"] * len(by_default())]
    assert f"{first}, training: The loss was not finite." in out


def test_export_and_gather(command, done, elsewhere):
    code, out, _ = command("export", done.folder, "--results", "--output", "small")
    assert (code, out) == (0, "The results of 3 networks are in small, what they say of the claims in claims.json.\n")
    code, out, _ = command("gather", "small", "--into", "all")
    assert (code, out) == (0, "Added to all: 3 networks.\n")
    mine, theirs = (json.loads(command("claims", folder, "--json")[1]) for folder in ("all", done.folder))
    assert mine == theirs
    # The exported results say what was judged, and by which rules.
    assert json.loads(Path("small", "claims.json").read_text("utf-8")) == theirs
    assert set(theirs[0]["rules"]) == {"date", "words", "code"}


def test_claims_as_json(command, done):
    code, out, _ = command("claims", done.folder, "--json")
    assert code == 0
    records = json.loads(out)
    assert records
    for record in records:
        assert {"id", "claim", "statistic", "interval", "n", "paper", "verdict"} <= set(record)


def test_claims_as_a_table(command, done):
    code, out, _ = command("claims", done.folder)
    assert code == 0
    assert out.split()[:7] == ["id", "claim", "statistic", "interval", "n", "paper", "verdict"]


def test_report_writes_the_page_and_the_figures(command, copy):
    code, out, _ = command("report", copy.folder)
    page = copy.folder / "report.html"
    assert code == 0
    assert str(page) in out
    assert "</html>" in page.read_text()
    figures = list((copy.folder / "figures").iterdir())
    assert {path.suffix for path in figures} == {".png", ".svg", ".pdf", ".csv", ".txt"}
    pictures = {path.stem for path in figures if path.suffix == ".png"}
    assert pictures
    assert pictures == {path.stem for path in figures if path.suffix == ".svg"}
    for path in figures:
        signs = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".csv": b"variable,", ".txt": b"n = "}
        content = path.read_bytes()
        assert signs[path.suffix] in content if path.suffix == ".txt" else content.startswith(signs[path.suffix])
    tables = {path.name for path in (copy.folder / "tables").iterdir()}
    assert tables == {"nominal_accuracies.csv", "second_retrieval.csv"}


@pytest.fixture
def weights(elsewhere) -> Path:
    """A file under PyTorch's names: two bistable tanh units, with nine points."""
    zeros = np.zeros(2, np.float32)
    arrays = {"weight_ih_l0": np.ones((2, 1), np.float32), "weight_hh_l0": np.diag([1.5, 2.0]).astype(np.float32)}
    save_file(arrays | {"bias_ih_l0": zeros, "bias_hh_l0": zeros}, elsewhere / "rnn.safetensors")
    return elsewhere / "rnn.safetensors"


def test_find_in_a_file(command, weights, elsewhere):
    code, out, err = command("find", weights, "--unit", "tanh", "--starts", 24, "--figure", "rnn.png")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    points = [row for row in rows if row[:1] and row[0].isdigit() and row[1:3] == ["fixed", "point"]]
    assert [row[4] for row in points].count("attractor") == 4
    assert [row[4] for row in points].count("saddle") == 4
    assert [row[4] for row in points].count("repeller") == 1
    assert "9 points and 0 continua" in out
    assert len(load_points(elsewhere / "rnn.points.safetensors")) == 9
    assert (elsewhere / "rnn.png").read_bytes().startswith(b"\x89PNG")


def test_find_in_a_file_under_another_input(command, weights, elsewhere):
    code, out, _ = command(
        "find", weights, "--unit", "tanh", "--input", 2.0, "--starts", 8, "--output", "driven.safetensors"
    )
    assert code == 0
    assert "0 searches are unfinished" in out
    points = load_points(elsewhere / "driven.safetensors")
    (x,) = points.state[points.outcome == Outcome.FIXED_POINT]
    np.testing.assert_allclose(x, np.tanh(np.array([1.5, 2.0]) * x + 2.0), rtol=1e-12)


def test_find_along_a_path_of_inputs(command, weights, elsewhere):
    """Each of the two units has a fold at ±u = artanh h − w h with h² = 1 − 1/w."""
    options = ["--input", 0.0, "--input-path", 0.8, "--inputs", 5, "--starts", 60, "--figure", "path.png"]
    code, out, err = command("find", weights, "--unit", "tanh", *options)
    assert (code, err) == (0, "")
    for w in (1.5, 2.0):
        h = np.sqrt(1 - 1 / w)
        assert f"at input {w * h - np.arctanh(h):.6g}: {EventKind.DISAPPEARS.sentence}" in out
    values = xr.load_dataset(elsewhere / "rnn.sweep.nc")
    np.testing.assert_array_equal(values["attractors"], [4, 4, 2, 1, 1])
    assert (elsewhere / "path.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", "weights of one gate may be those of a tanh or a relu layer"),
        ("--unit gru", "unit 'gru' does not fit weight_hh of layer 0"),
        ("--unit tanh --input 1 2", "input must be a vector of 1 numbers or one number"),
        ("--unit tanh --starts 0", "count must be positive, not 0"),
        ("--unit tanh --input-path 1 2", "--input-path must be one number or 1, one a feature; got 2"),
        ("--unit tanh --input-path 1 --inputs 1", "--inputs must be at least 2; got 1"),
        ("--unit tanh --prefix encoder", "the weights hold no recurrent layer of prefix 'encoder'"),
    ],
)
def test_find_in_a_file_says_what_is_wrong_and_writes_nothing(options, expected, command, weights, elsewhere):
    assert expected in one_sentence(*command("find", weights, *options.split()))
    assert list(elsewhere.iterdir()) == [weights]


def test_a_snapshot_is_a_file_of_weights_too(command, done, elsewhere):
    snapshot = sorted((done.folder / "networks").glob("*/snapshots/*.safetensors"))[-1]
    code, out, _ = command("find", snapshot, "--starts", 4, "--rounds", 1, "--output", "points.safetensors")
    assert code == 0
    assert len(load_points(elsewhere / "points.safetensors")) > 0 or "unfinished" in out


def test_a_study_is_compared_with_another_one(command, done):
    assert "compare needs two studies or more." in one_sentence(*command("compare", done.folder))
    assert "compare got the same study twice." in one_sentence(*command("compare", done.folder, done.folder))


def test_reproduce_takes_a_config(command, elsewhere, no_work):
    write_corpus(elsewhere / "corpus.npz")
    (elsewhere / "my.yaml").write_text(config_to_yaml(tiny_config(elsewhere / "corpus.npz")))
    assert "my.yaml has no --quick form" in one_sentence(*command("reproduce", "my.yaml", "--quick"))
    with pytest.raises(AssertionError, match="work was started"):
        command("reproduce", "my.yaml", "--seeds", 2)
    assert len(Study.open(elsewhere / "studies" / "tiny").networks) == 6


def test_a_reader_that_has_seen_enough_ends_a_command_quietly(done):
    program = "from slowpoints.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "claims", "--json", str(done.folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""


def test_a_study_s_snapshot_is_searched_from_where_the_study_searched(command, done, elsewhere):
    network, planned = next(iter(done.networks.items()))
    snapshot = snapshot_path(done.network_folder(network), planned.recipe.training.steps)
    begun = beginning_of(snapshot)
    assert begun is not None
    start = load_dataset(done.dataset_paths(network, done.record(network))["slow_points"])["start"].values
    np.testing.assert_allclose(begun.states, start[np.isfinite(start).all(1)], rtol=1e-6)
    code, out, _ = command("find", snapshot, "--rounds", 1, "--page", "points.html")
    assert code == 0
    assert "Searched from the classes' mean states, as the study does, under the mean noise." in out
    assert (elsewhere / "points.html").read_text().startswith("<!DOCTYPE html>")
    assert beginning_of(elsewhere / "points.html") is None
    (elsewhere / "link.safetensors").symlink_to(snapshot)
    np.testing.assert_array_equal(beginning_of(elsewhere / "link.safetensors").input, begun.input)
    assert "--page points.png must end in .html" in one_sentence(*command("find", snapshot, "--page", "points.png"))


def test_a_study_s_snapshot_has_the_study_s_input_however_it_is_searched(command, done, elsewhere, monkeypatch):
    network, planned = next(iter(done.networks.items()))
    snapshot = snapshot_path(done.network_folder(network), planned.recipe.training.steps)
    begun, given = beginning_of(snapshot), []
    assert begun is not None

    def survey(network, input, **options):
        given.append(input)
        raise InputError("enough")

    monkeypatch.setattr("slowpoints.interop.survey", survey)
    monkeypatch.setattr("slowpoints.interop.sweep", lambda network, path, **_: survey(network, path[0]))
    for options in (["--starts", 8], ["--input-path", 1], ["--input", 0.25], ["--input", 0.25, "--starts", 8]):
        command("find", snapshot, *options)
    np.testing.assert_array_equal(given[:2], [begun.input] * 2)
    assert given[2:] == [0.25, 0.25]


def test_a_copy_among_a_study_s_snapshots_is_a_file_like_any_other(copy):
    network, planned = next(iter(copy.networks.items()))
    snapshot = snapshot_path(copy.network_folder(network), planned.recipe.training.steps)
    for name in ("best.safetensors", "step-0000010-copy.safetensors"):
        shutil.copy(snapshot, snapshot.with_name(name))
        assert beginning_of(snapshot.with_name(name)) is None
    assert beginning_of(snapshot) is not None


@pytest.mark.parametrize("preset", PRESETS)
def test_config_prints_a_preset(preset, command):
    code, out, err = command("config", preset)
    assert (code, err) == (0, "")
    assert YAML(typ="safe", pure=True).load(out) == config_to_mapping(PRESETS[preset])


def test_data_list_has_a_line_a_corpus(command):
    code, out, _ = command("data", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [record.name for record in list_corpora()]
    (mnist,) = [line for line in out.splitlines() if line.startswith("mnist ")]
    assert "not here" in mnist


def test_data_verify(command, elsewhere):
    code, out, _ = command("data", "verify", "digits")
    assert code == 0
    assert out.startswith("ok ")
    (elsewhere / "mine.npz").write_bytes(b"nonsense")
    code, out, err = command("data", "verify", "arrays", "--file", "mine.npz")
    assert (code, err) == (2, "")
    assert out.startswith("BAD mine.npz: ")


def test_help_lists_the_commands_without_the_heavy_parts():
    program = (
        "import sys, slowpoints.cli\n"
        "sys.argv = ['slowpoints', '--help']\n"
        "try:\n    slowpoints.cli.main()\n"
        "finally:\n    print('HEAVY', [n for n in ('jax', 'xarray', 'matplotlib') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    names = ("reproduce", "run", "plan", "find", "report", "status", "claims", "export", "gather", "config", "data")
    for name in names:
        assert f" {name} " in done.stdout
    assert "HEAVY []" in done.stdout


def test_a_report_is_not_written_over_with_less_unless_told(command, copy):
    assert command("report", copy.folder)[0] == 0
    page, copied = copy.folder / "report.html", copy.results_path / ".zmetadata"
    before = page.read_bytes(), copied.read_bytes()
    (copy.folder / "networks").rename(copy.folder.parent / "elsewhere")
    said = one_sentence(*command("report", copy.folder))
    assert "had results that are not found now (extrapolation of 3 networks, learning of 3 networks, " in said
    assert "--fewer" in said
    command("claims", copy.folder)
    assert (page.read_bytes(), copied.read_bytes()) == before
    shutil.rmtree(copy.results_path)
    assert "are not found now (everything)" in one_sentence(*command("report", copy.folder))
    assert page.read_bytes() == before[0]
    assert command("report", copy.folder, "--fewer")[0] == 0
    assert page.read_bytes() != before[0]


def test_a_report_of_nothing_yet_may_be_written_again(command, elsewhere):
    folder = begun(elsewhere).folder
    for _ in range(2):
        assert command("report", folder)[0] == 0


def test_a_report_may_be_written_elsewhere(command, done, elsewhere):
    before = {path for path in done.folder.rglob("*") if path.name.endswith((".html", ".svg"))}
    assert command("report", done.folder, "--output", "there")[0] == 0
    assert (elsewhere / "there" / "report.html").exists()
    assert {path for path in done.folder.rglob("*") if path.name.endswith((".html", ".svg"))} == before


@pytest.mark.parametrize("output", ["rnn.safetensors", "rnn.points.safetensors"])
def test_find_writes_over_no_file(output, command, weights, elsewhere):
    (elsewhere / "rnn.points.safetensors").write_bytes(b"another network's")
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    given = ("--output", output) if output == "rnn.safetensors" else ()
    said = one_sentence(*command("find", weights, "--unit", "tanh", *given))
    assert f"{output} is there already; give another --output, or remove it." in said
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == before


def test_a_path_that_cannot_be_written_gives_one_sentence(command, done, elsewhere):
    (elsewhere / "file").touch()
    for output in ("file/below", "n" * 300, "/proc/nothing"):
        said = one_sentence(*command("report", done.folder, "--output", output))
        assert output in said


@pytest.mark.parametrize(
    ("engine", "sentence"),
    [
        ("proceses", "--engine cannot be proceses; did you mean processes?"),
        ("slurm", "--engine slurm needs a file of options"),
        ("slurm:none.yaml", "none.yaml cannot be read"),
    ],
)
def test_an_engine_that_is_none_gives_one_sentence(engine, sentence, command, elsewhere, no_work):
    begun(elsewhere)
    assert sentence in one_sentence(*command("run", "study", "--engine", engine))


def test_other_versions_than_the_study_began_with_are_said(command, copy, monkeypatch):
    monkeypatch.setattr("slowpoints.study._folder.versions", lambda: {"jax": "99.0", "numpy": "1"})
    _, _, err = command("run", copy.folder)
    assert "The study began with jax 0." in err
    assert "here is 99.0, which may round otherwise." in err
