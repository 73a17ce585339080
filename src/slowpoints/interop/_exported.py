"""Any step written in PyTorch, as the operators that it is made of, computed by JAX."""

import contextlib
import copy
import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from slowpoints._errors import InputError
from slowpoints._types import AnyArray, State
from slowpoints.dynamics._precision import double_precision
from slowpoints.interop._operators import OPERATORS, RANDOM, ZEROED
from slowpoints.interop._source import POINTS

ROUNDING = 1000
"""How many times the precision of the source its step and ours may differ, in units of 1 or of the largest number in it
if that is larger."""


class Name(NamedTuple):
    """Stands for a result, or for what the graph was given, in a node's arguments."""

    name: str


class Node(NamedTuple):
    """One operator of the graph: its key in `OPERATORS`, and its arguments."""

    name: str
    operator: str
    arguments: tuple[Any, ...]
    options: tuple[tuple[str, Any], ...]


class Exported(eqx.Module):
    """A step that was written in PyTorch: an input and a state in, the next state out, in float64.

    The state has the form of the example that `from_torch` was given. Nothing bounds it.

    Examples:
        >>> import numpy as np, torch
        >>> from slowpoints.dynamics import find_slow_points
        >>> from slowpoints.interop import from_torch
        >>> class Leaky(torch.nn.Module):
        ...     def forward(self, input, state):
        ...         return 0.9 * state + 0.1 * torch.tanh(2 * state + input)
        >>> network = from_torch(Leaky(), input=torch.zeros(1), state=torch.zeros(1))
        >>> find_slow_points(network.at(0.0), np.array([[0.5]])).state.round(6)  # tanh 2x = x
        array([[0.957504]])
    """

    arrays: dict[str, Any]
    """The module's parameters, buffers and constants by their names in the graph; NumPy's, floating ones in float64."""
    nodes: tuple[Node, ...] = eqx.field(static=True)
    """The operators, in order."""
    input_name: str = eqx.field(static=True)
    state_names: tuple[str, ...] = eqx.field(static=True)
    outputs: tuple[str, ...] = eqx.field(static=True)
    """The leaves of the next state."""
    input_shape: tuple[int, ...] = eqx.field(static=True)
    state_form: Any = eqx.field(static=True)
    state_shapes: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    def step(self, state: State, input: Float[Array | np.ndarray, "..."]) -> State:
        """One step of the dynamics: a state and an input in, the next state out."""
        with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
            known = {name: _enabled(array) for name, array in self.arrays.items()}
            known[self.input_name] = _enabled(input)
            known |= dict(zip(self.state_names, map(_enabled, jax.tree.leaves(state)), strict=True))
            for node in self.nodes:
                arguments = _filled(node.arguments, known)
                options = {name: _filled(value, known) for name, value in node.options}
                known[node.name] = OPERATORS[node.operator](*arguments, **options)
            moved = [
                jnp.broadcast_to(known[name], shape)
                for name, shape in zip(self.outputs, self.state_shapes, strict=True)
            ]
        return jax.tree.unflatten(self.state_form, moved)

    def at(self, input: Any) -> jax.tree_util.Partial:
        """The autonomous map F under a constant input, for `find_slow_points` and all else in `dynamics`.

        Args:
            input: an array that broadcasts to the shape of the example input, or one number.

        Raises:
            InputError: if it is neither, or not finite.
        """
        try:
            filled = np.broadcast_to(np.asarray(input, np.float64), self.input_shape)
        except (TypeError, ValueError) as error:
            raise InputError(f"input must be one number or broadcast to shape {self.input_shape} ({error}).") from error
        if not np.isfinite(filled).all():
            raise InputError("input must be finite, but it holds NaN or infinity.")
        return jax.tree_util.Partial(_autonomous_step, self, np.array(filled))

    def initial_state(self) -> State:
        """The zero state."""
        return jax.tree.unflatten(self.state_form, [np.zeros(shape) for shape in self.state_shapes])

    def domain(self) -> tuple[float, float]:
        """No bounds."""
        return -np.inf, np.inf


def _autonomous_step(network: Exported, input: Float[AnyArray, "..."], state: State) -> State:
    return network.step(state, input)


def exported(source: Any, input: Any, state: Any, call: Callable[..., Any] | None, zero_noise: bool) -> Exported:
    """`from_torch` for anything but PyTorch's own layers."""
    import torch  # pyright: ignore[reportMissingImports]

    step = _twin(source)
    leaves, form = jax.tree.flatten(state)
    module = _wrapper()(step, call or (lambda step, input, state: step(input, state)), form)
    given = tuple(_tensor(array, _dtype(module)) for array in (input, *leaves))
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own deprecations
        _check_form(module, given, form)
        network = _read(_export(module, given), given, form, zero_noise)
        _compare(network, module, given, zero_noise)
    return network


def _check_form(module: Any, given: tuple[Any, ...], form: Any) -> None:
    import torch  # pyright: ignore[reportMissingImports]

    try:
        with torch.no_grad():
            moved = module.moved(given[0], given[1:])
    except Exception as error:
        raise InputError(
            f"the step does not take this input and state ({_first_line(error)}); give call, a function (step, input, "
            "state) that calls it and returns the next state."
        ) from error
    before, after = jax.tree.unflatten(form, [tuple(leaf.shape) for leaf in given[1:]]), _shapes(moved)
    if before != after:
        raise InputError(
            f"the step must return the next state, of shape {before}, but it returns {after}; give call, a function "
            "(step, input, state) that picks the state out of what the step returns."
        )


def _shapes(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: tuple(leaf.shape) if hasattr(leaf, "shape") else type(leaf).__name__, tree)


def _export(module: Any, given: tuple[Any, ...]) -> Any:
    import torch  # pyright: ignore[reportMissingImports]

    # PyTorch takes softplus apart in a way whose derivative is not finite for large numbers.
    table = torch.export.default_decompositions()
    table.pop(torch.ops.aten.softplus.default, None)
    try:
        return torch.export.export(module, given, strict=False).run_decompositions(table)
    except Exception as error:
        raise InputError(
            f"torch.export cannot write this step down ({_first_line(error)}): what it does must not depend on the "
            "values in its state."
        ) from error


def _read(program: Any, given: tuple[Any, ...], form: Any, zero_noise: bool) -> Exported:
    """The graph of an exported program as a network."""
    values = {**program.state_dict, **program.constants}
    arrays, free = {}, []
    for spec in program.graph_signature.input_specs:
        if spec.kind.name == "USER_INPUT":
            free.append(spec.arg.name)
        else:
            arrays[spec.arg.name] = _numpy(values[spec.target])
    for spec in program.graph_signature.output_specs:
        if spec.kind.name != "USER_OUTPUT":
            raise InputError(
                f"the step must not change the module, but it changes {str(spec.target).removeprefix('step.')}: make "
                "it part of the state."
            )
    nodes = [_node(node, zero_noise) for node in program.graph.nodes if node.op == "call_function"]
    return Exported(
        arrays=arrays,
        nodes=tuple(nodes),
        input_name=free[0],
        state_names=tuple(free[1:]),
        outputs=tuple(spec.arg.name for spec in program.graph_signature.output_specs),
        input_shape=tuple(given[0].shape),
        state_form=form,
        state_shapes=tuple(tuple(leaf.shape) for leaf in given[1:]),
    )


def _node(node: Any, zero_noise: bool) -> Node:
    full = getattr(node.target, "__name__", str(node.target))
    name, _, overload = full.partition(".")
    if name in RANDOM:
        if not (zero_noise and name in ZEROED):
            advice = "zero_noise=True to take them for zero" if name in ZEROED else "the noise as an input"
            raise InputError(f"the step draws random numbers ({node.target}): give {advice}, or a module without them.")
        shaped = _plain(tuple(node.meta["val"].shape))
        return Node(node.name, "zeros", (shaped,), ())
    key = f"{name}.{overload}" if f"{name}.{overload}" in OPERATORS else name
    if key not in OPERATORS:
        raise InputError(
            f"from_torch does not know the operator {node.target}: put a function of JAX arrays that does the same "
            f'into slowpoints.interop.OPERATORS["{name}"].'
        )
    return Node(node.name, key, _plain(node.args), tuple((k, _plain(v)) for k, v in node.kwargs.items()))


def _plain(argument: Any) -> Any:
    """An argument of a node, hashable: names for results, tuples for lists, words for dtypes."""
    import torch  # pyright: ignore[reportMissingImports]

    if argument is None or isinstance(argument, int | float | str):
        return argument
    if isinstance(argument, torch.fx.Node):
        return Name(argument.name)
    if isinstance(argument, Sequence):
        return tuple(map(_plain, argument))
    if isinstance(argument, torch.dtype):
        return "float" if argument.is_floating_point else str(argument).removeprefix("torch.")
    return str(argument)


def _filled(argument: Any, known: dict[str, Any]) -> Any:
    """An argument of a node with arrays in the place of names."""
    if isinstance(argument, Name):
        return known[argument.name]
    return tuple(_filled(part, known) for part in argument) if isinstance(argument, tuple) else argument


def _compare(network: Exported, module: Any, given: tuple[Any, ...], zero_noise: bool) -> None:
    """Compares value and Jacobian of both steps at random states and inputs.

    Raises:
        InputError: if they differ by more than rounding.
    """
    import torch  # pyright: ignore[reportMissingImports]

    rng, precision = np.random.default_rng(0), torch.finfo(given[0].dtype).eps
    quiet = _without_noise if zero_noise else contextlib.nullcontext
    for _ in range(POINTS):
        input, *leaves = (torch.tensor(rng.normal(size=leaf.shape), dtype=leaf.dtype) for leaf in given)

        def theirs(*parts, input=input):
            with quiet():
                return module(input, *parts)

        def ours(*parts, input=input):
            return jax.tree.leaves(network.step(jax.tree.unflatten(network.state_form, parts), input.numpy()))

        rows = torch.autograd.functional.jacobian(theirs, tuple(leaves))
        with double_precision():
            doubles = [jnp.asarray(leaf.numpy(), float) for leaf in leaves]
            mine = ours(*doubles), jax.jacfwd(ours, tuple(range(len(doubles))))(*doubles)
            mine = jax.tree.map(np.asarray, mine)
        its = jax.tree.map(lambda tensor: tensor.detach().numpy(), (list(theirs(*leaves)), rows))
        for what, one, other in zip(("step", "Jacobian"), mine, its, strict=True):
            for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
                allowed = ROUNDING * precision * max(1.0, float(np.abs(b).max(initial=0)))
                if not np.abs(a - b).max(initial=0) <= allowed:
                    raise InputError(
                        f"the {what} of what was exported differs from PyTorch's by {np.abs(a - b).max():.1e} where "
                        f"rounding explains {allowed:.1e}: the module computes something that torch.export misses."
                    )


def _without_noise() -> Any:
    """A context in which PyTorch's `ZEROED` operators give zeros."""
    import torch  # pyright: ignore[reportMissingImports]
    from torch.utils._python_dispatch import TorchDispatchMode  # pyright: ignore[reportMissingImports]

    class Zeros(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            made = func(*args, **(kwargs or {}))
            return torch.zeros_like(made) if func.__name__.split(".")[0] in ZEROED else made

    return Zeros()


def _twin(source: Any) -> Any:
    """A copy of the module, or of the module that the method belongs to, in evaluation mode, on the processor."""
    import torch  # pyright: ignore[reportMissingImports]

    owner: Any = source if isinstance(source, torch.nn.Module) else getattr(source, "__self__", None)
    if not isinstance(owner, torch.nn.Module):
        raise InputError(
            f"from_torch takes a torch.nn.Module or a method of one, not {type(source).__name__}; put a function of "
            "tensors into a module's forward."
        )
    try:
        twin = copy.deepcopy(owner).cpu().eval()
    except RuntimeError as error:
        raise InputError(f"this {type(owner).__name__} cannot be copied ({error}); detach its tensors.") from error
    twin.requires_grad_(False)
    return twin if owner is source else getattr(twin, str(source.__name__))


@functools.cache
def _wrapper() -> type:
    import torch  # pyright: ignore[reportMissingImports]

    class Wrapper(torch.nn.Module):
        """What is exported: an input and the leaves of a state in, in JAX' order, and the next state's leaves out."""

        def __init__(self, step: Any, call: Callable[..., Any], form: Any):
            super().__init__()
            # A module, so that its arrays are found. The step is held where PyTorch does not take it for another one.
            self.step = getattr(step, "__self__", step)
            self._held = (step, call, form)

        def moved(self, input, leaves):
            step, call, form = self._held
            return call(step, input, jax.tree.unflatten(form, leaves))

        def forward(self, input, *leaves):
            return tuple(jax.tree.leaves(self.moved(input, leaves)))

    return Wrapper


def _tensor(array: Any, dtype: Any) -> Any:
    import torch  # pyright: ignore[reportMissingImports]

    tensor = torch.as_tensor(array).detach().cpu()
    if not tensor.is_floating_point():
        raise InputError(f"input and state must hold floating-point numbers, not {tensor.dtype}.")
    return tensor.to(dtype, copy=True)


def _dtype(module: Any) -> Any:
    """The precision of a module: that of its first floating-point array; float64 where it holds none."""
    import torch  # pyright: ignore[reportMissingImports]

    found = (a.dtype for arrays in (module.parameters(), module.buffers()) for a in arrays if a.is_floating_point())
    return next(found, torch.float64)


def _numpy(tensor: Any) -> np.ndarray:
    array = tensor.detach().cpu().numpy()
    array = array.astype(np.float64) if tensor.is_floating_point() else np.array(array)
    array.setflags(write=False)
    return array


def _enabled(array: Any) -> Array:
    """As `_imported._enabled`, with whole numbers and truth values as they are."""
    return jnp.asarray(array, float) if jnp.issubdtype(array.dtype, jnp.floating) else jnp.asarray(array)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
