"""The page in a real browser, from disk, without a network: Debian's Chromium by playwright, on a desk and on a phone.

Without either of them, or without axe-core, these tests are skipped.
"""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from markupsafe import Markup

from slowpoints.plots import csv_bytes, FIGURES, pdf_bytes, svg_bytes
from slowpoints.report._section import Drawing
from slowpoints.report._svg import inline
from slowpoints.report._write import render
from tests.made_up import study

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
DRAWN_IN_SOFTWARE = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
SHOTS = os.environ.get("SLOWPOINTS_SCREENSHOTS")
"""A folder for pictures of what was tested, to be looked at."""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory) -> Path:
    """The page of made-up results, with one figure; the others take their time and add nothing here."""
    results = study(seeds=2)
    results.attrs["name"] = "it's \"<script>alert(1)</script>\u202e"
    data = FIGURES["headline"].data(results)
    assert data is not None
    figure = FIGURES["headline"].draw(data)
    drawing = Drawing(
        inline(svg_bytes(figure), "headline", "Retention"), "Retention", pdf_bytes(figure), csv_bytes(data)
    )
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(results, {"headline": drawing}))
    assert isinstance(drawing.svg, Markup)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=DRAWN_IN_SOFTWARE)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["desk", "phone"])
def page(request, browser, page_file) -> Iterator:
    """The page, opened; every message, error and request that is not of the page itself ends the test."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda asked: told.append(asked.url) if asked.url != page_file.as_uri() else None)
    page.goto(page_file.as_uri())
    page.wait_for_selector(".explorer[data-ready]")
    yield page
    if SHOTS:
        for name, selector in (("top", "body"), ("explorer", "#explore"), ("claims", "#claims")):
            page.evaluate("(selector) => document.querySelector(selector).scrollIntoView()", selector)
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png")
    context.close()
    assert [line for line in told if not line.startswith("data:")] == []


def pixels(page) -> np.ndarray:
    """What the first canvas shows, as numbers, read in the frame in which it was drawn."""
    read = page.evaluate(
        """() => new Promise((resolve) => {
            const canvas = document.querySelector(".explorer canvas");
            canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
            canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
            requestAnimationFrame(() => {
                const copy = document.createElement("canvas");
                [copy.width, copy.height] = [160, 120];
                const context = copy.getContext("2d", { willReadFrequently: true });
                context.drawImage(canvas, 0, 0, 160, 120);
                resolve([...context.getImageData(0, 0, 160, 120).data]);
            });
        })"""
    )
    return np.array(read).reshape(120, 160, 4)


def move(page, label: str, value: int) -> None:
    page.get_by_label(label, exact=True).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )


def test_the_canvas_shows_something_and_every_slider_changes_it(page):
    seen = pixels(page)
    assert len(np.unique(seen.reshape(-1, 4), axis=0)) > 50
    move(page, "Steps since the image", 3)
    early = pixels(page)
    assert np.abs(early - seen).sum() > 0
    move(page, "Training step", 4)
    training = pixels(page)
    assert np.abs(training - early).sum() > 0
    assert "training steps" in page.text_content(".said")
    move(page, "Training step", 10**6)
    move(page, "Steps since the image", 8)
    assert "Boxed, because lost: 3 (read out as 5)." in page.text_content(".said")


def test_a_point_is_chosen_by_a_button_and_in_the_picture(page):
    page.locator(".points button").nth(4).click()
    assert page.text_content(".facts-of-point h4") == "◆ Point of class 4"
    where = page.evaluate(
        """() => {
            const canvas = document.querySelector(".explorer canvas"), box = canvas.getBoundingClientRect();
            const name = [...document.querySelectorAll(".explorer .labels")[0].querySelectorAll(".of-point")][7];
            const [x, y] = name.style.transform.match(/-?[\\d.]+/g).map(Number);
            return [box.left + scrollX + x, box.top + scrollY + y];
        }"""
    )
    page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector(".explorer canvas");
            const at = { clientX: x - scrollX, clientY: y - scrollY, pointerId: 1 };
            for (const kind of ["pointerdown", "pointerup"]) canvas.dispatchEvent(new PointerEvent(kind, at));
        }""",
        where,
    )
    assert page.text_content(".facts-of-point h4") == "◆ Point of class 7"
    assert page.locator(".facts-of-point").first.locator("circle").count() == 5  # the unit circle and four eigenvalues
    assert page.locator(".points button[aria-pressed=true]").first.text_content().startswith("◆ 7")


def test_keys_turn_the_camera_and_reach_everything(page):
    before = page.locator(".explorer .labels .axis").first.get_attribute("style")
    page.locator(".explorer canvas").first.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function(
        "(before) => document.querySelector('.explorer .labels .axis').getAttribute('style') !== before", arg=before
    )
    reached = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input, select, summary, canvas, .scroll")]
            .filter((one) => one.checkVisibility() && one.tabIndex < 0).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert reached == []


def test_two_networks_turn_under_one_camera(page):
    assert page.locator(".explorer canvas").count() == 2
    titles = page.locator(".explorer h3").all_text_contents()
    assert titles == [f"GRU, {protocol}, seed 0 digits, sigmoid readout" for protocol in ("DeCu", "VoCu")]
    first, second = (
        page.locator(".explorer .labels").nth(k).locator(".axis").first.get_attribute("style") for k in (0, 1)
    )
    assert first == second
    page.get_by_label("Network", exact=True).select_option(label="GRU, naive, seed 1")
    page.wait_for_function("document.querySelector('.explorer h3').textContent.includes('naive, seed 1')")
    page.get_by_label("Network", exact=True).select_option(label="GRU, DeCu, seed 0")
    page.wait_for_function("document.querySelector('.explorer h3').textContent.includes('DeCu, seed 0')")


def test_tables_sort_and_filter(page):
    table = page.locator("table.claims").first
    numbers = "(table) => [...table.tBodies[0].rows].filter((row) => row.id).map((row) => Number(row.id.slice(6)))"
    shown = "(table) => [...table.tBodies[0].rows].filter((row) => row.id && !row.hidden).length"
    began = table.evaluate(numbers)
    table.get_by_role("button", name="No.").click()
    table.get_by_role("button", name="No.").click()
    assert table.evaluate(numbers) == sorted(began, reverse=True)
    # What belongs to a row came along with it.
    assert table.evaluate("(table) => [...table.tBodies[0].rows].every((row, k) => (k % 2 === 0) === Boolean(row.id))")
    table.get_by_role("button", name="Verdict").click()
    verdicts = table.evaluate(
        "(table) => [...table.tBodies[0].rows].filter((row) => row.id).map((row) => row.cells[6].textContent)"
    )
    assert verdicts == sorted(verdicts)
    search = page.get_by_label("Filter the rows of this table").first
    search.fill("Spearman")
    assert 0 < table.evaluate(shown) < len(began)
    search.fill("")
    assert table.evaluate(shown) == len(began)


def test_figures_are_saved_in_the_colours_of_paper(page):
    with page.expect_download() as saved:
        page.locator("figure[data-name=headline] button[data-save=svg]").click()
    text = saved.value.path().read_text()
    assert saved.value.suggested_filename == "headline.svg"
    assert "var(" not in text
    assert "#0072b2" in text
    with page.expect_download() as saved:
        page.locator("figure[data-name=headline] button[data-save=png]").click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")


def test_nothing_is_cut_off_sideways(page):
    wide = page.evaluate(
        """() => [document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll("body *")]
            .filter((one) => one.checkVisibility() && !one.closest(".scroll, .drawing, svg, pre, .labels, .hidden"))
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
            .map((one) => one.outerHTML.slice(0, 80))]"""
    )
    assert wide == [0]


def test_axe_finds_no_serious_fault(page):
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe-core is not installed")
    page.evaluate(Path(spec.origin).with_name("axe.min.js").read_text())
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    faults = [
        (one["id"], node["html"][:100], node["failureSummary"][:160])
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:2]
    ]
    assert faults == []
