"""What the explorer shows of one network: plain arrays, and how they are packed into a page."""

import base64
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Int

STEPS = 1000
"""Into how many steps half the side of the box around a phase space is divided; positions are rounded to whole ones."""

SIGNIFICANT = 4
"""Digits that are kept of numbers which are not positions."""


@dataclass(frozen=True)
class PointView:
    """One point of the map.

    - `position`: on the components.
    - `kind`: the outcome of its search, in words, which decides its marker.
    - `label`: the class (an index) whose colour it has; −1 for none.
    - `title`: what it is called.
    - `facts`: what is known of it, in words, by name.
    - `modes`: unit vectors along which it is left.
    - `spectrum`: leading eigenvalues of dF/dx.
    - `hollow`: whether it is drawn so: a point that is read out as another class.

    Example:
        >>> import dataclasses
        >>> from slowpoints.explorer import PointView
        >>> [field.name for field in dataclasses.fields(PointView)][:2]
        ['position', 'kind']
    """

    position: Float[np.ndarray, " component"]
    kind: str
    label: int
    title: str
    facts: Mapping[str, str]
    modes: Float[np.ndarray, "mode component"]
    spectrum: Complex[np.ndarray, " eigenvalue"]
    hollow: bool = False


@dataclass(frozen=True)
class TrackView:
    """Points of classes through training.

    - `steps`: the training steps.
    - `position`, `root_speed`: along them; NaN where there is no point.
    - `introduced`: from which step each class is shown; −1 for never.
    - `parents`: the class each came from; −1 for none that is known.
    - `curriculum`: what changes in training, by name, at the steps.

    Example:
        >>> import dataclasses
        >>> from slowpoints.explorer import TrackView
        >>> [field.name for field in dataclasses.fields(TrackView)][:2]
        ['steps', 'position']
    """

    steps: Int[np.ndarray, " step"]
    position: Float[np.ndarray, "class step component"]
    root_speed: Float[np.ndarray, "class step"]
    introduced: Int[np.ndarray, " class"]
    parents: Int[np.ndarray, " class"]
    curriculum: Mapping[str, Float[np.ndarray, " step"]]


@dataclass(frozen=True)
class Curves:
    """Accuracy of each class, in %, at each delay, in steps.

    Example:
        >>> import numpy as np
        >>> from slowpoints.explorer import Curves
        >>> Curves(np.array([5, 50]), np.array([[98.0, 71.0]])).accuracy.shape  # of one class
        (1, 2)
    """

    delays: Int[np.ndarray, " delay"]
    accuracy: Float[np.ndarray, "class delay"]


@dataclass(frozen=True)
class View:
    """One network as the explorer shows it.

    - `title`, `group`: its name, and that of the group it is listed in.
    - `classes`: the classes' names.
    - `share`: the part of the variance along each component.
    - `time`: the steps at which trajectories were kept; the image, if there is one, is seen at 0.
    - `path`: trajectories on the components.
    - `label`: of each trajectory, its class (an index); −1 for none.
    - `answer`: which class would be read out, −1 for null; None if nothing is read out.
    - `points`, `tracks`, `retention`: what else there is.
    - `trained`: the longest delay in training, in steps; None where there is no such thing.
    - `lacks`: what has not been measured, in sentences.
    - `colours`: what colours stand for, in order, where that is not the classes.

    Example:
        >>> import numpy as np
        >>> from slowpoints.explorer import Explorer, View
        >>> spiral = np.array([[[np.cos(t), np.sin(t), t / 9] for t in range(9)]])
        >>> view = View("a spiral", "", (), np.full(3, 1 / 3), np.arange(9), spiral, np.array([-1]))
        >>> Explorer((view,)).save("spiral.html").name
        'spiral.html'
    """

    title: str
    group: str
    classes: tuple[str, ...]
    share: Float[np.ndarray, " component"]
    time: Int[np.ndarray, " time"]
    path: Float[np.ndarray, "trial time component"]
    label: Int[np.ndarray, " trial"]
    answer: Int[np.ndarray, "trial time"] | None = None
    points: tuple[PointView, ...] = ()
    tracks: TrackView | None = None
    retention: Curves | None = None
    trained: int | None = None
    lacks: tuple[str, ...] = field(default=())
    colours: tuple[str, ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """As JSON takes it: positions as whole steps from the middle of the box, other numbers rounded."""
        seen = [self.path.reshape(-1, 3), *(point.position[None] for point in self.points)]
        cloud = np.concatenate([rows[np.isfinite(rows).all(1)] for rows in seen])
        low, high = (cloud.min(0), cloud.max(0)) if len(cloud) else (np.zeros(3), np.ones(3))
        middle = (low + high) / 2
        half = max(float((high - low).max()) / 2, np.finfo(float).tiny)

        def steps(positions: np.ndarray) -> list[Any]:
            return _plain(np.round(STEPS * (positions - middle) / half), digits=None)

        return {
            "title": self.title,
            "group": self.group,
            "classes": list(self.classes),
            "share": _plain(self.share),
            "half": _rounded(half),
            "time": self.time.tolist(),
            "paths": [
                {"label": int(label), "at": steps(path)} for label, path in zip(self.label, self.path, strict=True)
            ],
            "answer": None if self.answer is None else self.answer.tolist(),
            "trained": self.trained,
            "points": [
                {
                    "at": steps(point.position),
                    "kind": point.kind,
                    "label": point.label,
                    "title": point.title,
                    "facts": dict(point.facts),
                    "modes": _plain(point.modes[np.isfinite(point.modes).all(1)]),
                    "spectrum": _plain(np.stack([np.real(point.spectrum), np.imag(point.spectrum)], 1)),
                    "hollow": point.hollow,
                }
                for point in self.points
            ],
            "tracks": None
            if self.tracks is None
            else {
                "steps": self.tracks.steps.tolist(),
                "at": steps(self.tracks.position),
                "speed": _plain(self.tracks.root_speed),
                "introduced": self.tracks.introduced.tolist(),
                "parents": self.tracks.parents.tolist(),
                "curriculum": {name: _plain(values) for name, values in self.tracks.curriculum.items()},
            },
            "retention": None
            if self.retention is None
            else {"delays": self.retention.delays.tolist(), "accuracy": _plain(self.retention.accuracy)},
            "lacks": list(self.lacks),
            "colours": list(self.colours),
        }

    def packed(self) -> str:
        """`plain` as JSON, deflated, in base 64: what stands in a page."""
        text = json.dumps(self.plain(), separators=(",", ":"), allow_nan=False)
        return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _plain(values: np.ndarray | np.floating, digits: int | None = SIGNIFICANT) -> Any:
    """An array as nested lists, numbers rounded (to whole ones without digits), None where there is none."""
    if values.ndim:
        return [_plain(row, digits) for row in np.asarray(values)]
    number = float(values)
    if not math.isfinite(number):
        return None
    return int(number) if digits is None else _rounded(number)


def _rounded(number: float) -> float:
    return float(f"{number:.{SIGNIFICANT}g}")
