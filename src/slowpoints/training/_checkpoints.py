"""Weights and training states as safetensors files, each written whole or not at all."""

import json
import re
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from slowpoints._atomic import write_atomically
from slowpoints._errors import Damaged, InputError
from slowpoints._options import plain
from slowpoints._tensors import packed
from slowpoints.networks import FRONT_ENDS, FrontEndSettings, Identity, MemoryNetwork, UNITS
from slowpoints.training._sums import digest_of, read_summed, write_summed

NEWEST_STATES = 2
"""How many training states are kept: the newest, and one before it in case the networks of an ensemble were cut off
between their files."""


def snapshot_path(folder: str | Path, step: int) -> Path:
    """Where a network's weights after `step` training steps lie.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.training import snapshot_path
        >>> snapshot_path(Path("network"), 20).name
        'step-0000020.safetensors'
    """
    return Path(folder) / "snapshots" / f"step-{step:07d}.safetensors"


def snapshot_steps(folder: str | Path) -> tuple[int, ...]:
    """The steps at which a network has a snapshot, in order.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints import Study
        >>> from slowpoints.training import snapshot_steps
        >>> study = Study.open(Path("examples/results/mnist-half"))
        >>> snapshot_steps(next((study.folder / "networks").iterdir()))  # an export has the last alone
        (70000,)
    """
    return _steps(Path(folder) / "snapshots")


def save_network(path: str | Path, network: MemoryNetwork, *, step: int) -> None:
    """Writes one network's weights, with what is needed to rebuild it in the file's metadata.

    Of an `Identity` nothing is written: all there is to know of it is how many features the unit takes.

    Example:
        >>> from pathlib import Path
        >>> import jax
        >>> from slowpoints import GRU, load_network, MemoryNetwork
        >>> from slowpoints.training import save_network
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(0))
        >>> save_network(Path("mine.safetensors"), network, step=0)
        >>> bool((load_network(Path("mine.safetensors")).readout.weight == network.readout.weight).all())
        True
    """
    write_atomically(Path(path), _network_file(network, step))


def save_snapshot(folder: Path, network: MemoryNetwork, *, step: int) -> None:
    """Writes the weights of the network in `folder` after `step` training steps, and their checksum."""
    write_summed(folder, snapshot_path(folder, step), _network_file(network, step))


def _network_file(network: MemoryNetwork, step: int) -> bytes:
    (unit,) = (name for name, kind in UNITS.items() if kind is type(network.unit))
    metadata = {"unit": unit, "readout": network.readout.kind, "step": str(step)}
    front = network.front_end
    if not isinstance(front, Identity):
        metadata["front_end"] = json.dumps({"image_shape": front.image_shape, **plain(front.settings)})
    return packed(named_arrays(network), metadata)


def load_network(path: str | Path) -> MemoryNetwork:
    """Reads a network that `save_network` wrote. Raises `InputError` if the file is missing or damaged.

    Example:
        >>> import jax
        >>> from pathlib import Path
        >>> from slowpoints import GRU, load_network, MemoryNetwork
        >>> from slowpoints.training import save_network
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(0))
        >>> save_network(Path("mine.safetensors"), network, step=0)
        >>> load_network(Path("mine.safetensors")).features
        64
    """
    path = Path(path)
    arrays, metadata = read_arrays(path)
    named = _STEP.fullmatch(path.name)
    if named and "step" in metadata and metadata["step"] != str(int(named[1])):
        raise Damaged(path, f"it holds the weights of step {metadata['step']}")
    try:
        features, gate_units = arrays["unit.weights.input"].shape
        unit = UNITS.get(metadata["unit"])
        if unit is None:
            raise ValueError(f"its unit is {metadata['unit']!r}; known are {', '.join(UNITS)}")
        image_shape, front_end = (features,), FrontEndSettings()
        if "front_end" in metadata:
            image_shape, front_end = _front_end_from(json.loads(metadata["front_end"]))
        template = eqx.filter_eval_shape(
            MemoryNetwork.draw,
            unit,
            image_shape=image_shape,
            units=gate_units // unit.gates,
            classes=arrays["readout.bias"].shape[0] - 1,
            readout=metadata["readout"],
            front_end=front_end,
            key=jax.random.key(0),
        )
    except (KeyError, ValueError, TypeError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{path} is not a network of slowpoints ({what}); give a snapshot.") from error
    return with_arrays(template, arrays, path)


def _front_end_from(content: dict[str, Any]) -> tuple[tuple[int, ...], FrontEndSettings]:
    """An image's shape and a front end's settings. Raises `TypeError` or `ValueError` if they are none."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in content.items()
    }
    image_shape = values.pop("image_shape")
    settings = FrontEndSettings(**values)
    if settings.kind not in FRONT_ENDS:
        raise ValueError(f"its front end is {settings.kind!r}; known are {', '.join(FRONT_ENDS)}")
    return image_shape, settings


def checksum_of(path: Path) -> str:
    """SHA-256, in hexadecimal, of a file. Raises `Damaged` if it is a folder.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.training import checksum_of
        >>> _ = Path("empty").write_bytes(b"")
        >>> checksum_of(Path("empty"))[:16]
        'e3b0c44298fc1c14'
    """
    try:
        return digest_of(path.read_bytes())
    except IsADirectoryError as error:
        raise Damaged(path, "it is a folder") from error


def save_state(folder: Path, state: Any, *, step: int) -> None:
    """Writes one network's full training state and removes all but the newest few."""
    write_summed(folder, state_path(folder, step), save(named_arrays(state)))
    for old in state_steps(folder)[:-NEWEST_STATES]:
        state_path(folder, old).unlink(missing_ok=True)


def state_path(folder: Path, step: int) -> Path:
    """Where a network's training state after `step` training steps lies."""
    return folder / "state" / f"step-{step:07d}.safetensors"


def state_steps(folder: Path) -> tuple[int, ...]:
    """The steps at which a network's training state is kept, in order.

    Example:
        >>> from pathlib import Path
        >>> from slowpoints.training import state_steps
        >>> state_steps(Path("network"))  # nothing is trained there yet
        ()
    """
    return _steps(folder / "state")


def remove_states_after(folder: Path, step: int) -> None:
    """Removes training states later than `step`, which an ensemble that goes on from there will make again.

    Otherwise they would count among the newest few and push out the one that all networks have in common.
    """
    for later in state_steps(folder):
        if later > step:
            state_path(folder, later).unlink(missing_ok=True)


def load_state(folder: Path, template: Any, *, step: int) -> Any:
    """Reads one network's training state, shaped like `template`.

    Raises:
        Damaged: if it is not what was written, not finite, or of another step.
    """
    path = state_path(folder, step)
    arrays, _ = read_arrays(path)
    # What was written before there were means of a part of an interval was written between two intervals.
    arrays = {name: np.zeros(leaf.shape, leaf.dtype) for name, leaf in _means(template)} | arrays
    state = with_arrays(template, arrays, path)
    if not all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f"):
        raise Damaged(path, "not all of its numbers are finite")
    if int(state.step) != step:
        raise Damaged(path, f"it holds the state of step {int(state.step)}")
    return state


def _means(template: Any) -> list[tuple[str, Any]]:
    named = [(_name(path), leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(template)]
    return [(name, leaf) for name, leaf in named if name.startswith("seen.")]


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """All arrays and the metadata of a safetensors file, compared with its checksum where it has one.

    Raises:
        InputError: if it is missing.
        Damaged: if it is not what was written, or no such file.

    Example:
        >>> from pathlib import Path
        >>> import jax
        >>> from slowpoints import GRU, MemoryNetwork
        >>> from slowpoints.training import read_arrays, save_network
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(0))
        >>> save_network(Path("mine.safetensors"), network, step=0)
        >>> arrays, metadata = read_arrays(Path("mine.safetensors"))
        >>> arrays["unit.weights.recurrent"].shape, metadata["unit"]
        ((20, 60), 'gru')
    """
    try:
        content = read_summed(path)
        arrays = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; give a file that training wrote.") from error
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, Damaged):
            raise
        raise Damaged(path, str(error)) from error
    return arrays, header.get("__metadata__") or {}


def named_arrays(tree: Any) -> dict[str, np.ndarray]:
    """Every array of a pytree under its path's name; keys as their raw data."""
    return {
        _name(path): np.asarray(
            jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf, order="C"
        )
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def with_arrays(template: Any, arrays: dict[str, np.ndarray], path: Path) -> Any:
    """The pytree `template` filled with arrays of the same names and shapes."""

    def fill(where, leaf):
        name = _name(where)
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) and name in arrays:
            return jax.random.wrap_key_data(jnp.asarray(arrays[name]))
        if name not in arrays or arrays[name].shape != leaf.shape:
            found = arrays[name].shape if name in arrays else "nothing"
            raise InputError(f"{path} should hold {name} of shape {leaf.shape}, but holds {found}.")
        return jnp.asarray(arrays[name])

    return jax.tree_util.tree_map_with_path(fill, template)


def _name(path) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")


_STEP = re.compile(r"step-(\d{7,})\.safetensors")


def _steps(folder: Path) -> tuple[int, ...]:
    # Nothing else counts: a program that synchronises folders may leave a copy under another name beside a file.
    names = [_STEP.fullmatch(file.name) for file in folder.glob("step-*.safetensors")]
    return tuple(sorted(int(name[1]) for name in names if name))
