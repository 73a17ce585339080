"""slowpoints: how recurrent networks hold memories.

The parts, in the order data goes through them: `data`, `task`, `networks`, `protocols`, `training`, `extrapolation`,
`dynamics`, `interop`, `study`, `claims`, `plots`, `report`. Importing the package imports none of them; name
the part you need:

    from slowpoints.dynamics import find_slow_points
"""

from importlib.metadata import version as _version

__version__ = _version("slowpoints")
