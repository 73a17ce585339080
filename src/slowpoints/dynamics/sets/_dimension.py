"""The dimension of a set, estimated from its members."""

import numpy as np

from slowpoints.dynamics.sets._rows import Rows

SHARE = 0.15
"""A direction counts if the members' variance along it is at least this part of the largest variance.

Chosen on uniform samples (200 draws each): right in 96 % or more of draws on a ring of 12, a plane of 8 and a sphere
of 20 members, in 92 % in a cube of 12; the two-nearest-neighbours estimate of Facco et al. (2017) was right in 88, 43,
62 and 29 %. That estimate also needs points drawn at random, and the ends of searches are not."""


def spread_dimension(members: Rows, guess: int) -> int | None:
    """How many dimensions neighbours spread over: local principal components, averaged over the members.

    Each member is taken with its 2(`guess` + 1) nearest members: enough to show one dimension more than guessed. None
    if the set has fewer members than twice that number.
    """
    neighbours = 2 * (guess + 1)
    if len(members) < 2 * neighbours:
        return None
    shares = np.zeros(min(neighbours + 1, members.shape[1]))
    for member in members:
        near = members[np.argsort(np.linalg.norm(members - member, axis=1), kind="stable")[: neighbours + 1]]
        variance = np.linalg.svd(near - near.mean(axis=0), compute_uv=False) ** 2
        shares += variance / variance[0]
    return int(np.sum(shares >= SHARE * len(members)))
