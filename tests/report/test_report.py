"""The page stands alone, is well formed, and says what the results say."""

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import pytest
import xarray as xr
from markupsafe import Markup

from slowpoints.claims import CLAIMS, judge, Verdict
from slowpoints.measurements import MEASUREMENTS
from slowpoints.plots import FIGURES
from slowpoints.report import write_report
from slowpoints.report._registry import SECTIONS
from slowpoints.report._section import Section
from tests.made_up import study

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
    assert names == {f"{stem}.{kind}" for stem in FIGURES for kind in ("svg", "png", "pdf", "csv", "txt")}
    assert not [path for path in folder.iterdir() if path.name not in ("figures", "tables", "report.html")]


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


SHOWN = [name for name in MEASUREMENTS if any(name in section.needs for section in SECTIONS)]


@pytest.mark.parametrize("name", SHOWN)
def test_what_was_not_measured_is_said_with_the_command(tmp_path, name):
    page = write_report(study(seeds=2, without=(name,)), tmp_path).read_text("utf-8")
    Page(page)
    sections = page.split('<section id="')[1:]
    for section in SECTIONS:
        (body,) = [text for text in sections if text.startswith(f'{section.id}"')]
        told = f"slowpoints run STUDY --only {name}` does." in body
        assert told == (name in section.needs or section.id == "claims")


def test_a_study_without_any_start_has_a_report(tmp_path):
    page = write_report(study(seeds=2, protocols=("naive",)), tmp_path).read_text("utf-8")
    Page(page)
    assert "There are no slow points of classes: no class of any network was named rightly." in page


def test_an_empty_study_has_a_report(tmp_path):
    page = write_report(xr.DataTree(), tmp_path / "new" / "folder").read_text("utf-8")
    Page(page)
    assert page.count('class="absent"') == sum(len(section.needs) for section in SECTIONS) + 1
    assert "Nothing of this study has been measured yet." in page


def test_processors_and_versions_are_shown_with_their_networks(text):
    assert "<td>slowpoints 0.2.0, jax 0.10.2</td><td>18</td>" in text


def test_a_new_section_is_one_entry(tmp_path, monkeypatch):
    toy = Section(
        "toy",
        "A <toy>",
        ("lifetimes",),
        lambda results: {"rows": [["<b>", results.attrs["name"]]]},
        '{{ table(["one", "two"], rows) }}{{ figure("lifetimes") }}',
    )
    monkeypatch.setattr("slowpoints.report._write.SECTIONS", (*SECTIONS, toy))
    page = write_report(study(seeds=2), tmp_path).read_text("utf-8")
    Page(page.replace('id="lifetimes-', 'id="other-', page.count('id="lifetimes-') // 2))
    body = page.split('<section id="toy">')[1]
    assert "<h2>A &lt;toy&gt;</h2>" in body
    assert '<th scope="row">&lt;b&gt;</th><td>planted &lt;effects&gt;</td>' in body
    assert "figures/lifetimes.svg" in body
    assert '<a href="#toy">A &lt;toy&gt;</a>' in page


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.id)
def test_a_section_s_template_is_whole(section):
    results = study(seeds=2)
    body = section.body(results, {})
    assert isinstance(body, Markup)
    assert "{{" not in body
    assert set(section.needs) <= set(MEASUREMENTS)


def test_the_answer_states_the_numbers(text):
    answer = text[text.index('class="answer"') :].split("</p>")[0]
    assert "18 networks were trained" in answer
    assert "After a delay of 200 steps" in answer
    assert f"Of {len(CLAIMS)} claims" in answer


def test_a_degenerate_network_is_named_and_another_is_not(tmp_path):
    results = study(seeds=2)
    points = results["slow_points"]
    lost = (points["search"] == "newton") & (points["class"] < 7) & (points["network"] == "gru-VoCu-sigmoid-1")
    points["outcome"] = points["outcome"].where(~lost, "degenerate")
    page = write_report(results, tmp_path).read_text("utf-8")
    assert "<b>gru-VoCu-sigmoid-1: </b>7 points degenerate, 0 unfinished of 10; root speeds reached" in page
    assert "<b>gru-VoCu-sigmoid-0: </b>" not in page
    assert "their classes are not ranked by the speed of a point" in " ".join(page.split())


def test_the_page_says_what_predicts_retention_best(tmp_path):
    page = write_report(study(seeds=3, rank=0, effect=0.0), tmp_path).read_text("utf-8")
    sentence = re.search(r"accuracy at delay 200 is best predicted by the ([^,]+), R² (0\.\d+)", page)
    assert sentence
    assert sentence[1] in {"lowest speed before escape", "speed at the first pause", "lifetime from the class mean"}
    assert float(sentence[2]) > 0.8
