"""Where each tracked point comes from: a tree of the points and their labels through the history."""

import itertools
import json
from typing import Any, TYPE_CHECKING

import equinox as eqx
import numpy as np
from jaxtyping import Int

from slowpoints._errors import InputError
from slowpoints._extras import needs
from slowpoints.dynamics.tracking._events import Event, EventKind
from slowpoints.dynamics.tracking._tracks import Tracks

if TYPE_CHECKING:
    import networkx

_BROKEN = (EventKind.JUMPS, EventKind.UNDETERMINED)


class Stretch(eqx.Module):
    """A node of the tree: one point, of one label, over a stretch of checkpoints."""

    first: int
    """The first checkpoint of the stretch."""
    last: int
    """The last."""
    points: tuple[int, ...]
    """The tracks that are this point."""
    label: int


class Link(eqx.Module):
    """An edge of the tree, from a stretch to one that follows it in the history."""

    earlier: int
    """Number of the stretch before."""
    later: int
    """Number of the stretch after."""
    events: tuple[str, ...]
    """What happened in between, as names of `EventKind`: empty where the same point only changes its label."""


class Lineage(eqx.Module):
    """Where one track comes from."""

    point: int
    """The track."""
    labels: tuple[int, ...]
    """Its labels from the last checkpoint back to the first, each once per change."""
    changes: tuple[int, ...]
    """For each of `labels` but the last, the first checkpoint that has it: one fewer than labels."""
    known_from: int
    """The earliest checkpoint after which the point was followed without a jump and without an uncertified part. Before
    it, what a search from this point found need not be the same point."""
    joined: tuple[tuple[int, int], ...]
    """(checkpoint, track) for every track that is the same point as this one at some checkpoint, with the last such
    checkpoint."""


class Genealogy(eqx.Module):
    """The tree of tracked points: as plain records, as a graph, as JSON and for Graphviz.

    Examples:
        A fixed point that is there at all checkpoints is one node of the tree.

        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import genealogy, track
        >>> fold = lambda mu, x: x + mu - x**2
        >>> maps = [jax.tree_util.Partial(fold, jnp.asarray(mu)) for mu in (0.01, 0.04)]
        >>> tree = genealogy(track(maps, np.array([[0.2]])), labels=np.array([[7, 7]]))
        >>> tree.to_networkx().nodes(data="label")
        NodeDataView({0: 7}, data='label')
    """

    stretches: tuple[Stretch, ...]
    links: tuple[Link, ...]
    lineages: tuple[Lineage, ...]
    """One a track."""

    def to_networkx(self) -> "networkx.DiGraph":
        """A directed graph from earlier to later stretches, numbered as in `stretches`, with the records' fields as
        attributes.
        """
        needs("study", "networkx")
        import networkx

        graph = networkx.DiGraph()
        for number, stretch in enumerate(self.stretches):
            graph.add_node(number, **_plain(stretch))
        for link in self.links:
            graph.add_edge(link.earlier, link.later, events=list(link.events))
        return graph

    def to_json(self) -> str:
        """All records as one JSON object."""
        records = {
            name: [_plain(record) for record in getattr(self, name)] for name in ("stretches", "links", "lineages")
        }
        return json.dumps(records, ensure_ascii=False, indent=1)

    def to_dot(self) -> str:
        """The tree in Graphviz' DOT language, time from left to right; links that are no continuation are dashed."""
        lines = ["digraph genealogy {", "  rankdir=LR;", "  node [shape=box];"]
        for number, stretch in enumerate(self.stretches):
            tracks = ", ".join(map(str, stretch.points))
            lines.append(f'  {number} [label="{stretch.label}\\n{stretch.first}–{stretch.last}\\ntracks {tracks}"];')
        broken = {kind.name for kind in _BROKEN}
        for link in self.links:
            named = ", ".join(name.lower().replace("_", "–") for name in link.events)
            style = ", style=dashed" if broken & set(link.events) else ""
            lines.append(f'  {link.earlier} -> {link.later} [label="{named}"{style}];')
        return "\n".join([*lines, "}", ""])


def genealogy(tracks: Tracks, labels: Int[np.ndarray, "point checkpoint"] | None = None) -> Genealogy:
    """For every track, the points and labels that it came from.

    Args:
        tracks: what `track` returned.
        labels: one whole number for each track and checkpoint, such as its readout; array (point, checkpoint). By
            default the labels that `track` was told to record.

    Returns:
        `Genealogy`. It reads the history forwards, so the direction of tracking does not matter.

    Raises:
        InputError: if there are no labels, or they are not one whole number for each track and checkpoint.

    Examples:
        A point that is 7 at the last checkpoint and was 5 before.

        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from slowpoints.dynamics import genealogy, track
        >>> fold = lambda mu, x: x + mu - x**2
        >>> maps = [jax.tree_util.Partial(fold, jnp.asarray(mu)) for mu in (0.01, 0.04)]
        >>> (lineage,) = genealogy(track(maps, np.array([[0.2]])), labels=np.array([[5, 7]])).lineages
        >>> lineage.labels, lineage.changes
        ((7, 5), (1,))
    """
    labels = _check(tracks, labels)
    points, checkpoints = labels.shape
    happened = _happened(tracks)
    stretches: list[Stretch] = []
    links: list[Link] = []
    current: dict[int, int] = {}
    for k in range(checkpoints):
        groups = _groups(tracks.one_with[:, k], labels[:, k])
        before, current = current, {}
        for group in groups:
            events = sorted({kind for i in group for kind in happened[i].get(k - 1, ())})
            parents = sorted({before[i] for i in group}) if before else []
            (parent, *others) = parents or [-1]
            same = parent >= 0 and not others and not events
            if same and (stretches[parent].points, stretches[parent].label) == (group, labels[group[0], k]):
                stretches[parent] = Stretch(stretches[parent].first, k, group, stretches[parent].label)
                number = parent
            else:
                number = len(stretches)
                stretches.append(Stretch(k, k, group, int(labels[group[0], k])))
                links += [Link(earlier, number, tuple(kind.name for kind in events)) for earlier in parents]
            current |= dict.fromkeys(group, number)
    return Genealogy(tuple(stretches), tuple(links), tuple(_lineage(tracks, labels, i) for i in range(points)))


def _check(tracks: Tracks, labels: Any) -> Int[np.ndarray, "point checkpoint"]:
    labels = tracks.label if labels is None else np.asarray(labels)
    if labels is None:
        raise InputError("labels must be given, or a label function to track: there are none in these tracks.")
    if not (labels.shape == tracks.outcome.shape and np.issubdtype(labels.dtype, np.integer)):
        raise InputError(
            f"labels must be one whole number a track and checkpoint, of shape {tracks.outcome.shape}, "
            f"not {labels.dtype} of shape {labels.shape}."
        )
    return labels


def _happened(tracks: Tracks) -> list[dict[int, set[EventKind]]]:
    """For each track, the kinds of events in the interval after each checkpoint, without CONTINUES."""
    happened: list[dict[int, set[EventKind]]] = [{} for _ in range(len(tracks.outcome))]
    for event in tracks.events:
        if event.kind == EventKind.CONTINUES:
            continue
        for k in _intervals(event, tracks.outcome.shape[1]):
            for i in event.points if event.kind != EventKind.JUMPS else _jumping(event, tracks, k):
                happened[i].setdefault(k, set()).add(event.kind)
    return happened


def _jumping(event: Event, tracks: Tracks, k: int) -> tuple[int, ...]:
    """The tracks of a jump that do jump: the first, and those that are the same point before it jumps."""
    start = k + 1 if tracks.backwards else k
    one_with = tracks.one_with[:, start]
    return tuple(i for i in event.points if one_with[i] == one_with[event.points[0]])


def _intervals(event: Event, checkpoints: int) -> range:
    """The intervals that an event is in, each by the checkpoint before it."""
    first = min(int(event.begin), checkpoints - 2)
    return range(first, max(first + 1, int(np.ceil(event.end))))


def _groups(one_with: Int[np.ndarray, " point"], labels: Int[np.ndarray, " point"]) -> list[tuple[int, ...]]:
    """Groups of tracks that are the same point and have the same label."""
    keys = list(zip(one_with.tolist(), labels.tolist(), strict=True))
    return [tuple(i for i, key in enumerate(keys) if key == wanted) for wanted in dict.fromkeys(keys)]


def _lineage(tracks: Tracks, labels: Int[np.ndarray, "point checkpoint"], i: int) -> Lineage:
    own = labels[i]
    changes = [int(k) for k in np.flatnonzero(np.diff(own))[::-1] + 1]
    broken = [event.end for event in tracks.events_of(i) if event.kind in _BROKEN and _is_own(event, tracks, i)]
    last_with = {}
    for k, j in itertools.product(range(labels.shape[1]), range(len(labels))):
        if j != i and tracks.one_with[j, k] == tracks.one_with[i, k]:
            last_with[j] = k
    return Lineage(
        point=i,
        labels=(int(own[-1]), *(int(own[k - 1]) for k in changes)),
        changes=tuple(changes),
        known_from=int(np.ceil(max(broken, default=0))),
        joined=tuple(sorted((k, j) for j, k in last_with.items())),
    )


def _is_own(event: Event, tracks: Tracks, i: int) -> bool:
    return event.kind != EventKind.JUMPS or any(
        i in _jumping(event, tracks, k) for k in _intervals(event, tracks.outcome.shape[1])
    )


def _plain(record: eqx.Module) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(record).items()}
