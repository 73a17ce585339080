"""The interface of solvers. A solver minimises speed from many starts; it certifies nothing."""

import abc
from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float, Int

from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._landscape import Landscape

Points = Float[Array, "point coordinate"]
"""Flat states, one a row."""


class AbstractSolver(eqx.Module):
    """A way to minimise speed. Its fields are its hyperparameters; a search holds them static."""

    matrix_free: ClassVar[bool]
    """Whether states may be too large for a Hessian or a Jacobian, so that the certificate too does without."""

    @abc.abstractmethod
    def descend(
        self, landscape: Landscape, box: Box, starts: Points, fence: Box | None = None
    ) -> tuple[Points, Int[Array, " point"]]:
        """Go down from each start, all of which lie in the box.

        A search that comes to the fence, if there is one, may end there: what lies beyond is of no interest. The fence
        holds nothing, and Adam, which advances all points together, does not see it.

        **Returns:** the last state of each in which S was finite, and how many iterations each took. It is
        traced in float64. A solver certifies nothing: `certify` does, for all solvers alike.
        """
