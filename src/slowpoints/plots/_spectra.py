"""Eigenvalues of the linearised map on the complex plane, with the unit circle that tells decay from growth."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from slowpoints.dynamics import Stability
from slowpoints.plots._style import label, MUTED, PALETTE, panels

COLUMNS = 4
"""Panels in a row."""


def spectra(stability: Stability) -> xr.Dataset:
    """Eigenvalues of dF/dx at each state.

    Args:
        stability: of the states.

    Returns:
        `real`, `imaginary`, `modulus`, `time_constant` (steps; negative where a deviation grows) and `participation`
        (coordinates), each (point, eigenvalue), by falling modulus; `label` (point,), in words.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import stability
        >>> from slowpoints.plots import spectra
        >>> found = stability(lambda x: jnp.tanh(jnp.array([2.0, 0.5]) * x), np.zeros((1, 2)))
        >>> spectra(found)["modulus"].values
        array([[2. , 0.5]])
    """
    values = stability.eigenvalues
    columns = {
        "real": np.real(values),
        "imaginary": np.imag(values),
        "modulus": np.abs(values),
        "time_constant": stability.time_constant,
        "participation": stability.participation,
    }
    return xr.Dataset(
        {name: (("point", "eigenvalue"), column) for name, column in columns.items()}
        | {"label": ("point", [one.name.lower() for one in stability.labels])}
    )


def plot_spectra(values: xr.Dataset) -> Figure:
    """Draw `spectra`, one panel a point; eigenvalues outside the unit circle are of another colour.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from slowpoints import stability
        >>> from slowpoints.plots import plot_spectra, spectra
        >>> found = stability(lambda x: jnp.tanh(jnp.array([2.0, 0.5]) * x), np.zeros((1, 2)))
        >>> plot_spectra(spectra(found)).savefig("spectra.png")
    """
    count = values.sizes["point"]
    rows = -(-count // COLUMNS)
    figure, axes = panels(rows, min(count, COLUMNS), width=2.4, height=2.5)
    for k in range(count, axes.size):
        axes[divmod(k, axes.shape[1])].set_visible(False)
    turn = np.linspace(0, 2 * np.pi, 200)
    reach = 1.1 * max(1.0, float(values["modulus"].max(skipna=True)))
    for k in range(count):
        here, one = axes[divmod(k, axes.shape[1])], values.isel(point=k)
        grows = one["modulus"].values > 1
        here.plot(np.cos(turn), np.sin(turn), color=MUTED, lw=0.8, zorder=1)
        for which, colour in ((~grows, PALETTE[0]), (grows, PALETTE[1])):
            here.plot(one["real"].values[which], one["imaginary"].values[which], ls="", marker="o", ms=3, color=colour)
        here.set_xlim(-reach, reach)
        here.set_ylim(-reach, reach)
        here.set_aspect("equal")
        label(
            here,
            f"{k}: {one['label'].item()}",
            "Re λ" if k + COLUMNS >= count else "",
            "Im λ" if k % COLUMNS == 0 else "",
        )
    return figure
