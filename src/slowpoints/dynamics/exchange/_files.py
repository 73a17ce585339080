"""Slow points as a file: safetensors, written whole or not at all, and nothing in it that could run."""

import json
from pathlib import Path

import jax
import numpy as np

from slowpoints._atomic import write_atomically
from slowpoints._errors import InputError
from slowpoints._tensors import packed
from slowpoints._types import State
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics.exchange._form import COLUMNS, form_of, of_form

FORMAT = "slowpoints.points.1"
"""What a file says it is. A change of its layout changes the number."""


def save_points(points: SlowPoints, path: str | Path) -> None:
    """Writes slow points to a ``.safetensors`` file, with every number exactly as it is.

    The state's arrays are called ``state.0``, ``state.1`` … in `jax.tree.leaves` order. Eigenvalues have a last axis
    for real and imaginary part. The file is written whole or not at all, and an existing file is replaced. The same
    points give the same bytes.

    Args:
        points: what `find_slow_points` returned.
        path: the file.

    Examples:
        >>> import jax.numpy as jnp, numpy as np, tempfile
        >>> from slowpoints.dynamics import find_slow_points, load_points, save_points
        >>> points = find_slow_points(jnp.cos, np.array([[0.5]]))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_points(points, f"{folder}/points.safetensors")
        ...     again = load_points(f"{folder}/points.safetensors")
        >>> bool((again.state == points.state).all())
        True
    """
    arrays = {f"state.{i}": leaf for i, leaf in enumerate(jax.tree.leaves(points.state))}
    for name in COLUMNS:
        values = getattr(points, name)
        complex_ = np.iscomplexobj(values)
        arrays[name] = np.stack([values.real, values.imag], axis=-1) if complex_ else values
    metadata = {"format": FORMAT, "form": json.dumps(form_of(points.state))}
    write_atomically(Path(path), packed({k: np.asarray(v, order="C") for k, v in arrays.items()}, metadata))


def load_points(path: str | Path, *, like: State | None = None) -> SlowPoints:
    """Reads slow points that `save_points` wrote.

    Args:
        path: the file.
        like: one state of the search, whose structure the states get. Needed only if that has nodes other than tuples,
            lists and dictionaries with names as keys.

    Returns:
        `SlowPoints`, equal to what was saved.

    Raises:
        InputError: if the file is missing, damaged or does not hold slow points, or if `like` does not fit.

    Examples:
        >>> from slowpoints.dynamics import load_points
        >>> load_points("no-such-file.safetensors")
        Traceback (most recent call last):
            ...
        slowpoints._errors.InputError: no-such-file.safetensors does not exist; give a file that save_points wrote.
    """
    from safetensors import safe_open, SafetensorError

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; give a file that save_points wrote.") from error
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is damaged or no file of slow points ({error}); write it anew.") from error
    if metadata.get("format") != FORMAT:
        raise InputError(
            f"{path} is no file of slow points that this version reads: its format is "
            f"{metadata.get('format', 'not stated')}, not {FORMAT}."
        )
    try:
        eigenvalues = arrays.pop("eigenvalues")
        arrays["eigenvalues"] = eigenvalues[..., 0] + 1j * eigenvalues[..., 1]
        leaves = [arrays[f"state.{i}"] for i in range(sum(name.startswith("state.") for name in arrays))]
        form = json.loads(metadata["form"])
        columns = {name: arrays[name] for name in COLUMNS}
        if len({len(array) for array in (*columns.values(), *leaves)}) != 1:
            raise ValueError("its arrays are of different lengths")
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{path} is an incomplete file of slow points ({what}); write it anew.") from error
    try:
        state = of_form(form, leaves, like)
    except (KeyError, AttributeError, TypeError, RecursionError) as error:
        raise InputError(f"{path} does not say how its states are nested; write it anew.") from error
    points = SlowPoints(state=state, **columns)
    for array in jax.tree.leaves(points):
        array.setflags(write=False)
    return points
