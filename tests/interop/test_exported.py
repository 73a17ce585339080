"""Modules as laboratories write them: their value and Jacobian beside PyTorch's own, and their points."""

import copy
import random

import jax
import numpy as np
import pytest

from slowpoints._errors import InputError
from slowpoints.dynamics import find_slow_points, jacobian, Outcome, stability
from slowpoints.interop import from_torch

torch = pytest.importorskip("torch")
F = torch.nn.functional
N, M = 6, 2


class Leaky(torch.nn.Module):
    """A rate network of softplus units with dropout, α a plain tensor and a mask on the weights."""

    def __init__(self):
        super().__init__()
        self.recurrent, self.inputs = torch.nn.Linear(N, N), torch.nn.Linear(M, N, bias=False)
        self.alpha, self.dropout = torch.tensor(0.2), torch.nn.Dropout(0.3)
        self.register_buffer("mask", 1 - torch.eye(N))

    def forward(self, x, h):
        rates = F.softplus(h) @ (self.recurrent.weight * self.mask).T + self.recurrent.bias
        return (1 - self.alpha) * h + self.alpha * (self.dropout(rates) + self.inputs(x))


class LowRank(torch.nn.Module):
    """h' = h + dt/τ (−h + m nᵀ tanh h / N + I u), as in Mastrogiuseppe and Ostojic (2018), in a batch."""

    def __init__(self, rank=2, dt=20.0, tau=100.0):
        super().__init__()
        self.m, self.n = (torch.nn.Parameter(torch.randn(N, rank)) for _ in range(2))
        self.wi = torch.nn.Parameter(torch.randn(M, N))
        self.alpha = dt / tau

    def forward(self, u, h):
        recurrent = torch.tanh(h).matmul(self.n).matmul(self.m.t()) / N
        return h + self.alpha * (-h + recurrent + u.matmul(self.wi))


class Dale(torch.nn.Module):
    """Excitatory and inhibitory units, ReLU: columns of one sign, as in Song, Yang and Wang (2016)."""

    def __init__(self):
        super().__init__()
        self.w, self.u = torch.nn.Parameter(torch.randn(N, N)), torch.nn.Parameter(torch.randn(N, M))
        self.register_buffer("sign", torch.diag(torch.tensor([1.0] * 4 + [-1.0] * 2)))

    def recurrence(self, x, r):
        effective = torch.mm(F.relu(self.w), self.sign)
        return torch.relu(0.8 * r + 0.2 * (torch.mv(effective, r) + F.linear(x, self.u)))


class TwoAreas(torch.nn.Module):
    """Two areas of unequal size with a dictionary for a state, whose names are not in the alphabet's order."""

    def __init__(self):
        super().__init__()
        self.within = torch.nn.ModuleDict({"v1": torch.nn.Linear(3, 3), "pfc": torch.nn.Linear(4, 4)})
        self.forwards, self.back = torch.nn.Linear(3, 4, bias=False), torch.nn.Linear(4, 3, bias=False)
        self.inputs = torch.nn.Linear(M, 3)

    def forward(self, x, state):
        v1, pfc = state["v1"], state["pfc"]
        return {
            "v1": 0.5 * v1 + 0.5 * torch.tanh(self.within["v1"](v1) + self.inputs(x) + self.back(pfc)),
            "pfc": 0.9 * pfc + 0.1 * torch.sigmoid(self.within["pfc"](pfc) + self.forwards(v1)),
        }


class Gated(torch.nn.Module):
    """Gates by hand, with chunk, layer norm and clamp; returns an output beside the state."""

    def __init__(self):
        super().__init__()
        self.gates, self.norm, self.out = torch.nn.Linear(M + N, 3 * N), torch.nn.LayerNorm(N), torch.nn.Linear(N, 2)

    def forward(self, x, state):
        h, c = state
        keep, write, new = self.gates(torch.cat([x, h], dim=-1)).chunk(3, dim=-1)
        c = torch.sigmoid(keep + 1) * c + torch.sigmoid(write) * F.elu(new)
        h = torch.tanh(self.norm(c)) * torch.clamp(write, -0.5, 0.5)
        return self.out(h), (h, c)


class Nn4n(torch.nn.Module):
    """The step of nn4n's recurrent layer, `_recurrence(fr, v, u)`, written anew: rates, potentials, input."""

    def __init__(self):
        super().__init__()
        self.hidden, self.inputs = torch.nn.Linear(N, N), torch.nn.Linear(M, N)
        self.register_buffer("alpha", torch.full((N,), 0.1))

    def _recurrence(self, fr, v, u):
        v = (1 - self.alpha) * v + self.alpha * (self.hidden(fr) + self.inputs(u))
        v = v + 0.05 * torch.randn_like(v)
        return torch.relu(v), v


H = np.zeros(N)
CASES = {
    "leaky": (Leaky, lambda module: module, np.zeros(M), H, {}),
    "low rank": (LowRank, lambda module: module, np.zeros((1, M)), np.zeros((1, N)), {}),
    "dale": (Dale, lambda module: module.recurrence, np.zeros(M), H, {}),
    "two areas": (TwoAreas, lambda module: module, np.zeros(M), {"v1": np.zeros(3), "pfc": np.zeros(4)}, {}),
    "gated": (
        Gated,
        lambda module: module,
        np.zeros(M),
        (H, H),
        {"call": lambda step, input, state: step(input, state)[1]},
    ),
    "nn4n": (
        Nn4n,
        lambda module: module._recurrence,
        np.zeros(M),
        (H, H),
        {"call": lambda step, input, state: step(*state, input), "zero_noise": True},
    ),
    "torch's own": (lambda: torch.nn.GRUCell(M, N), lambda module: module, np.zeros(M), H, {}),
}


def made(name, dtype=torch.float64):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = CASES[name][0]().to(dtype)
    if hasattr(module, "alpha") and isinstance(module.alpha, torch.Tensor):
        module.alpha = module.alpha.to(dtype)
    return module


def imported(name, module):
    _, step, input, state, options = CASES[name]
    return from_torch(step(module), input=input, state=state, **options)


def theirs(name, module, input, state):
    """PyTorch's step without dropout and noise, written out for each case."""
    _, step, _, _, options = CASES[name]
    call = options.get("call", lambda step, input, state: step(input, state))
    before, torch.randn_like = torch.randn_like, torch.zeros_like
    try:
        with torch.no_grad():
            return call(step(module.eval()), torch.as_tensor(input), jax.tree.map(torch.as_tensor, state))
    finally:
        torch.randn_like = before


@pytest.mark.parametrize("name", CASES)
def test_value_and_jacobian_are_those_of_the_module(name):
    """Against PyTorch's step at states and inputs of another size, its Jacobian by differences."""
    module, rng = made(name), np.random.default_rng(7)
    network = imported(name, copy.deepcopy(module))
    for scale in (0.1, 3.0):
        input, state = jax.tree.map(lambda a, s=scale: s * rng.normal(size=a.shape), (CASES[name][2], CASES[name][3]))
        leaves, form = jax.tree.flatten(state)
        flat, ends = np.concatenate([leaf.ravel() for leaf in leaves]), np.cumsum([leaf.size for leaf in leaves])[:-1]

        def step(vector, leaves=leaves, form=form, ends=ends, input=input):
            parts = [part.reshape(leaf.shape) for part, leaf in zip(np.split(vector, ends), leaves, strict=True)]
            moved = theirs(name, module, input, jax.tree.unflatten(form, parts))
            return np.concatenate([leaf.numpy().ravel() for leaf in jax.tree.leaves(moved)])

        with jax.enable_x64(True):
            ours = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(network.at(input)(state))])
        np.testing.assert_allclose(ours, step(flat), atol=1e-12)
        columns = [(step(flat + e) - step(flat - e)) / 2e-6 for e in 1e-6 * np.eye(flat.size)]
        np.testing.assert_allclose(jacobian(network.at(input), state), np.stack(columns, axis=1), atol=1e-7)


def test_a_module_in_float32_is_computed_in_float64_with_its_weights():
    module = made("leaky", torch.float32)
    state = np.random.default_rng(0).normal(size=N)
    with jax.enable_x64(True):
        ours = np.asarray(imported("leaky", module).at(0.5)(state))
    exact = made("leaky", torch.float32)
    alpha = exact.alpha.double()
    exact = exact.double()
    exact.alpha = alpha
    np.testing.assert_allclose(ours, theirs("leaky", exact, np.full(M, 0.5), state), atol=1e-13)


def test_the_points_of_a_low_rank_network_are_those_of_its_two_numbers():
    """h = m·κ with κ = nᵀ tanh(m κ)/N without input: found by bisection for a network of rank one."""
    from scipy.optimize import brentq

    module = made("low rank")
    with torch.no_grad():
        m = np.linspace(0.5, 1.5, N)
        module.m, module.n = (torch.nn.Parameter(torch.tensor(a)[:, None]) for a in (m, 3 * m))
    network = from_torch(module, input=np.zeros((1, M)), state=np.zeros((1, N)))
    kappa = brentq(lambda k: 3 * m @ np.tanh(m * k) / N - k, 0.1, 10, xtol=1e-14)
    points = find_slow_points(network.at(0.0), np.multiply.outer([2.5, -2.5, 0], m[None]))
    assert set(points.outcomes) == {Outcome.FIXED_POINT}
    np.testing.assert_allclose(points.state[:, 0], np.outer([kappa, -kappa, 0], m), atol=1e-10)
    assert [label.name for label in stability(network.at(0.0), points.state).labels] == [
        "ATTRACTOR",
        "ATTRACTOR",
        "SADDLE",
    ]


@pytest.mark.unchecked  # beartype draws which item of a list it looks at
def test_the_module_and_the_random_state_are_left_as_they_are():
    module = made("nn4n").train()
    before, drawn, own = copy.deepcopy(module.state_dict()), torch.get_rng_state(), random.getstate()
    imported("nn4n", module)
    assert module.training
    assert all(parameter.requires_grad for parameter in module.parameters())
    for name, array in module.state_dict().items():
        assert torch.equal(array, before[name])
    assert torch.equal(torch.get_rng_state(), drawn)
    assert random.getstate() == own


class Bessel(torch.nn.Module):
    def forward(self, x, h):
        return torch.special.bessel_j0(h) + x


class Counts(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x, h):
        self.seen += 1
        return 0.5 * h + x


class Normal(torch.nn.Module):
    def forward(self, x, h):
        return 0.5 * h + torch.normal(0.0, 0.1, h.shape)


class Branches(torch.nn.Module):
    def forward(self, x, h):
        return 0.5 * h if h.sum() > 0 else 0.4 * h


@pytest.mark.parametrize(
    ("make", "options", "sentence"),
    [
        (
            lambda: made("nn4n")._recurrence,
            {"call": lambda f, x, h: f(h, h, x)[0]},
            "draws random numbers .*zero_noise",
        ),
        (Normal, {"zero_noise": True}, "draws random numbers .*: give the noise as an input, or a module without them"),
        (Bessel, {}, r'does not know the operator .*bessel_j0.*OPERATORS\["special_bessel_j0"\]'),
        (Counts, {}, "must not change the module, but it changes seen: make it part of the state"),
        (Branches, {}, "must not depend on the values in its state"),
        (lambda: made("gated"), {"state": (H, H)}, r"must return the next state, of shape .* give call"),
        (lambda: made("leaky"), {"state": np.zeros(N + 1)}, r"does not take this input and state .* give call"),
        (lambda: lambda x, h: h, {}, r"takes a torch\.nn\.Module or a method of one, not function"),
        (Bessel, {"state": None}, "needs both an example input and an example state"),
    ],
)
def test_what_cannot_be_taken_is_said_in_one_sentence(make, options, sentence):
    with pytest.raises(InputError, match=sentence):
        from_torch(make(), **{"input": np.zeros(M) if options else np.zeros(N), "state": H} | options)


def test_a_module_given_as_a_step_is_told_what_to_do():
    for step in (torch.nn.GRUCell(M, N), made("dale").recurrence):
        with pytest.raises(InputError, match=r"PyTorch module: give slowpoints\.interop\.from_torch\(module"):
            find_slow_points(step, np.zeros((1, N)))
