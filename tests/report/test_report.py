"""The page stands alone, is well formed, and says what the results say."""

import json
import math
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import pytest
import xarray as xr
from markupsafe import Markup

from slowpoints.claims import CLAIMS, Evidence, judge, Verdict
from slowpoints.measurements import MEASUREMENTS
from slowpoints.plots import FIGURES
from slowpoints.report import write_comparison, write_report
from slowpoints.report._claims import command_for
from slowpoints.report._interval import interval_plot
from slowpoints.report._registry import SECTIONS
from slowpoints.report._section import Drawing, figure, Findings, LARGE, Section
from slowpoints.report._write import render
from slowpoints.results._views import SHOWN_BESIDE
from slowpoints.study import config_to_mapping, PRESETS
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
def findings() -> Findings:
    results = study(seeds=3, units=("gru", "lstm"))
    return Findings(results, judge(results))


@pytest.fixture(scope="module")
def folder(findings, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_report(findings.results, folder)
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
    assert all(link.startswith(("#", "data:", "https://")) for link in page.links)
    assert not page.tags & {"link", "iframe", "img", "object"}
    assert "<script src" not in text
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_figures_are_files_too(folder):
    names = {path.name for path in (folder / "figures").iterdir()}
    assert names == {f"{stem}.{kind}" for stem in FIGURES for kind in ("svg", "png", "pdf", "csv", "txt")}
    assert not [path for path in folder.iterdir() if path.name not in ("figures", "tables", "report.html")]


def test_every_figure_is_in_the_page_once(text):
    assert sorted(re.findall(r'<figure data-name="(\w+)"', text)) == sorted(FIGURES)


def test_every_claim_is_in_the_page_with_its_verdict(text, findings):
    tested, untested = text[text.index('id="claims"') :].split("<h3>Not tested in this study</h3>")
    for judgement in findings.judgements:
        verdict, number = judgement.evidence.verdict, f'<th scope="row">{judgement.claim.id}</th>'
        if verdict is Verdict.NOT_TESTED:
            assert number in untested
            assert escape(judgement.evidence.reason.split("; `")[0].replace("`", "")) in untested
            if command := command_for(judgement):
                assert command.startswith("slowpoints ")
                assert f"<code>{escape(command)}</code>" in untested.replace("&#39;", "&#x27;")
            else:
                assert judgement.claim.id == 33
        else:
            row = tested[tested.index(number) :].split("</tr>")[0]
            assert f">{verdict}</span>" in row


def test_numbers_are_in_the_page_unless_they_are_many():
    few, many = (Drawing(Markup("<svg></svg>"), "Retention", b"", b"1" * count) for count in (30, LARGE + 1))
    assert 'href="data:text/csv;base64,MTEx' in figure("delay", {"delay": few})
    assert 'href="figures/delay.csv"' in figure("delay", {"delay": many})


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


LEFT_OUT = ("clouds", "learning", "lifetimes", "tracks")
"""What a test of any figure does without: the figures of these take their time."""


def test_the_same_results_give_the_same_bytes_and_no_global_setting_is_touched(tmp_path):
    before = dict(matplotlib.rcParams)
    for name in ("first", "second"):
        write_report(study(seeds=2, without=LEFT_OUT), tmp_path / name)
    for path in sorted((tmp_path / "first").rglob("*.*")):
        other = tmp_path / "second" / path.relative_to(tmp_path / "first")
        assert path.read_bytes() == other.read_bytes(), path.name
    assert dict(matplotlib.rcParams) == before


SHOWN = [name for name in MEASUREMENTS if any(name in section.needs for section in SECTIONS)]


@pytest.mark.parametrize("name", SHOWN)
def test_what_was_not_measured_is_said_with_the_command(name):
    page = render(study(seeds=2, without=(name,)), {})
    Page(page)
    sections = page.split('<section id="')[1:]
    for section in SECTIONS:
        (body,) = [text for text in sections if text.startswith(f'{section.id}"')]
        if section.id == "claims":
            assert f"<code>slowpoints run STUDY --only {name}</code>" in body or name == "trajectories"
            continue
        told = f"<code>slowpoints run STUDY --only {name}</code> does." in body
        assert told == (name in section.needs or (section.id == "explore" and name in SHOWN_BESIDE))


def test_a_study_without_any_start_has_a_report():
    page = render(study(seeds=2, protocols=("naive",)), {})
    Page(page)
    assert "There are no slow points of classes: no class of any network was named rightly." in page


def test_an_empty_study_has_a_report(tmp_path):
    page = write_report(xr.DataTree(), tmp_path / "new" / "folder").read_text("utf-8")
    Page(page)
    assert page.count('class="absent"') == sum(len(section.needs) for section in SECTIONS) + 1
    assert "Nothing of this study that answers the question has been measured yet." in page


def test_processors_and_versions_are_shown_with_their_networks(text):
    assert 'on Abacus:\n<span class="versions">slowpoints 0.2.0, jax 0.10.2</span>' in text
    assert "18 networks on" in text


def test_a_new_section_is_one_entry(monkeypatch):
    toy = Section(
        "toy",
        "A <toy>",
        ("lifetimes",),
        lambda findings: {"rows": [["<b>", findings.results.attrs["name"]]]},
        '{{ table(["one", "two"], rows) }}{{ figure("lifetimes") }}',
    )
    monkeypatch.setattr("slowpoints.report._write.SECTIONS", (*SECTIONS, toy))
    drawing = Drawing(Markup('<svg id="lifetimes-a"></svg>'), "Lifetimes", b"", b"")
    page = render(study(seeds=2), {"lifetimes": drawing})
    Page(page.replace('id="lifetimes-', 'id="other-', page.count('id="lifetimes-') // 2))
    body = page.split('<section id="toy">')[1]
    assert "<h2>A &lt;toy&gt;</h2>" in body
    assert '<th scope="row">&lt;b&gt;</th><td>planted &lt;effects&gt;</td>' in body
    assert '<figure data-name="lifetimes">' in body
    assert '<a href="#toy">A &lt;toy&gt;</a>' in page


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.id)
def test_a_section_s_template_is_whole(section, findings):
    body = section.body(findings, {})
    assert isinstance(body, Markup)
    assert "{{ " not in body
    assert set(section.needs) <= set(MEASUREMENTS)


def test_the_answer_states_the_numbers(text, findings):
    answer = text[text.index('class="answer"') :].split("</ul>")[0]
    assert answer.count("<li>") <= 3
    assert "After a delay of 200 steps, where training went to 20" in answer
    planted = findings.results["extrapolation"]["delay_accuracy"].sel(split="test", delay=200)
    mean = 100 * float(planted.where((planted.unit == "gru") & (planted.protocol == "DeCu"), drop=True).mean())
    assert f"GRU DeCu {mean:.3g}" in answer
    assert "DeCu remembers longer: well supported (95 % intervals, 3 pairs of networks" in answer
    assert f"Of {len(CLAIMS)} claims" in text[: text.index("<main>")]


def test_verdicts_link_to_their_evidence(text):
    header, rest = text[: text.index("<main>")], text[text.index("<main>") :]
    linked = [int(number) for number in re.findall(r'href="#claim-(\d+)"', header)]
    assert sorted(linked) == [claim.id for claim in CLAIMS]
    assert all(rest.count(f'id="claim-{number}"') == 1 for number in linked)


def evidence(value, interval, claimed, n=5) -> Evidence:
    return Evidence(value, "it", interval, n, "networks", Verdict.UNDECIDED, "", claimed=claimed)


def test_an_interval_is_drawn_against_what_is_claimed():
    drawing = str(interval_plot(evidence(1.0, (-1.0, 3.0), (0.0, math.inf)), "open"))
    box, line = (
        re.search(pattern, drawing)
        for pattern in (r'<rect x="([\d.]+)"[^>]*width="([\d.]+)"', r'x1="([\d.]+)" x2="([\d.]+)" y1="11"')
    )
    assert box
    assert line
    low, high = float(line[1]), float(line[2])
    bound = float(box[1])
    # From −1 to 3, the bound 0 lies at a quarter of the interval, and what is claimed reaches the edge of the drawing.
    assert bound == pytest.approx(low + (high - low) / 4, abs=0.2)
    assert bound + float(box[2]) > high
    assert interval_plot(evidence(None, None, (0.0, math.inf)), "open") == ""


def test_methods_are_written_from_the_config():
    results = study(seeds=2)
    results.attrs["config"] = json.dumps(config_to_mapping(PRESETS["digits"]))
    page = " ".join(render(results, {}).split())
    assert "We trained 6 networks of 100 recurrent units (GRU (<a" in page
    assert "Training took 12000 steps of 64 trials with Adam" in page
    assert "@inproceedings{haviv2019understanding," in page


def test_two_studies_side_by_side(tmp_path):
    both = {"one & <b>": study(seeds=2, without=LEFT_OUT[:-2]), "other": study(seeds=2, without=LEFT_OUT)}
    page = write_comparison(both, tmp_path / "both.html").read_text("utf-8")
    found = Page(page)
    assert len(found.ids) == len(set(found.ids))
    assert "one &amp; &lt;b&gt;" in page
    for name, results in both.items():
        verdicts = [judgement.evidence.verdict for judgement in judge(results)]
        column = 1 + list(both).index(name)
        rows = page.split("<tbody>")[1].split("</tbody>")[0].split('<th scope="row">')[1:]
        assert [re.findall(r'class="badge \w+">([^<]+)<', row)[column - 1] for row in rows] == [
            str(v) for v in verdicts
        ]
    assert "This study has not measured what this shows." in page
    assert "Does a verdict hang on a choice?" in page


def test_a_degenerate_network_is_named_and_another_is_not():
    results = study(seeds=2)
    points = results["slow_points"]
    lost = (points["search"] == "newton") & (points["class"] < 7) & (points["network"] == "gru-VoCu-sigmoid-1")
    points["outcome"] = points["outcome"].where(~lost, "degenerate")
    page = render(results, {})
    assert "<b>gru-VoCu-sigmoid-1: </b>7 points degenerate, 0 unfinished of 10; root speeds reached" in page
    assert "<b>gru-VoCu-sigmoid-0: </b>" not in page
    assert "their classes are not ranked by the speed of a point" in " ".join(page.split())


def test_the_page_says_what_predicts_retention_best():
    page = render(study(seeds=3, rank=0, effect=0.0), {})
    sentence = re.search(r"accuracy at delay 200 is best predicted by the ([^,]+), R² (0\.\d+)", page)
    assert sentence
    assert sentence[1] in {"lowest speed before escape", "speed at the first pause", "lifetime from the class mean"}
    assert float(sentence[2]) > 0.8
