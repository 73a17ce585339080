"""PyTorch's recurrent layers and cells, and weights under their names."""

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.interop._gates import Array64, double, unit_of
from slowpoints.interop._imported import Imported
from slowpoints.interop._kinds import as_sequence, kind_of, unsupported
from slowpoints.interop._parity import compared, Source
from slowpoints.interop._safetensors import read_arrays
from slowpoints.networks import AbstractUnit, GRUResetAfter, LSTM, Tanh

UNITS: dict[int, tuple[type[AbstractUnit], str]] = {1: (Tanh, "n"), 3: (GRUResetAfter, "rzn"), 4: (LSTM, "ifgo")}
"""By the number of gates: our unit, and the order in which torch stacks the gates."""

NAMES = {"tanh": 1, "gru": 3, "gru_reset_after": 3, "lstm": 4}
"""The number of gates by the name that `unit` takes; torch's GRU is our `gru_reset_after`."""

KINDS = ("RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell")

ARRAYS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

NAME = re.compile(
    r"(?:(?P<prefix>.+)\.)?(?P<array>(?:weight|bias)_(?:ih|hh|hr))(?:_l(?P<layer>\d+))?(?P<back>_reverse)?"
)


def from_torch(source: Any, *, unit: str | None = None, prefix: str | None = None) -> Imported:
    """A network from PyTorch: its weights in float64, its step compared with the module's own.

    **Arguments:**

    - `source`: `torch.nn.RNN` (tanh), `GRU`, `LSTM` or one of their cells, with any number of layers, with or without
      biases; or a list of them, from the input up. Or their weights: a mapping of names to arrays or tensors
      (``module.state_dict()``, also of a larger model: weights of other names are passed over), or the path of a
      ``.safetensors`` file of such weights.

    Rarer ones, for weights only:

    - `unit`: "tanh", "gru" (torch's resets after the product: our `gru_reset_after`) or "lstm". The shapes tell
      these apart, but not tanh from relu: where they say "one gate", it must be given.
    - `prefix`: which recurrent layer of a larger model: "encoder.rnn", say.

    Dropout between layers is as in evaluation, none. `batch_first` says nothing of a step and is passed over.

    **Returns:** `Imported`. A module's own forward is run on a copy of it in float64 on the processor, at random
    states and inputs: the module, its mode, gradients, device and PyTorch's random state stay as they are. With
    weights alone there is nothing to compare with, so what they are read as rests on their names and shapes.

    **Raises:** `InputError`, naming the option, for what our units do not have: `bidirectional`, `proj_size`, a
    `nonlinearity` other than tanh; if the module does not step by its class' equations; and for weights that are
    not all there, are not finite, or may be those of several layers.

    **Source:** the equations in the documentation of `torch.nn.GRU` and its siblings.
    """
    if isinstance(source, str | Path):
        return from_torch(read_arrays(Path(source))[0], unit=unit, prefix=prefix)
    if isinstance(source, Mapping):
        return from_weights(source, unit=unit, prefix=prefix)
    if unit is not None or prefix is not None:
        raise InputError("unit and prefix go with weights only; a module says itself what it is.")
    return compared([_source(module) for module in as_sequence(source)])


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
    doubles = {name: _double(array) for name, array in arrays.items()}
    shape = doubles["weight_hh"].shape
    gates = shape[0] // shape[1] if len(shape) == 2 and shape[1] and shape[0] % shape[1] == 0 else 0
    if gates not in UNITS:
        raise InputError(f"weight_hh of layer {k} must hold 1, 3 or 4 square matrices, but its shape is {shape}.")
    if unit is None and gates == 1:
        raise InputError("weights of one gate may be those of a tanh or a relu layer: if tanh, say so by unit='tanh'.")
    if unit is not None and NAMES.get(unit) != gates:
        raise InputError(
            f"unit {unit!r} does not fit weight_hh of layer {k}, whose shape {shape} is that of "
            f"{' or '.join(name for name, size in NAMES.items() if size == gates)}."
        )
    return _unit(doubles)


def _unit(arrays: Mapping[str, Array64]) -> AbstractUnit:
    recurrent = arrays["weight_hh"].T
    kind, order = UNITS[recurrent.shape[1] // recurrent.shape[0]]
    return unit_of(
        kind,
        order,
        input=arrays["weight_ih"].T,
        recurrent=recurrent,
        bias=arrays.get("bias_ih"),
        recurrent_bias=arrays.get("bias_hh"),
    )


def _source(module: Any) -> Source:
    kind = kind_of(module, "torch.nn.modules.rnn")
    if kind not in KINDS:
        raise unsupported(module, "from_torch", [f"torch.nn.{kind}" for kind in KINDS])
    if kind.startswith("RNN") and module.nonlinearity != "tanh":
        raise InputError(f"nonlinearity must be tanh, not {module.nonlinearity}: our units have no other.")
    if kind.endswith("Cell"):
        suffixes = [""]
    else:
        if module.bidirectional:
            raise InputError("bidirectional must be False: only a layer that runs forwards has a step.")
        if module.proj_size:
            raise InputError(f"proj_size must be 0, not {module.proj_size}: our units have no projections.")
        suffixes = [f"_l{k}" for k in range(module.num_layers)]
    names = ARRAYS if module.bias else ARRAYS[:2]
    layers = [_unit({name: _double(getattr(module, name + suffix)) for name in names}) for suffix in suffixes]
    try:
        twin = copy.deepcopy(module).cpu().double().eval()
    except RuntimeError as error:
        raise InputError(f"this {kind} cannot be copied to compare with ({error}); give its state_dict().") from error

    def advance(states: Sequence[State], input: np.ndarray) -> Sequence[State]:
        return (_advance_cell if kind.endswith("Cell") else _advance_layer)(twin, states, input)

    return Source(f"torch.nn.{kind}", layers, "float64", advance)


def _advance_cell(cell: Any, states: Sequence[State], input: np.ndarray) -> Sequence[State]:
    import torch  # pyright: ignore[reportMissingImports]

    (state,) = states
    with torch.no_grad():
        if isinstance(state, tuple):
            h, c = cell.forward(torch.tensor(input), tuple(map(torch.tensor, state)))
            return [(h.numpy(), c.numpy())]
        return [cell.forward(torch.tensor(input), torch.tensor(state)).numpy()]


def _advance_layer(module: Any, states: Sequence[State], input: np.ndarray) -> Sequence[State]:
    import torch  # pyright: ignore[reportMissingImports]

    one_step = torch.tensor(np.expand_dims(input, 1 if module.batch_first else 0))
    with torch.no_grad():
        if isinstance(states[0], tuple):
            before = tuple(torch.tensor(np.stack(parts)) for parts in zip(*states, strict=True))
            _, (h, c) = module.forward(one_step, before)
            return list(zip(h.numpy(), c.numpy(), strict=True))
        return list(module.forward(one_step, torch.tensor(np.stack(states)))[1].numpy())


def _double(array: Any) -> Array64:
    if kind_of(array, "torch"):
        array = array.detach().cpu().double().numpy()
    return double(array)


def _listed(found: Mapping[str, Any]) -> str:
    return ", ".join(repr(prefix) for prefix in sorted(found))
