"""A network to walk around in."""

from markupsafe import Markup

from slowpoints.explorer import block
from slowpoints.report._section import Findings, Section
from slowpoints.results import views


def _explore(findings: Findings) -> dict:
    made = views(findings.results)
    shown = {(len(view.path) // max(len(view.classes), 1), len(view.time)) for view in made}
    return {
        # Escaped by `block` itself, which writes no name as markup.
        "explorer": Markup(block(made)) if made else "",
        "trials": max((trials for trials, _ in shown), default=0),
        "moments": max((moments for _, moments in shown), default=0),
        "lacks": made[0].lacks if made else (),
    }


EXPLORE = Section(
    "explore",
    "Walk around in a network",
    ("trajectories",),
    _explore,
    """
<p>Each line is what a network's hidden state does while it remembers an image, on the three principal components of
its own states; colours are classes. A point is where a class' memory leads if there is no noise: a <i>fixed
point</i>; a <i>slow point</i>, a minimum of speed that is not zero; or an <i>edge</i>, a minimum on the boundary of
the box that states cannot leave. A search that ended <i>degenerate</i> or <i>unfinished</i> certifies none. Drag or
use the arrow keys to turn, move the sliders through the delay and through training, choose a point to see what is
known of it.</p>
{{ explorer }}
{% for one in lacks %}{{ absent(one) }}{% endfor %}
<p class="note">A sample: {{ trials }} test trials a class at {{ moments }} moments, rounded to a thousandth of half the
box, and the leading eigenvalues of each point. The study's files hold everything.</p>
""",
)
