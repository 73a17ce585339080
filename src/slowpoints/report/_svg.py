"""Figures as SVG that can stand several to a page."""

import re

from markupsafe import escape, Markup

from slowpoints.plots import INK, MUTED, PALETTE, PAPER, SHADE

VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    SHADE: "shade",
    PAPER: "paper",
    **{colour: f"series-{number}" for number, colour in enumerate(PALETTE, 1)},
}
"""Colours that the page's style sheet may change, for a dark screen, without drawing anew; by what it calls them."""


def inline(svg: bytes, name: str, description: str) -> Markup:
    """An SVG file's drawing for use inside a page.

    Args:
        svg: from `svg_bytes`.
        name: prefixed to every id in it, so that several drawings in one page do not share any.
        description: what a screen reader says.
    """
    drawing = svg.decode()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', drawing)
    drawing = re.sub(r'(?:xlink:)?href="#([^"]+)"', rf'href="#{name}-\1"', drawing)
    drawing = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", drawing)
    for colour, variable in VARIABLES.items():
        drawing = re.sub(rf"{colour}\b", f"var(--{variable})", drawing, flags=re.IGNORECASE)
    opening, rest = drawing.split(">", 1)
    view = re.search(r'viewBox="([^"]+)"', opening)
    box = view.group(1) if view else "0 0 100 100"
    width = float(box.split()[2])
    # Points are 4/3 of a CSS pixel; a figure is drawn at most half as large again as it was made, and at least three
    # quarters as large on a phone, where it scrolls.
    return Markup(
        f'<svg role="img" aria-label="{escape(description)}" viewBox="{box}" '
        f'style="max-width: {width * 2:.0f}px; --least: {width:.0f}px">{rest.strip()}'
    )
