"""The explorer as a piece of a page, as a page of its own, and in a notebook."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from slowpoints._atomic import write_atomically
from slowpoints.explorer._view import View

HEIGHT = 900
"""Of the frame in a notebook, in CSS pixels."""


def script() -> str:
    """The script of every page: tables, downloads and the explorer.

    Example:
        >>> from slowpoints.explorer import script
        >>> "</script" in script()
        False
    """
    return _read("explorer.js").replace("</script", "<\\/script")


def colours() -> str:
    """The style sheet with the colours of every page, on light and on dark screens.

    Example:
        >>> from slowpoints.explorer import colours
        >>> "prefers-color-scheme" in colours()
        True
    """
    return _read("colours.css")


def style() -> str:
    """The style sheet of the explorer; it takes the page's colours.

    Example:
        >>> from slowpoints.explorer import style
        >>> ".explorer" in style()
        True
    """
    return _read("explorer.css")


def block(views: Sequence[View]) -> str:
    """The explorer as HTML, to stand in a page that has `style` and, after it, `script`.

    Args:
        views: the networks to choose from, at least one.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import results_of, Study
        >>> from slowpoints.explorer import block
        >>> from slowpoints.results import views
        >>> results = results_of(Study.open(Path("examples/results/mnist-half")))
        >>> block(views(results))[:22]
        '<div class="explorer">'
    """
    listed = [{"title": view.title, "group": view.group, "packed": view.packed()} for view in views]
    # Nothing in a name can end the element: every < is written as JSON's escape.
    data = json.dumps(listed, separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<div class="explorer"><noscript><p class="absent">Walking around in a network needs JavaScript.</p></noscript>'
        f'<script type="application/json">{data}</script></div>'
    )


@dataclass(frozen=True)
class Explorer:
    """Networks to walk around in. In a notebook it shows itself; `save` writes it as a page that loads nothing.

    - `views`: the networks.
    - `title`: the page's.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import Study
        >>> study = Study.open(Path("examples/results/mnist-half"))
        >>> study.explore().save("networks.html").name
        'networks.html'
    """

    views: tuple[View, ...]
    title: str = "Slow points"

    def html(self) -> str:
        """The page."""
        return _read("page.html").format(
            title=html.escape(self.title), colours=colours(), style=style(), block=block(self.views),
            script=script(),
        )  # fmt: skip

    def save(self, path: Path | str) -> Path:
        """Writes the page, whole or not at all.

        Raises:
            OSError: if it cannot be written.
        """
        path = Path(path)
        write_atomically(path, self.html().encode())
        return path

    def _repr_html_(self) -> str:
        """A frame that holds the page, as Jupyter asks for it."""
        return (
            f'<iframe title="{html.escape(self.title)}" sandbox="allow-scripts allow-downloads" '
            f'style="width: 100%; height: {HEIGHT}px; border: 0" srcdoc="{html.escape(self.html())}"></iframe>'
        )


def _read(name: str) -> str:
    return files("slowpoints.explorer").joinpath(name).read_text("utf-8")
