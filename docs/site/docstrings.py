"""How the reference reads our docstrings."""

import re
from typing import Any

import griffe


class OneExample(griffe.Extension):
    """Takes the heading `Example:` for `Examples:`, the only one that Griffe knows."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for everything that the reference reads."""
        if obj.docstring:
            obj.docstring.value = re.sub(r"^( *)Example:$", r"\1Examples:", obj.docstring.value, flags=re.MULTILINE)
