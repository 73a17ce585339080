"""Where all randomness comes from: one key for each network and purpose."""

import zlib

import jax

from slowpoints._types import PRNGKey


def key_for(seed: int, purpose: str) -> PRNGKey:
    """The random key of the network with this seed for one purpose ("initial weights", "training", …).

    It depends on nothing else, so the same seed gives the same initial weights under every protocol, and no
    purpose disturbs another.
    """
    return jax.random.fold_in(jax.random.key(seed), zlib.crc32(purpose.encode()) & 0x7FFFFFFF)
