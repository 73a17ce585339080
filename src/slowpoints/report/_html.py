"""The few pieces of HTML a report is made of. Everything that is text is escaped here."""

from collections.abc import Sequence
from html import escape


class Markup(str):
    """Text that is HTML already and must not be escaped again."""

    __slots__ = ()


def text(content: object) -> Markup:
    """Content as HTML: markup as it is, everything else escaped."""
    return content if isinstance(content, Markup) else Markup(escape(str(content)))


def element(tag: str, *content: object, **attributes: str) -> Markup:
    """One element. `class_` gives the attribute `class`; attribute values are escaped."""
    named = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{tag}{named}>{''.join(text(piece) for piece in content)}</{tag}>")


def join(*pieces: object) -> Markup:
    """Pieces one after the other."""
    return Markup("\n".join(text(piece) for piece in pieces))


def table(
    head: Sequence[object],
    rows: Sequence[Sequence[object]],
    *,
    caption: object = "",
    headings: int = 1,
    class_: str = "",
) -> Markup:
    """A table that scrolls by itself where it is wider than the page.

    Args:
        head: the column headings.
        rows: the cells of each row.
        caption: what the table shows.
        headings: how many first cells of a row are headings.
        class_: of the table.
    """
    top = element("tr", *(element("th", cell, scope="col") for cell in head))
    body = [
        element(
            "tr",
            *(element("th", cell, scope="row") for cell in row[:headings]),
            *(element("td", cell) for cell in row[headings:]),
        )
        for row in rows
    ]
    inner = (element("caption", caption) if caption else Markup(""), element("thead", top))
    made = element("table", *inner, element("tbody", *body), **({"class_": class_} if class_ else {}))
    return element("div", made, class_="scroll")
