"""PyTorch's recurrent layers and cells."""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np

from slowpoints._errors import InputError
from slowpoints._types import State
from slowpoints.interop._exported import Exported, exported
from slowpoints.interop._imported import Imported
from slowpoints.interop._source import as_sequence, compared, kind_of, Source, unsupported
from slowpoints.interop._weights import ARRAYS, from_weights, read_arrays, to_double, torch_unit

KINDS = ("RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell")


@overload
def from_torch(source: Any, *, unit: str | None = None, prefix: str | None = None) -> Imported: ...


@overload
def from_torch(
    source: Any, *, input: Any, state: Any, call: Callable[..., Any] | None = None, zero_noise: bool = False
) -> Exported: ...


def from_torch(
    source: Any,
    *,
    input: Any = None,
    state: Any = None,
    call: Callable[..., Any] | None = None,
    zero_noise: bool = False,
    unit: str | None = None,
    prefix: str | None = None,
) -> Imported | Exported:
    """A network from PyTorch, in float64, its step compared with the module's own.

    PyTorch's own layers become our units. Any other module, or a method of one, that maps an input and a state to the
    next state is written down by `torch.export` and computed by JAX: give it an example `input` and `state`. Dropout is
    as in evaluation, none. `batch_first` does not change a step and is ignored.

    Args:
        source: `torch.nn.RNN` (tanh), `GRU`, `LSTM` or one of their cells, with any number of layers, with or without
            biases; or a list of them, from the input up. Or their weights: a mapping of names to arrays or tensors
            (``module.state_dict()``, also of a larger model: weights of other names are ignored), or the path of a
            ``.safetensors`` file of such weights. Or, with `input` and `state`, any module or method of a module.
        input: an example input, as the step takes it; an array or a tensor. Only its shape counts.
        state: an example state: an array, or tuples, lists and dicts of arrays. Only its form counts.

        call: how the step is called: a function (step, input, state) that returns the next state. By default
            ``step(input, state)``. ``lambda step, input, state: step(*state, input)`` is for a step of other arguments,
            ``lambda step, input, state: step(input, state)[1]`` for one that returns more than its state.
        zero_noise: whether random numbers that the step draws (`rand`, `randn`) are taken for zero. A step that draws
            any is refused otherwise.

    Other Args:
        unit: for weights only: "tanh", "gru" (torch's resets after the product: our `gru_reset_after`) or "lstm". The
            shapes tell these apart, but not tanh from relu: weights of one gate need it.
        prefix: for weights only: which recurrent layer of a larger model, "encoder.rnn" for example.

    Returns:
        `Imported`, or `Exported` for a step of one's own. A module is run on a copy of it on the processor, at random
        states and inputs: PyTorch's own layers in float64, by value; other steps in their own precision, by value and
        Jacobian. The module, its mode, gradients, device and PyTorch's random state stay as they are. Weights alone
        cannot be compared with anything: how they are read depends on their names and shapes only.

    Raises:
        InputError: for a step that draws random numbers, changes its module, depends on the values in its state for
            what it does, does not return its state's form, or has an operator that is missing in
            `slowpoints.interop.OPERATORS`; naming the option, for what our units do not have: `bidirectional`,
            `proj_size`, a `nonlinearity` other than tanh; if the module's step is not that of its
            class' equations; and for weights that are incomplete, not finite, or may be those of several layers.

    Source:
        The equations in the documentation of `torch.nn.GRU`, `torch.nn.LSTM` and `torch.nn.RNN`.

    Examples:
        >>> import numpy as np, torch
        >>> from slowpoints.interop import from_torch
        >>> module = torch.nn.GRU(2, 3)
        >>> network = from_torch(module)
        >>> network.features, network.initial_state().shape
        (2, (3,))
        >>> ours = network.step(np.zeros(3), np.ones(2))
        >>> theirs, _ = module(torch.ones(1, 1, 2))
        >>> bool(np.allclose(ours, theirs.detach().numpy()[0, 0], atol=1e-6))
        True
    """
    if input is not None or state is not None:
        if input is None or state is None or unit is not None or prefix is not None:
            raise InputError("a step of one's own needs both an example input and an example state, and nothing else.")
        return exported(source, input, state, call, zero_noise)
    if isinstance(source, str | Path):
        return from_torch(read_arrays(Path(source))[0], unit=unit, prefix=prefix)
    if isinstance(source, Mapping):
        return from_weights(source, unit=unit, prefix=prefix)
    if unit is not None or prefix is not None:
        raise InputError("unit and prefix go with weights only; a module says itself what it is.")
    return compared([_source(module) for module in as_sequence(source)])


def _source(module: Any) -> Source:
    kind = kind_of(module, "torch.nn.modules.rnn")
    if kind not in KINDS:
        error = unsupported(module, "from_torch", [f"torch.nn.{kind}" for kind in KINDS])
        raise InputError(f"{error} To take a module as a step of its own, give an example input and state too.")
    if kind.startswith("RNN") and module.nonlinearity != "tanh":
        raise InputError(
            f"nonlinearity must be tanh, not {module.nonlinearity}: our units have no other. To take a module "
            "as a step of its own, give an example input and state too."
        )
    if kind.endswith("Cell"):
        suffixes = [""]
    else:
        if module.bidirectional:
            raise InputError("bidirectional must be False: only a layer that runs forwards has a step.")
        if module.proj_size:
            raise InputError(f"proj_size must be 0, not {module.proj_size}: our units have no projections.")
        suffixes = [f"_l{k}" for k in range(module.num_layers)]
    names = ARRAYS if module.bias else ARRAYS[:2]
    layers = [torch_unit({name: to_double(getattr(module, name + suffix)) for name in names}) for suffix in suffixes]
    try:
        twin = copy.deepcopy(module).cpu().double().eval()
    except RuntimeError as error:
        raise InputError(f"this {kind} cannot be copied to compare with ({error}); give its state_dict().") from error

    def advance(states: Sequence[State], input: np.ndarray) -> Sequence[State]:
        return (_advance_cell if kind.endswith("Cell") else _advance_layer)(twin, states, input)

    return Source(f"torch.nn.{kind}", layers, "float64", advance)


# Modules are called, not their `forward`: a hook that changes what comes out is part of what is compared with.


def _advance_cell(cell: Any, states: Sequence[State], input: np.ndarray) -> Sequence[State]:
    import torch  # pyright: ignore[reportMissingImports]

    (state,) = states
    with torch.no_grad():
        if isinstance(state, tuple):
            h, c = cell(torch.tensor(input), tuple(map(torch.tensor, state)))
            return [(h.numpy(), c.numpy())]
        return [cell(torch.tensor(input), torch.tensor(state)).numpy()]


def _advance_layer(module: Any, states: Sequence[State], input: np.ndarray) -> Sequence[State]:
    import torch  # pyright: ignore[reportMissingImports]

    one_step = torch.tensor(np.expand_dims(input, 1 if module.batch_first else 0))
    with torch.no_grad():
        if isinstance(states[0], tuple):
            before = tuple(torch.tensor(np.stack(parts)) for parts in zip(*states, strict=True))
            _, (h, c) = module(one_step, before)
            return list(zip(h.numpy(), c.numpy(), strict=True))
        return list(module(one_step, torch.tensor(np.stack(states)))[1].numpy())
