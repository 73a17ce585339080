"""How recurrent networks hold memories: curricula, extrapolation, and the slow points of the dynamics.

The public names are listed in `__init__.pyi`. Each is imported when it is first used, so that importing the package
is quick and loads nothing heavy.
"""

import importlib.metadata

import lazy_loader

__version__ = importlib.metadata.version("slowpoints")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
