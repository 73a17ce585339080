"""Labelled results to matplotlib figures, and what was found of any network too.

For every figure there is a function that computes a small labelled dataset (`extrapolation_curves`) and one that
only draws it (`plot_extrapolation`). `figures(results)` gives all that a study has the results for.
"""

from slowpoints._extras import needs

needs("plots", "matplotlib", "xarray")

from slowpoints.plots._bifurcations import (
    bifurcation_diagram as bifurcation_diagram,
    plot_bifurcation_diagram as plot_bifurcation_diagram,
)
from slowpoints.plots._binned_accuracy import (
    binned_accuracy as binned_accuracy,
    plot_binned_accuracy as plot_binned_accuracy,
)
from slowpoints.plots._clouds import clouds as clouds, plot_clouds as plot_clouds
from slowpoints.plots._curves import delay_curves as delay_curves, noise_curves as noise_curves
from slowpoints.plots._extrapolation import (
    extrapolation_curves as extrapolation_curves,
    plot_extrapolation as plot_extrapolation,
)
from slowpoints.plots._figure import mean_and_error as mean_and_error, StudyFigure as StudyFigure
from slowpoints.plots._files import (
    check_figure_path as check_figure_path,
    csv_bytes as csv_bytes,
    pdf_bytes as pdf_bytes,
    png_bytes as png_bytes,
    save_figure as save_figure,
    svg_bytes as svg_bytes,
)
from slowpoints.plots._formation import (
    plot_short_readouts as plot_short_readouts,
    plot_tracked_speeds as plot_tracked_speeds,
    short_readouts as short_readouts,
    tracked_speeds as tracked_speeds,
)
from slowpoints.plots._formation_in_one import formation as formation, plot_formation as plot_formation
from slowpoints.plots._headline import headline as headline, plot_headline as plot_headline
from slowpoints.plots._inputs import (
    hysteresis_loop as hysteresis_loop,
    kinds_on_grid as kinds_on_grid,
    plot_hysteresis_loop as plot_hysteresis_loop,
    plot_kinds_on_grid as plot_kinds_on_grid,
)
from slowpoints.plots._learning import learning_curves as learning_curves, plot_learning_curves as plot_learning_curves
from slowpoints.plots._lifetimes import (
    lifetime_against_accuracy as lifetime_against_accuracy,
    plot_lifetimes as plot_lifetimes,
)
from slowpoints.plots._modes import modes_and_inputs as modes_and_inputs, plot_modes_and_inputs as plot_modes_and_inputs
from slowpoints.plots._multiverse import plot_multiverse as plot_multiverse
from slowpoints.plots._phase_space import phase_space as phase_space, plot_phase_space as plot_phase_space
from slowpoints.plots._point_graph import (
    graph_in_phase_space as graph_in_phase_space,
    plot_graph_in_phase_space as plot_graph_in_phase_space,
)
from slowpoints.plots._registry import Drawn as Drawn, drawn as drawn, FIGURES as FIGURES, figures as figures
from slowpoints.plots._second_retrieval import (
    plot_second_retrieval as plot_second_retrieval,
    retrieval_table as retrieval_table,
)
from slowpoints.plots._slow_manifold import (
    manifold_drift as manifold_drift,
    plot_manifold_drift as plot_manifold_drift,
)
from slowpoints.plots._slow_points import (
    owned_points as owned_points,
    plot_owned_points as plot_owned_points,
    plot_speed_against_accuracy as plot_speed_against_accuracy,
    speed_against_accuracy as speed_against_accuracy,
)
from slowpoints.plots._spectra import plot_spectra as plot_spectra, spectra as spectra
from slowpoints.plots._speed_landscape import (
    plot_speed_landscape as plot_speed_landscape,
    speed_landscape as speed_landscape,
)
from slowpoints.plots._style import INK as INK, MUTED as MUTED, PALETTE as PALETTE, PAPER as PAPER, SHADE as SHADE
