"""Networks from weights without their module: PyTorch's state dicts, and .safetensors files."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from slowpoints._errors import InputError
from slowpoints.interop._gates import Array64, double, our_unit, unit_of
from slowpoints.interop._imported import Imported
from slowpoints.interop._source import kind_of
from slowpoints.networks import AbstractUnit, GRUResetAfter, LSTM, Tanh, UNITS

TORCH_UNITS: dict[int, tuple[type[AbstractUnit], str]] = {1: (Tanh, "n"), 3: (GRUResetAfter, "rzn"), 4: (LSTM, "ifgo")}
"""By the number of gates: our unit, and the order in which torch stacks the gates."""

NAMES = {"tanh": 1, "gru": 3, "gru_reset_after": 3, "lstm": 4}
"""The number of gates by the name that `unit` takes; torch's GRU is our `gru_reset_after`."""

ARRAYS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

NAME = re.compile(
    r"(?:(?P<prefix>.+)\.)?(?P<array>(?:weight|bias)_(?:ih|hh|hr))(?:_l(?P<layer>\d+))?(?P<back>_reverse)?"
)


def from_file(path: str | Path, *, unit: str | None = None, prefix: str | None = None) -> Imported:
    """A network from a ``.safetensors`` file: weights under PyTorch's names, or a snapshot of one of our networks.

    Args:
        path: the file.
        unit: for PyTorch's names as in `from_torch`. A snapshot says its unit itself; `unit` must then be left out or
            agree.
        prefix: for PyTorch's names as in `from_torch`; not for a snapshot.

    Returns:
        `Imported`. A snapshot's readout is left out, and its trigger becomes the last input.

    Raises:
        InputError: if the file is missing, is not a safetensors file, or holds neither of the two.

    Examples:
        >>> import numpy as np, tempfile
        >>> from safetensors.numpy import save_file
        >>> from slowpoints.interop import from_file
        >>> weights = {"weight_ih_l0": np.zeros((1, 2)), "weight_hh_l0": np.full((1, 1), 2.0)}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_file(weights, f"{folder}/weights.safetensors")
        ...     network = from_file(f"{folder}/weights.safetensors", unit="tanh")
        >>> network.features, network.domain()
        (2, (-1.0, 1.0))
    """
    arrays, metadata = read_arrays(Path(path))
    if "unit.weights.recurrent" not in arrays:
        return from_weights(arrays, unit=unit, prefix=prefix)
    if prefix is not None:
        raise InputError(f"{path} is a snapshot, with one unit; leave prefix out.")
    return Imported.stacked([_unit_of_snapshot(arrays, metadata.get("unit", ""), unit, Path(path))])


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """All arrays and the metadata of a safetensors file. Nothing pickled is read.

    Raises:
        InputError: if the file is missing or is not a safetensors file.
    """
    from safetensors import safe_open, SafetensorError

    try:
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; give a .safetensors file of weights.") from error
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"{path} is not a safetensors file ({error}); write one by safetensors.torch.save_file(state_dict, path)."
        ) from error


def _unit_of_snapshot(arrays: Mapping[str, np.ndarray], name: str, given: str | None, path: Path) -> AbstractUnit:
    if name not in UNITS:
        raise InputError(f"{path} does not say which unit its weights are of; give a snapshot as it was written.")
    if given is not None and given != name:
        raise InputError(f"{path} holds a unit {name!r}, not {given!r}; leave unit out.")
    kind = UNITS[name]
    try:
        incoming = np.vstack([arrays["unit.weights.input"], arrays["unit.weights.trigger"][None]])
        rest = [arrays[f"unit.weights.{part}"] for part in ("recurrent", "bias")]
        own = sorted(field.name for field in dataclasses.fields(kind) if field.name != "weights")
        extra = [arrays[f"unit.{name}"] for name in own]
    except (KeyError, ValueError) as error:
        raise InputError(f"{path} is not a whole snapshot ({error}); give a snapshot as it was written.") from error
    return our_unit(kind, *map(double, (incoming, *rest, *extra)))


def from_weights(weights: Mapping[str, Any], *, unit: str | None, prefix: str | None) -> Imported:
    """A network from weights under PyTorch's names. See `from_torch`."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for name, array in weights.items():
        if match := NAME.fullmatch(name):
            if match["back"]:
                raise InputError(f"{name} belongs to a bidirectional layer; only those that run forwards have a step.")
            if match["array"].endswith("hr"):
                raise InputError(f"{name} is a projection (proj_size); our units have none.")
            layers = found.setdefault(match["prefix"] or "", {})
            layers.setdefault(int(match["layer"] or 0), {})[match["array"]] = array
    if not found:
        raise InputError("the weights hold none by PyTorch's names for recurrent layers, such as weight_hh_l0.")
    if prefix is None and len(found) > 1:
        raise InputError(f"the weights hold several recurrent layers; say which by prefix: {_listed(found)}.")
    chosen = next(iter(found)) if prefix is None else prefix.removesuffix(".")
    if chosen not in found:
        raise InputError(f"the weights hold no recurrent layer of prefix {prefix!r}; there is {_listed(found)}.")
    layers = found[chosen]
    if sorted(layers) != list(range(len(layers))):
        raise InputError(f"the weights hold the layers {', '.join(map(str, sorted(layers)))}; some are missing.")
    return Imported.stacked([_unit_from_weights(layers[k], k, unit) for k in range(len(layers))])


def _unit_from_weights(arrays: Mapping[str, Any], k: int, unit: str | None) -> AbstractUnit:
    for name in ARRAYS[:2]:
        if name not in arrays:
            raise InputError(f"the weights hold no {name} for layer {k}.")
    doubles = {name: to_double(array) for name, array in arrays.items()}
    shape = doubles["weight_hh"].shape
    gates = shape[0] // shape[1] if len(shape) == 2 and shape[1] and shape[0] % shape[1] == 0 else 0
    if gates not in TORCH_UNITS:
        raise InputError(f"weight_hh of layer {k} must hold 1, 3 or 4 square matrices, but its shape is {shape}.")
    if unit is None and gates == 1:
        raise InputError(
            "weights of one gate may be those of a tanh or a relu layer: if tanh, give unit='tanh' (--unit tanh); a "
            "relu layer goes through from_torch with an example input and state."
        )
    if unit is not None and unit not in NAMES:
        raise InputError(f"unit cannot be {unit!r}; it can be {', '.join(NAMES)}.")
    if unit is not None and NAMES[unit] != gates:
        raise InputError(
            f"unit {unit!r} does not fit weight_hh of layer {k}, whose shape {shape} is that of "
            f"{' or '.join(name for name, size in NAMES.items() if size == gates)}."
        )
    return torch_unit(doubles)


def torch_unit(arrays: Mapping[str, Array64]) -> AbstractUnit:
    """Our unit from the arrays of one layer, by torch's names without the layer's number."""
    recurrent = arrays["weight_hh"].T
    kind, order = TORCH_UNITS[recurrent.shape[1] // recurrent.shape[0]]
    return unit_of(
        kind,
        order,
        input=arrays["weight_ih"].T,
        recurrent=recurrent,
        bias=arrays.get("bias_ih"),
        recurrent_bias=arrays.get("bias_hh"),
    )


def to_double(array: Any) -> Array64:
    """A copy of an array or a tensor as a NumPy array in float64. Raises `InputError` if it has no real numbers."""
    if kind_of(array, "torch"):
        if array.is_meta:
            raise InputError("weights must have numbers, but they are on PyTorch's meta device; load them first.")
        if array.is_complex():
            raise InputError("weights must be real numbers, but they are complex: our units have no others.")
        array = array.detach().cpu().double().numpy()
    return double(array)


def _listed(found: Mapping[str, Any]) -> str:
    return ", ".join(repr(prefix) for prefix in sorted(found))
