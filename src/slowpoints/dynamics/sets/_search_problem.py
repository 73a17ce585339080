"""A map together with the options of its search."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from slowpoints._types import State, Step
from slowpoints.dynamics._domain import Domain
from slowpoints.dynamics._landscape import Coordinates
from slowpoints.dynamics._search import find_slow_points
from slowpoints.dynamics._slow_points import SlowPoints
from slowpoints.dynamics.sets._geometry import Geometry, local_geometry
from slowpoints.dynamics.sets._nearest import nearest_on_continuum
from slowpoints.dynamics.solvers import AbstractSolver


class SearchProblem(NamedTuple):
    """A map and the options of its search, as `find_slow_points` takes them."""

    step: Step
    coordinates: Coordinates | None
    domain: Domain | None
    solver: AbstractSolver

    def search(self, starts: State) -> tuple[SlowPoints, Geometry]:
        """The slow points found from these starts, and the geometry at each."""
        options = {"coordinates": self.coordinates, "domain": self.domain}
        found = find_slow_points(self.step, starts, solver=self.solver, **options)
        return found, local_geometry(self.step, found, **options)

    def on_continuum(
        self, states: State, fixed: Bool[np.ndarray, " point"], flat: Int[np.ndarray, " point"]
    ) -> tuple[SlowPoints, Geometry]:
        """Moves each state to the nearest continuum of `flat` dimensions, and searches from there."""
        options = {"coordinates": self.coordinates, "domain": self.domain}
        return self.search(nearest_on_continuum(self.step, states, fixed, flat, **options))
