"""How it was done: what was run, the methods in words, what to cite; and how the networks learned."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from slowpoints import __version__
from slowpoints._number_of import number_of
from slowpoints.report._references import ADAM, BLACK_BOX, PAPER, Reference, software, UNITS
from slowpoints.report._section import Findings, rendered, Section
from slowpoints.report._summaries import network_counts, networks_along
from slowpoints.results import measured


def _run(findings: Findings) -> dict:
    results = findings.results
    counts, attrs = network_counts(results), results.attrs
    labels = list(dict.fromkeys(label for label, _ in counts))
    names = list(dict.fromkeys(protocol for _, protocol in counts))
    steps = attrs.get("steps")
    facts = {
        "Corpus": attrs.get("corpus", "not recorded"),
        "Networks": str(sum(counts.values())),
        "Training": "not recorded" if steps is None else f"{int(steps):,} steps".replace(",", " "),
        "Trial": f"{attrs['trial_steps']} steps" if "trial_steps" in attrs else "not recorded",
    }
    made = Counter(zip(networks_along(results, "processor"), networks_along(results, "versions"), strict=True))
    config = json.loads(attrs.get("config", "{}"))
    units = sorted({str(unit) for name in results.children for unit in measured(results, name)["unit"].values})
    cited = [PAPER, BLACK_BOX, *(UNITS[unit] for unit in units if unit in UNITS), ADAM]
    return {
        "facts": facts,
        "settings": {
            "head": ["Setting", *names],
            "rows": [[label, *(counts.get((label, name), 0) for name in names)] for label in labels],
            "caption": "Networks by setting and protocol.",
        },
        "machines": [
            {"processor": processor, "versions": versions, "networks": number_of(count, "networks")}
            for (processor, versions), count in made.most_common()
        ],
        "methods": _methods(config, sum(counts.values()), units),
        "bibtex": "\n\n".join(one.bibtex for one in cited),
        "software": software(__version__).bibtex,
        "config": json.dumps(config, indent=2, ensure_ascii=False),
    }


def _methods(config: Mapping[str, Any], networks: int, units: list[str]) -> Markup:
    """A paragraph for a paper, as far as the config is recorded."""
    if "training" not in config or "task" not in config:
        return Markup("")
    points = config.get("measurements", {}).get("slow_points", {})
    return rendered(
        """
<p>We trained {{ networks }} of {{ config.units }} recurrent units ({{ units }}) on delayed recall of
{{ config.corpus }} images {{ cite(paper) }}: in a trial of {{ task.trial_steps }} steps one image stands among images
of noise, and at a trigger at least {{ task.shortest_delay }} steps later the network names its class; at all other
times its output should be null. Under DeCu the longest delay grew through training with all classes shown, under VoCu
the number of classes grew at full delays. Training took {{ training.steps }} steps of {{ training.batch }} trials with
Adam {{ cite(adam) }} at a rate of {{ training.rate }}.
{% if points %}
Slow points {{ cite(black_box) }} were searched from each class' mean state over {{ points.images_per_class }} images,
{{ points.delay }} steps after the image, under the mean noise image without trigger, by minimising the speed
S = ‖F(x) − x‖² in the box of reachable states with a second-order method; a point counts as a minimum only if its
search ended with a certificate (projected gradient and curvature).
{% endif %}
Networks, not classes, are the unit of replication; intervals are 95 %.</p>
""",
        networks=number_of(networks, "networks"),
        config=config,
        task=config["task"],
        training=config["training"],
        points=points,
        units=Markup(", ").join(_unit(unit) for unit in units),
        cite=_cite,
        paper=PAPER,
        adam=ADAM,
        black_box=BLACK_BOX,
    )


def _unit(unit: str) -> Markup:
    return rendered(
        "{{ unit }}{% if of %} {{ cite(of) }}{% endif %}", unit=unit.upper(), of=UNITS.get(unit), cite=_cite
    )


def _cite(reference: Reference) -> Markup:
    return rendered('(<a href="{{ one.link }}">{{ one.short }}</a>)', one=reference)


RUN = Section(
    "run",
    "How it was done",
    (),
    _run,
    """
<dl class="facts">
{% for name, value in facts.items() %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}
</dl>
{% if settings.rows %}{{ table(**settings) }}{% endif %}
{% if methods %}<h3>Methods, for a paper</h3>{{ methods }}{% endif %}
<details><summary>What to cite: BibTeX</summary><pre>{{ bibtex }}</pre></details>
<details><summary>Cite this software</summary><pre>{{ software }}</pre></details>
{% if machines %}
<details><summary>Processors and versions</summary>
<ul class="machines">{% for one in machines %}<li>{{ one.networks }} on {{ one.processor }}:
<span class="versions">{{ one.versions }}</span></li>{% endfor %}</ul></details>
{% endif %}
<details><summary>The whole configuration</summary><pre>{{ config }}</pre></details>
""",
)

LEARNING = Section("learning", "Learning", ("learning",), lambda findings: {}, '{{ figure("learning") }}')
