"""PyTorch's core operators in JAX: what an exported step is made of.

Each takes the arguments that PyTorch's own takes, with JAX arrays for tensors. (The list: "Core ATen IR" in PyTorch's
documentation of `torch.export`. What is not here is named when it is met.)
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

OPERATORS: dict[str, Callable[..., Any]] = {}
"""By PyTorch's name without the overload, "tanh" for ``aten.tanh.default``, or with it, "pow.Scalar", where overloads
take different arguments. To add one, put a function of JAX arrays here."""

RANDOM = (
    *("rand", "randn", "rand_like", "randn_like", "normal", "normal_functional", "uniform", "randint", "randperm"),
    *("bernoulli", "native_dropout", "dropout", "multinomial", "exponential", "poisson", "randint_like"),
)
"""The operators that draw random numbers."""

ZEROED = ("rand", "randn", "rand_like", "randn_like")
"""Of these, the ones that may be taken for zero on request."""


def _operator(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return enter


for _name in (
    *(
        "abs",
        "exp",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "sign",
    ),
    *("floor", "ceil", "trunc", "reciprocal", "maximum", "minimum", "logical_and", "logical_or", "logical_not"),
    *("logical_xor", "bitwise_and", "bitwise_or", "bitwise_not", "fmod", "remainder", "isnan", "isinf"),
):
    OPERATORS[_name] = getattr(jnp, _name)
OPERATORS |= {
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "atan2": jnp.arctan2,
    "asinh": jnp.arcsinh,
    "acosh": jnp.arccosh,
    "atanh": jnp.arctanh,
    "neg": jnp.negative,
    "round": jnp.round,
    "rsqrt": jax.lax.rsqrt,
    "eq": jnp.equal,
    "ne": jnp.not_equal,
    "gt": jnp.greater,
    "ge": jnp.greater_equal,
    "lt": jnp.less,
    "le": jnp.less_equal,
    "erf": jax.scipy.special.erf,
    "sigmoid": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "mul": jnp.multiply,
    "pow": jnp.power,
    "pow.Scalar": jnp.power,
    "where": jnp.where,
    "mm": jnp.matmul,
    "bmm": jnp.matmul,
    "mv": jnp.matmul,
    "dot": jnp.dot,
    "matmul": jnp.matmul,
    "permute": jnp.transpose,
    "t": jnp.transpose,
    "transpose": jnp.swapaxes,
    "flip": jnp.flip,
    "tril": jnp.tril,
    "triu": jnp.triu,
    "repeat": jnp.tile,
    "getitem": lambda parts, k: parts[k],
}


@_operator("clone", "alias", "detach", "lift_fresh_copy", "contiguous", "detach_")
def _same(x, **_):
    return x


@_operator("_to_copy")
def _to_copy(x, *, dtype=None, **_):
    return x if dtype is None or dtype == "float" else x.astype(dtype)


@_operator("add")
def _add(x, y, *, alpha=1):
    return jnp.add(x, y if alpha == 1 else alpha * y)


@_operator("sub")
def _sub(x, y, *, alpha=1):
    return jnp.subtract(x, y if alpha == 1 else alpha * y)


@_operator("rsub")
def _rsub(x, y, *, alpha=1):
    return y - (x if alpha == 1 else alpha * x)


@_operator("div")
def _div(x, y, *, rounding_mode=None):
    part = jnp.true_divide(x, y)
    return {None: lambda: part, "floor": lambda: jnp.floor(part), "trunc": lambda: jnp.trunc(part)}[rounding_mode]()


@_operator("addmm")
def _addmm(x, a, b, *, beta=1, alpha=1):
    return beta * x + alpha * (a @ b)


@_operator("linear")
def _linear(x, weight, bias=None):
    return x @ weight.T + (0 if bias is None else bias)


@_operator("clamp", "hardtanh")
def _clamp(x, low=None, high=None):
    return jnp.clip(x, low, high)


@_operator("leaky_relu")
def _leaky_relu(x, slope=0.01):
    return jnp.where(x > 0, x, slope * x)


@_operator("elu")
def _elu(x, alpha=1, scale=1, input_scale=1):
    return scale * jnp.where(x > 0, x, alpha * jnp.expm1(input_scale * jnp.minimum(x, 0)))


@_operator("softplus")
def _softplus(x, beta=1, threshold=20):
    return jnp.where(x * beta > threshold, x, jnp.logaddexp(beta * x, 0.0) / beta)


@_operator("gelu")
def _gelu(x, *, approximate="none"):
    return jax.nn.gelu(x, approximate=approximate == "tanh")


@_operator("_softmax")
def _softmax(x, dim, _):
    return jax.nn.softmax(x, dim)


@_operator("_log_softmax")
def _log_softmax(x, dim, _):
    return jax.nn.log_softmax(x, dim)


@_operator("native_layer_norm")
def _native_layer_norm(x, shape, weight, bias, eps):
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    mean, rate = x.mean(axes, keepdims=True), jax.lax.rsqrt(x.var(axes, keepdims=True) + eps)
    normal = (x - mean) * rate
    normal = normal if weight is None else normal * weight
    return normal if bias is None else normal + bias, mean, rate


@_operator("view", "reshape", "_unsafe_view")
def _view(x, shape):
    return x.reshape(shape)


@_operator("expand")
def _expand(x, shape, **_):
    own = (1,) * (len(shape) - x.ndim) + x.shape
    return jnp.broadcast_to(x, [old if new == -1 else new for new, old in zip(shape, own, strict=True)])


@_operator("unsqueeze")
def _unsqueeze(x, dim):
    return jnp.expand_dims(x, dim)


@_operator("squeeze")
def _squeeze(x, dims=None):
    dims = range(x.ndim) if dims is None else (dims,) if isinstance(dims, int) else dims
    return jnp.squeeze(x, tuple(d for d in dims if x.ndim and x.shape[d] == 1))


@_operator("cat")
def _cat(tensors, dim=0):
    return jnp.concatenate([x for x in tensors if x.shape != (0,)], axis=dim)


@_operator("stack")
def _stack(tensors, dim=0):
    return jnp.stack(tensors, axis=dim)


@_operator("split_with_sizes")
def _split_with_sizes(x, sizes, dim=0):
    ends = [sum(sizes[: k + 1]) for k in range(len(sizes) - 1)]
    return jnp.split(x, ends, axis=dim)


@_operator("split")
def _split(x, size, dim=0):
    return jnp.split(x, range(size, x.shape[dim], size), axis=dim)


@_operator("select")
def _select(x, dim, index):
    return jnp.take(x, index % x.shape[dim], axis=dim)


def _along(x, dim, start, end, step):
    return (slice(None),) * (dim % x.ndim) + (slice(start, end, step),)


@_operator("slice")
def _slice(x, dim=0, start=None, end=None, step=1):
    return x[_along(x, dim, start, end, step)]


@_operator("slice_scatter")
def _slice_scatter(x, source, dim=0, start=None, end=None, step=1):
    return x.at[_along(x, dim, start, end, step)].set(source)


@_operator("select_scatter")
def _select_scatter(x, source, dim, index):
    return x.at[(slice(None),) * (dim % x.ndim) + (index,)].set(source)


@_operator("index")
def _index(x, indices):
    return x[tuple(slice(None) if index is None else index for index in indices)]


@_operator("index_put")
def _index_put(x, indices, values, accumulate=False):
    place = x.at[tuple(slice(None) if index is None else index for index in indices)]
    return place.add(values) if accumulate else place.set(values)


@_operator("index_select")
def _index_select(x, dim, index):
    return jnp.take(x, index, axis=dim)


@_operator("gather")
def _gather(x, dim, index, **_):
    return jnp.take_along_axis(x, index, axis=dim)


@_operator("diagonal")
def _diagonal(x, offset=0, dim1=0, dim2=1):
    return jnp.diagonal(x, offset, dim1, dim2)


@_operator("constant_pad_nd")
def _constant_pad_nd(x, pad, value=0):
    ends = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    return jnp.pad(x, [(0, 0)] * (x.ndim - len(ends)) + ends, constant_values=value)


@_operator("sum")
def _sum(x, dim=None, keepdim=False, *, dtype=None):
    return x.sum(_axes(dim), keepdims=keepdim)


@_operator("mean")
def _mean(x, dim=None, keepdim=False, *, dtype=None):
    return x.mean(_axes(dim), keepdims=keepdim)


@_operator("prod")
def _prod(x, dim=None, keepdim=False, *, dtype=None):
    return x.prod(_axes(dim), keepdims=keepdim)


@_operator("amax")
def _amax(x, dim=(), keepdim=False):
    return x.max(_axes(dim), keepdims=keepdim)


@_operator("amin")
def _amin(x, dim=(), keepdim=False):
    return x.min(_axes(dim), keepdims=keepdim)


@_operator("any")
def _any(x, dim=None, keepdim=False):
    return x.any(_axes(dim), keepdims=keepdim)


@_operator("all")
def _all(x, dim=None, keepdim=False):
    return x.all(_axes(dim), keepdims=keepdim)


@_operator("var")
def _var(x, dim=None, *, correction=1, keepdim=False):
    return x.var(_axes(dim), ddof=correction, keepdims=keepdim)


@_operator("cumsum")
def _cumsum(x, dim, **_):
    return x.cumsum(dim)


@_operator("linalg_vector_norm")
def _linalg_vector_norm(x, ord=2, dim=None, keepdim=False, **_):
    absolute = jnp.abs(x)
    return (absolute**ord).sum(_axes(dim), keepdims=keepdim) ** (1 / ord)


@_operator("full")
def _full(shape, value, *, dtype=None, **_):
    return jnp.full(shape, value, _kind(dtype, value))


@_operator("zeros")
def _zeros(shape, *, dtype=None, **_):
    return jnp.zeros(shape, _kind(dtype, 0.0))


@_operator("ones")
def _ones(shape, *, dtype=None, **_):
    return jnp.ones(shape, _kind(dtype, 0.0))


@_operator("full_like")
def _full_like(x, value, *, dtype=None, **_):
    return jnp.full_like(x, value) if dtype is None else jnp.full(x.shape, value, _kind(dtype, value))


@_operator("zeros_like")
def _zeros_like(x, *, dtype=None, **_):
    return _full_like(x, 0, dtype=dtype)


@_operator("ones_like")
def _ones_like(x, *, dtype=None, **_):
    return _full_like(x, 1, dtype=dtype)


@_operator("scalar_tensor")
def _scalar_tensor(value, *, dtype=None, **_):
    return jnp.asarray(value, _kind(dtype, value))


@_operator("arange")
def _arange(start, end=None, step=1, *, dtype=None, **_):
    start, end = (0, start) if end is None else (start, end)
    return jnp.arange(start, end, step, None if dtype is None else _kind(dtype, start))


def _axes(dim: Any) -> Any:
    """Axes as JAX takes them: PyTorch means all of them by an empty list."""
    return tuple(dim) or None if isinstance(dim, list | tuple) else dim


def _kind(dtype: str | None, value: Any) -> Any:
    """A dtype by its name; "float" is the one that everything is computed in."""
    if dtype is None:
        dtype = "float" if isinstance(value, float) else type(value).__name__
    return float if dtype == "float" else dtype
