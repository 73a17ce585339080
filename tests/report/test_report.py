"""The page stands alone, is well formed, and says what the results say."""

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import pytest
import xarray as xr

from slowpoints.claims import judge, Verdict
from slowpoints.report import write_report
from tests.results import study

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Collects what the tests ask, and fails on a tag that is closed out of order."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self._note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self._note(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def _note(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "srcset", "data", "action"):
                self.links.append(value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_report(study(seeds=3, units=("gru", "lstm")), folder)
    return folder


@pytest.fixture(scope="module")
def text(folder) -> str:
    return (folder / "report.html").read_text("utf-8")


def test_the_page_is_well_formed_and_its_ids_are_its_own(text):
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    inside = {link[1:] for link in page.links if link.startswith("#")}
    inside |= set(re.findall(r"url\(#([^)]+)\)", text))
    assert inside <= set(page.ids)


def test_the_page_loads_nothing(text):
    page = Page(text)
    assert all(link.startswith("#") for link in page.links)
    assert not page.tags & {"script", "link", "iframe", "img", "object"}
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_figures_are_files_too(folder):
    names = {path.name for path in (folder / "figures").iterdir()}
    stems = ["training", "delay", "noise", "second_retrieval", "slow_points", "owned_points", "lifetimes"]
    stems += ["tracked_speeds", "short_readouts", "introduction_costs"]
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("svg", "png")}
    assert not [path for path in folder.iterdir() if path.name not in ("figures", "report.html")]


def test_every_claim_is_in_the_page_with_its_verdict(text):
    tested, untested = text[text.index('id="claims"') :].split("<h3>Not tested in this study</h3>")
    for judgement in judge(study(seeds=3, units=("gru", "lstm"))):
        verdict, number = judgement.evidence.verdict, f'<th scope="row">{judgement.claim.id}</th>'
        if verdict is Verdict.NOT_TESTED:
            assert number in untested
            assert escape(judgement.evidence.reason) in untested
        else:
            row = tested[tested.index(number) :].split("</tr>")[0]
            assert f">{verdict}</span>" in row


def test_names_are_escaped(text):
    assert "planted &lt;effects&gt;" in text
    assert "<effects>" not in text


def test_figures_follow_the_page_colours(text):
    drawings = "".join(re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL))
    assert "var(--ink)" in drawings
    assert set(re.findall(r"var\(--([\w-]+)\)", text)) <= set(re.findall(r"--([\w-]+):", text))
    # What is left of fixed colours would vanish on a dark screen.
    assert "#ffffff" not in drawings
    assert "#000000" not in drawings


def test_the_same_results_give_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        write_report(study(seeds=2), tmp_path / name)
    for path in sorted((tmp_path / "first").rglob("*.*")):
        other = tmp_path / "second" / path.relative_to(tmp_path / "first")
        assert path.read_bytes() == other.read_bytes(), path.name


def test_no_global_setting_is_touched(tmp_path):
    before = dict(matplotlib.rcParams)
    write_report(study(seeds=2), tmp_path)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    "group", ["training", "nominal", "delay", "noise", "second_retrieval", "slow_points", "lifetimes", "tracks"]
)
def test_a_stage_that_was_not_run_is_said_so(tmp_path, group):
    results = study(seeds=2, without=(group,))
    page = write_report(results, tmp_path).read_text("utf-8")
    Page(page)
    assert page.count("This stage has not been run.") == 1


def test_a_study_without_any_start_has_a_report(tmp_path):
    results = study(seeds=2, protocols=("naive",))
    results["slow_points"] = results["slow_points"].to_dataset()[["outcome"]]
    page = write_report(results, tmp_path).read_text("utf-8")
    Page(page)
    assert "no class of any network was read out correctly" in page


def test_an_empty_study_has_a_report(tmp_path):
    page = write_report(xr.DataTree(), tmp_path / "new" / "folder").read_text("utf-8")
    Page(page)
    assert page.count("This stage has not been run.") == 8
    assert "No stage of this study has been run yet." in page


def test_the_answer_states_the_numbers(text):
    answer = text[text.index('class="answer"') :].split("</p>")[0]
    assert "18 networks were trained" in answer
    assert "After a delay of 200 steps" in answer
    assert "Of 34 claims" in answer


def test_a_degenerate_network_is_named_and_another_is_not(tmp_path):
    results = study(seeds=2)
    points = results["slow_points"]
    lost = (points["method"] == "newton") & (points["class"] < 7) & (points["network"] == "gru-VoCu-sigmoid-1")
    points["outcome"] = points["outcome"].where(~lost, "degenerate")
    page = write_report(results, tmp_path).read_text("utf-8")
    assert "<b>gru-VoCu-sigmoid-1: </b>7 points degenerate, 0 unfinished of 10; root speeds reached" in page
    assert "<b>gru-VoCu-sigmoid-0: </b>" not in page
    assert "their classes are not ranked by the speed of a point" in page


def test_the_page_says_what_predicts_retention_best(tmp_path):
    page = write_report(study(seeds=3, rank=0, effect=0.0), tmp_path).read_text("utf-8")
    sentence = re.search(r"accuracy at delay 200 is best predicted by the ([^,]+), R² (0\.\d+)", page)
    assert sentence
    assert sentence[1] in {"lowest speed before escape", "speed at the first pause", "lifetime from the class mean"}
    assert float(sentence[2]) > 0.8
