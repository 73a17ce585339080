"""How the site shows Python: each block of a page is run in turn, in one namespace, its output and figures below it."""

import base64
import logging
import os
import tempfile
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

import markdown_exec
from zensical.extensions.context import ContextPreprocessor

KINDS = {".png": "image/png", ".svg": "image/svg+xml"}
"""Figures that a block may leave in its folder."""

_folders: dict[str, Path] = defaultdict(lambda: Path(tempfile.mkdtemp(prefix="slowpoints-docs-")))
"""Where the code of each page runs."""

_one_at_a_time = threading.RLock()
"""The folder in which code runs is the whole process'."""


class _Failure(logging.Handler):
    """Ends the build where a block fails: markdown-exec only warns, and Zensical does not count its warnings."""

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), flush=True)
        os._exit(1)


def _logger(name: str) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.handlers = [_Failure(logging.WARNING)]
    return logger


markdown_exec.patch_loggers(_logger)


def validator(language: str, inputs: dict[str, str], options: dict[str, Any], attrs: dict[str, Any], md: Any) -> bool:
    """Fills in how a block is run and shown."""
    page = ContextPreprocessor.from_markdown(md).page.path
    given = {"exec": "on", "source": "above", "result": "text", "session": page} | inputs
    inputs.clear()
    inputs.update(given)
    return markdown_exec.validator(language, inputs, options, attrs, md)


def formatter(source: str, language: str, css_class: str, options: dict[str, Any], md: Any, **others: Any) -> str:
    """The block, what it printed, and the figures that it saved."""
    folder = _folders[options["session"]]
    with _one_at_a_time:
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
        shown = markdown_exec.formatter(source, language, css_class, options | {"workdir": str(folder)}, md, **others)
        new = [path for path in sorted(folder.rglob("*")) if before.get(path) != path.stat().st_mtime_ns]
    figures = [path for path in new if path.suffix in KINDS]
    return str(shown) + "".join(map(_embedded, figures))


def _embedded(figure: Path) -> str:
    data = base64.b64encode(figure.read_bytes()).decode()
    return f'<p><img src="data:{KINDS[figure.suffix]};base64,{data}" alt="{figure.name}" width="560"></p>'
