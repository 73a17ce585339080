"""Modes of some contexts: how long they last, and how far each input moves the state along them."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints.dynamics import Integration
from slowpoints.plots._style import label, MUTED, PALETTE, panels

SHOWN = 8
"""How many modes are drawn."""


def modes_and_inputs(contexts: Sequence[Integration], *, point: int = 0) -> xr.Dataset:
    """The slowest modes at one point of each context.

    Args:
        contexts: from `integration`, one for each context.
        point: which point of each is taken.

    Returns:
        `real` and `imaginary` (context, mode), eigenvalues by falling modulus; `taken` (context, mode, channel), |yᴴb|,
        how far one unit of each input channel moves the state along each mode.

    Example:
        >>> import numpy as np
        >>> from slowpoints import integration
        >>> from slowpoints.plots import modes_and_inputs
        >>> recurrent, inputs = np.diag([1.0, 0.2]), np.diag([0.3, 2.0])
        >>> found = integration(lambda x, u: recurrent @ x + inputs @ u, np.zeros((1, 2)), np.zeros(2))
        >>> modes_and_inputs([found])["taken"].values
        array([[[0.3, 0. ],
                [0. , 2. ]]])
    """
    shown = min(SHOWN, contexts[0].stability.eigenvalues.shape[1])
    values = np.stack([one.stability.eigenvalues[point, :shown] for one in contexts])
    taken = np.stack([np.abs(one.input_projection[point, :shown]) for one in contexts])
    return xr.Dataset(
        {
            "real": (("context", "mode"), np.real(values)),
            "imaginary": (("context", "mode"), np.imag(values)),
            "taken": (("context", "mode", "channel"), taken),
        }
    )


def plot_modes_and_inputs(values: xr.Dataset) -> Figure:
    """Draw `modes_and_inputs`, a row a context: eigenvalues, and what the modes take up of each channel.

    Example:
        >>> import numpy as np
        >>> from slowpoints import integration
        >>> from slowpoints.plots import modes_and_inputs, plot_modes_and_inputs
        >>> recurrent, inputs = np.diag([1.0, 0.2]), np.diag([0.3, 2.0])
        >>> found = integration(lambda x, u: recurrent @ x + inputs @ u, np.zeros((1, 2)), np.zeros(2))
        >>> plot_modes_and_inputs(modes_and_inputs([found])).savefig("modes.png")
    """
    contexts, modes, channels = values["taken"].shape
    figure, axes = panels(contexts, 2, width=3.4, height=2.6)
    turn = np.linspace(-0.5, 0.5, 100)
    for k in range(contexts):
        left, right = axes[k]
        one = values.isel(context=k)
        left.plot(np.cos(turn), np.sin(turn), color=MUTED, lw=0.8)
        left.plot(one["real"], one["imaginary"], ls="", marker="o", ms=4, color=PALETTE[0])
        label(left, f"context {k}", "Re λ", "Im λ")
        width = 0.8 / channels
        for channel in range(channels):
            place = np.arange(modes) + width * (channel - 0.5 * (channels - 1))
            colour = PALETTE[channel % len(PALETTE)]
            right.bar(place, one["taken"].values[:, channel], width, color=colour, label=f"input {channel}")
        label(right, "", "mode", "moved along it")
    axes[0, 1].legend(frameon=False, fontsize=7)
    return figure
