"""The front ends by the name that configs use. A new one is its own file and one line here."""

import equinox as eqx
import jax

from slowpoints.networks._convolutional import Convolutional
from slowpoints.networks._front_end import AbstractFrontEnd, FrontEndSettings, Identity

FRONT_ENDS: dict[str, type[AbstractFrontEnd]] = {
    "identity": Identity,
    "convolutional": Convolutional,
}


def check_front_end(settings: FrontEndSettings, image_shape: tuple[int, ...]) -> None:
    """Raises `InputError`, as the front end's `draw`, if it does not fit images of this shape; nothing is drawn.

    Example:
        >>> from slowpoints.networks import check_front_end, FrontEndSettings
        >>> check_front_end(FrontEndSettings("convolutional", channels=(4, 4), dense=(16,)), (8, 8, 1))  # fits
    """
    eqx.filter_eval_shape(FRONT_ENDS[settings.kind].draw, image_shape, settings, key=jax.random.key(0))
