"""A search ends where it comes to its fence."""

import jax.numpy as jnp
import numpy as np
import pytest

from slowpoints.dynamics import GradientFlow, Newton, NewtonKrylov
from slowpoints.dynamics._domain import Box
from slowpoints.dynamics._landscape import Landscape
from slowpoints.dynamics._precision import as_double, double_precision

from .maps import TanhUnits

UNITS = TanhUnits(jnp.asarray([1.5, 2.0], jnp.float32))
NEAR, FAR = np.array([0.85, 0.95]), np.array([0.5, 0.95])


@pytest.mark.parametrize("solver", [Newton(), GradientFlow(), NewtonKrylov()])
def test_a_search_ends_at_its_fence_and_not_before(solver):
    minimum = UNITS.fixed_points()[-1]
    assert np.abs(NEAR - minimum).max() < 0.09 < np.abs(FAR - minimum).max()
    with double_precision():
        landscape, _ = Landscape.around(as_double(UNITS), np.zeros(2), None)
        box = Box(jnp.full(2, -1.0), jnp.full(2, 1.0))
        for start, arrives in ((NEAR, True), (FAR, False)):
            fence = Box(jnp.asarray(start - 0.09), jnp.asarray(start + 0.09))
            (free,), (whole,) = solver.descend(landscape, box, jnp.asarray(start)[None])
            (end,), (part,) = solver.descend(landscape, box, jnp.asarray(start)[None], fence)
            np.testing.assert_allclose(free, minimum, atol=1e-6)
            assert bool(fence.encloses(end)) == arrives
            if arrives:
                np.testing.assert_array_equal(end, free)
            else:
                # It went on to the first state beyond the fence, and no further.
                assert 0.09 <= np.abs(end - start).max() < np.abs(minimum - start).max() + 0.05
                assert part < whole
