"""The derivative through time, which units may give by hand, against automatic differentiation in float64."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.networks import MemoryNetwork, outputs_during, UNITS
from slowpoints.networks._unit import DifferentiatedUnit
from tests.networks.units import every_unit

SHAPE = {"steps": 5, "batch": 4, "units": 3}
TO_ROUNDING = {"rtol": 1e-11, "atol": 1e-11}


def drawn(name, *, units, steps, batch, seed):
    """A network with weights of some size, a state and drives, float64."""
    network = MemoryNetwork.draw(UNITS[name], image_shape=(2,), units=units, classes=2, key=jax.random.key(0))
    rng = np.random.default_rng(seed)
    network, state = jax.tree.map(
        lambda a: jnp.asarray(rng.normal(size=a.shape)), (network, network.unit.initial_state(batch))
    )
    return network, state, jnp.asarray(rng.normal(size=(steps, batch, network.unit.gates * units)))


def outputs_by_plain_loop(network, state, drives):
    """The loop that JAX differentiates by itself."""

    def step(state, drive):
        state = network.unit.step(state, drive)
        return state, network.outputs(state)

    return jax.lax.scan(step, state, drives)


@functools.partial(jax.jit, static_argnums=0)
def gradient_of(run, *arguments):
    """The gradient, by all arguments, of a sum of everything that comes out, with weights drawn at random."""

    def loss(*arguments):
        results, rng = jax.tree.leaves(run(*arguments)), np.random.default_rng(0)
        return sum((jnp.asarray(rng.normal(size=a.shape), a.dtype) * a).sum() for a in results)

    return jax.value_and_grad(loss, argnums=tuple(range(len(arguments))))(*arguments)


def assert_equal(got, want, **tolerance):
    assert jax.tree.structure(got) == jax.tree.structure(want)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, **tolerance)


@every_unit
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_the_automatic_one_to_rounding(name, seed):
    steps, batch, units = np.random.default_rng(seed).integers(1, 7, size=3).tolist() if seed else (1, 1, 1)
    with jax.enable_x64(True):
        arguments = drawn(name, seed=seed, steps=steps, batch=batch, units=units)
        assert_equal(
            gradient_of(outputs_during, *arguments),
            gradient_of(outputs_by_plain_loop, *arguments),
            **TO_ROUNDING,
        )


@every_unit
def test_the_gradient_of_an_ensemble_is_that_of_its_networks(name):
    with jax.enable_x64(True):
        networks = [drawn(name, **SHAPE, seed=seed) for seed in range(3)]
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *networks)
        together = jax.vmap(lambda *arguments: gradient_of(outputs_during, *arguments))(*stacked)
        for i, arguments in enumerate(networks):
            assert_equal(
                jax.tree.map(lambda a, i=i: a[i], together),
                gradient_of(outputs_by_plain_loop, *arguments),
                **TO_ROUNDING,
            )


@every_unit
def test_in_float32_it_stays_in_float32(name):
    arguments = jax.tree.map(lambda a: a.astype(jnp.float32), drawn(name, **SHAPE, seed=0))
    assert_equal(
        gradient_of(outputs_during, *arguments),
        gradient_of(outputs_by_plain_loop, *arguments),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize("name", [name for name, unit in UNITS.items() if issubclass(unit, DifferentiatedUnit)])
def test_no_product_over_the_batch_is_left_in_the_loops(name):
    """The gradient of the recurrent weights is formed after the loops, from all steps at once."""
    arguments = drawn(name, **SHAPE, seed=0)
    arguments = jax.tree.map(lambda a: a.astype(jnp.float32), arguments)
    traced = jax.make_jaxpr(lambda *arguments: gradient_of.__wrapped__(outputs_during, *arguments))(*arguments)
    loops = [equation.params["jaxpr"] for equation in traced.eqns if equation.primitive.name == "scan"]
    assert len(loops) == 2
    products = [e for loop in loops for e in loop.eqns if e.primitive.name == "dot_general"]
    assert products
    assert all(e.outvars[0].aval.shape[0] == 4 for e in products)  # a row a trial; the gradient has one a unit, 3
