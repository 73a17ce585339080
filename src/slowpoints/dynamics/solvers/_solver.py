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
    """A method to minimise speed. Its fields are its hyperparameters; a search holds them static.

    Examples:
        >>> from slowpoints.dynamics import AbstractSolver, Adam, GradientFlow, Newton, NewtonKrylov
        >>> all(issubclass(solver, AbstractSolver) for solver in (Adam, GradientFlow, Newton, NewtonKrylov))
        True
        >>> NewtonKrylov.matrix_free, Newton.matrix_free
        (True, False)
    """

    matrix_free: ClassVar[bool]
    """Whether states may be too large for a Hessian or a Jacobian, so that the certificate too does without."""

    @abc.abstractmethod
    def descend(
        self, landscape: Landscape, box: Box, starts: Points, fence: Box | None = None
    ) -> tuple[Points, Int[Array, " point"]]:
        """Minimises ½S from each start, all of which lie in the box. It is traced in float64.

        A solver certifies nothing: `certify` does, in the same way for all solvers.

        Args:
            landscape: the function to minimise.
            box: the bounds that the states must not leave.
            starts: flat states, one a row.
            fence: a search that leaves this box may end there, because what lies outside is not needed. The fence does
                not hold states back. Adam, which advances all points together, ignores it.

        Returns:
            For each start the last state in which S was finite, and the number of iterations.
        """
