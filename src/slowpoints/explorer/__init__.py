"""A network to walk around in: its phase space in three dimensions, in one file that loads nothing.

What is shown is a `View`, plain arrays; results and surveys make them. The page's script is built from `explorer/` at
the top of the repository and lies here as one file, so that nobody needs Node to make a page.
"""

from slowpoints.explorer._page import (
    block as block,
    colours as colours,
    Explorer as Explorer,
    script as script,
    style as style,
)
from slowpoints.explorer._view import Curves as Curves, PointView as PointView, TrackView as TrackView, View as View
