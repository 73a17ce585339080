"""What was run, and how the networks learned."""

import json
from collections import Counter

import xarray as xr

from slowpoints.report._section import Section
from slowpoints.report._summaries import network_counts, networks_along


def _run(results: xr.DataTree) -> dict:
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
    return {
        "facts": facts,
        "settings": {
            "head": ["Setting", *names],
            "rows": [[label, *(counts.get((label, name), 0) for name in names)] for label in labels],
            "caption": "Networks by setting and protocol.",
        },
        "machines": {
            "head": ["Processor", "Versions", "Networks"],
            "rows": [[processor, versions, count] for (processor, versions), count in made.most_common()],
            "caption": "What networks were trained on and with.",
        },
        "config": json.dumps(json.loads(attrs.get("config", "{}")), indent=2, ensure_ascii=False),
    }


RUN = Section(
    "run",
    "What was run",
    (),
    _run,
    """
<dl class="facts">
{% for name, value in facts.items() %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}
</dl>
{% if settings.rows %}{{ table(**settings) }}{{ table(**machines) }}{% endif %}
<details><summary>The whole configuration</summary><pre>{{ config }}</pre></details>
""",
)

LEARNING = Section("learning", "Learning", ("learning",), lambda results: {}, '{{ figure("learning") }}')
