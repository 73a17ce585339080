"""Random numbers against the published ones and against JAX's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.task._normals import normals, threefry


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_answers(key, counter, words):
    """Those that Random123, the authors' own library, is tested with."""
    got = threefry(jnp.array(key, jnp.uint32), *(jnp.uint32(word) for word in counter))
    assert tuple(int(word) for word in got) == words


@pytest.mark.parametrize("shape", [(), (7,), (40, 25)])
def test_numbers_are_those_of_jax(shape, getkey):
    getkey()
    key = getkey()
    got = normals(key, shape)
    assert got.dtype == jnp.float32
    np.testing.assert_allclose(got, jax.random.normal(key, shape, jnp.float32), rtol=1e-5, atol=1e-6)


def test_many_keys_at_once():
    keys = jax.random.split(jax.random.key(0), 3)
    together = jax.vmap(lambda key: normals(key, (5, 2)))(keys)
    for key, got in zip(keys, together, strict=True):
        np.testing.assert_allclose(got, normals(key, (5, 2)), rtol=1e-6)
