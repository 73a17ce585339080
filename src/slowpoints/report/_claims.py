"""How each claim fared."""

import xarray as xr

from slowpoints.claims import Evidence, in_words, judge, Judgement, Verdict
from slowpoints.report._answer import tally
from slowpoints.report._section import Section

_KINDS = {
    Verdict.REPLICATED: "yes",
    Verdict.NOT_REPLICATED: "no",
    Verdict.UNDECIDED: "open",
    Verdict.NOT_TESTED: "untested",
}


def _numbers(evidence: Evidence) -> dict[str, str]:
    return {
        "statistic": "–" if evidence.statistic is None else in_words(evidence.statistic),
        "interval": " to ".join(map(in_words, evidence.interval)) if evidence.interval else "–",
        "n": str(evidence.n) if evidence.n else "–",
    }


def _part(evidence: Evidence) -> dict:
    return {"evidence": evidence, "kind": _KINDS[evidence.verdict]} | _numbers(evidence)


def _row(judgement: Judgement) -> dict:
    return {"claim": judgement.claim, "parts": [_part(one) for one in judgement.evidence.settings]} | _part(
        judgement.evidence
    )


def _claims(results: xr.DataTree) -> dict:
    judgements = judge(results)
    untested = [j for j in judgements if j.evidence.verdict is Verdict.NOT_TESTED]
    return {
        "tally": tally(judgements),
        "tested": [_row(j) for j in judgements if j.evidence.verdict is not Verdict.NOT_TESTED],
        "untested": {
            "head": ["No.", "Claim", "Where", "Paper", "Why it is not tested"],
            "rows": [
                [str(j.claim.id), j.claim.claim, j.claim.where, j.claim.paper or "–", j.evidence.reason]
                for j in untested
            ],
            "class": "untested",
        },
    }


CLAIMS = Section(
    "claims",
    "Claims",
    (),
    _claims,
    """
<p>{{ tally }} A verdict is computed: the 95 % interval lies wholly where the claim says (replicated), wholly elsewhere
(not replicated), or reaches across (undecided). The unit of replication is the network. A claim about several
settings or cells holds when every one of them does; its row shows the part that decided.</p>
{% if tested %}
<div class="scroll"><table class="claims">
<thead><tr>{% for cell in ("No.", "Claim", "Statistic", "95 % interval", "n", "Paper", "Verdict") -%}
<th scope="col">{{ cell }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in tested %}
<tr><th scope="row">{{ row.claim.id }}</th>
<td><div class="claim">{{ row.claim.claim }}</div><div class="where">{{ row.claim.where }}</div></td>
<td><div class="value">{{ row.statistic }}</div><div>{{ row.evidence.statistic_name }}</div></td>
<td>{{ row.interval }}</td>
<td><div>{{ row.n }}</div><div class="of">{{ row.evidence.n_of if row.evidence.n else "" }}</div></td>
<td>{{ row.claim.paper or "–" }}</td>
<td>{{ badge(row.evidence.verdict, row.kind) }}</td></tr>
<tr class="more"><td></td><td colspan="6"><div class="reason">{{ row.evidence.reason }}</div>
<details>
<summary>How it was judged{% if row.parts | length > 1 %} and its {{ row.parts | length }} parts{% endif %}</summary>
<p><b>Rule. </b>{{ row.claim.rule }}</p>
{% if row.parts %}
<div class="scroll"><table class="parts">
<thead><tr>{% for cell in ("Part", "Statistic", "Value", "95 % interval", "n", "Verdict") -%}
<th scope="col">{{ cell }}</th>{% endfor %}</tr></thead>
<tbody>
{% for part in row.parts %}
<tr><th scope="row">{{ part.evidence.label or "all" }}</th>
<td>{{ part.evidence.statistic_name or part.evidence.reason }}</td>
<td>{{ part.statistic }}</td><td>{{ part.interval }}</td><td>{{ part.n }}</td>
<td>{{ badge(part.evidence.verdict, part.kind) }}{% if not part.evidence.counts %} shown beside{% endif %}</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}
</details></td></tr>
{% endfor %}
</tbody></table></div>
{% else %}
{{ absent("None of the claims can be tested with what has been run.") }}
{% endif %}
<h3>Not tested in this study</h3>
{% if untested.rows %}{{ table(**untested) }}{% endif %}
""",
)
