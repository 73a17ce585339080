"""How each claim fared."""

from slowpoints._number_of import number_of
from slowpoints.claims import Evidence, in_words, Judgement, Verdict
from slowpoints.report._answer import tally
from slowpoints.report._interval import interval_plot
from slowpoints.report._section import Findings, Section

KINDS = {
    Verdict.REPLICATED: "yes",
    Verdict.NOT_REPLICATED: "no",
    Verdict.UNDECIDED: "open",
    Verdict.NOT_TESTED: "untested",
}
"""The style of each verdict."""

_CORPORA = {1: "mnist", 2: "mnist", 8: "mnist", 3: "cifar10", 4: "cifar10", 9: "cifar10"}
"""The presets whose studies test the paper's tables."""


def command_for(judgement: Judgement) -> str:
    """The command whose study would test a claim that this one does not."""
    claim, reason = judgement.claim, judgement.evidence.reason
    if "`slowpoints" in reason:
        return reason.split("`")[1]
    if "--trainings" in reason:
        return "slowpoints run STUDY --protocol DeCu VoCu --trainings 2"
    if "VoCu-permuted" in reason:
        return "slowpoints run STUDY --protocol DeCu VoCu VoCu-permuted"
    if "MNIST only" in reason:
        return "slowpoints reproduce mnist --track"
    if "No delay above" in reason:
        return "slowpoints run STUDY --measurements.extrapolation.delays 5 20 200 1000"
    if claim.id in _CORPORA:
        return f"slowpoints reproduce {_CORPORA[claim.id]}"
    if "without the sigmoid" in reason or "linear" in reason:
        return "slowpoints run STUDY --protocol naive --readout sigmoid linear"
    if "naive" in reason:
        return "slowpoints run STUDY --protocol DeCu VoCu naive"
    return "slowpoints run STUDY --protocol DeCu VoCu --seeds 10"


def _part(evidence: Evidence) -> dict:
    kind = KINDS[evidence.verdict]
    return {
        "evidence": evidence,
        "kind": kind,
        "statistic": "–" if evidence.statistic is None else in_words(evidence.statistic),
        "interval": " to ".join(map(in_words, evidence.interval)) if evidence.interval else "–",
        "n": str(evidence.n) if evidence.n else "–",
        "over": number_of(evidence.n, evidence.n_of) if evidence.n else "",
        "plot": interval_plot(evidence, kind),
    }


def _row(judgement: Judgement) -> dict:
    return {"claim": judgement.claim, "parts": [_part(one) for one in judgement.evidence.settings]} | _part(
        judgement.evidence
    )


def _claims(findings: Findings) -> dict:
    judgements = findings.judgements
    return {
        "tally": tally(judgements),
        "tested": [_row(j) for j in judgements if j.evidence.verdict is not Verdict.NOT_TESTED],
        "untested": [
            {
                "claim": j.claim,
                "reason": j.evidence.reason.split("; `")[0].replace("`", ""),
                "command": command_for(j),
            }
            for j in judgements
            if j.evidence.verdict is Verdict.NOT_TESTED
        ],
    }


CLAIMS = Section(
    "claims",
    "Claims",
    (),
    _claims,
    """
<p>{{ tally }} A verdict is computed: the 95 % interval lies wholly where the claim says (shaded: replicated), wholly
elsewhere (not replicated), or reaches across (undecided). The unit of replication is the network. A claim about several
settings or cells holds when every one of them does; its row shows the part that decided.</p>
{% if tested %}
<div class="scroll" tabindex="0" role="region" aria-label="Claims that were tested"><table class="claims sortable">
<thead><tr>{% for cell in ("No.", "Claim", "Estimate", "95 % interval", "", "Paper", "Verdict") -%}
<th scope="col">{{ cell }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in tested %}
<tr id="claim-{{ row.claim.id }}"><th scope="row">{{ row.claim.id }}</th>
<td><div class="claim">{{ row.claim.claim }}</div><div class="where">{{ row.claim.where }}</div></td>
<td><div class="value">{{ row.statistic }}</div><div>{{ row.evidence.statistic_name }}</div></td>
<td><div class="nowrap">{{ row.interval }}</div>
{% if row.over %}<div class="of">{{ row.over }}</div>{% endif %}</td>
<td>{{ row.plot }}</td>
<td>{{ row.claim.paper or "–" }}</td>
<td>{{ badge(row.evidence.verdict, row.kind) }}</td></tr>
<tr class="more"><td></td><td colspan="6"><div class="reason">{{ row.evidence.reason }}</div>
<details>
<summary>How it was judged{% if row.parts | length > 1 %} and its {{ row.parts | length }} parts{% endif %}</summary>
<p><b>Rule. </b>{{ row.claim.rule }}</p>
{% if row.parts %}
<div class="scroll" tabindex="0" role="region" aria-label="Parts of claim {{ row.claim.id }}"><table class="parts">
<thead><tr>{% for cell in ("Part", "Statistic", "Value", "95 % interval", "", "n", "Verdict") -%}
<th scope="col">{{ cell }}</th>{% endfor %}</tr></thead>
<tbody>
{% for part in row.parts %}
<tr><th scope="row">{{ part.evidence.label or "all" }}</th>
<td>{{ part.evidence.statistic_name or part.evidence.reason }}</td>
<td>{{ part.statistic }}</td><td>{{ part.interval }}</td><td>{{ part.plot }}</td><td>{{ part.n }}</td>
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
{% if untested %}
<div class="scroll" tabindex="0" role="region" aria-label="Claims that were not tested">
<table class="untested sortable">
<thead><tr>{% for cell in ("No.", "Claim", "Where", "Paper", "Why it is not tested", "What would test it") -%}
<th scope="col">{{ cell }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in untested %}
<tr id="claim-{{ row.claim.id }}"><th scope="row">{{ row.claim.id }}</th><td>{{ row.claim.claim }}</td>
<td>{{ row.claim.where }}</td><td>{{ row.claim.paper or "–" }}</td><td>{{ row.reason }}</td>
<td><code>{{ row.command }}</code></td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}
""",
)
