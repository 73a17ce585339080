"""The claims of a report, as HTML."""

from slowpoints.claims import Evidence, Judgement, Verdict
from slowpoints.claims._verdicts import say
from slowpoints.report._html import element, join, Markup, table

_BADGES = {
    Verdict.REPLICATED: "yes",
    Verdict.NOT_REPLICATED: "no",
    Verdict.UNDECIDED: "open",
    Verdict.NOT_TESTED: "untested",
}


def badge(verdict: Verdict) -> Markup:
    """A verdict as a coloured word."""
    return element("span", verdict, class_=f"badge {_BADGES[verdict]}")


def _numbers(evidence: Evidence) -> tuple[str, str, str]:
    statistic = "–" if evidence.statistic is None else say(evidence.statistic)
    interval = "–" if evidence.interval is None else f"{say(evidence.interval[0])} to {say(evidence.interval[1])}"
    return statistic, interval, str(evidence.n) if evidence.n else "–"


def _details(judgement: Judgement) -> Markup:
    evidence = judgement.evidence
    rows = []
    for part in evidence.settings:
        shown = badge(part.verdict) if part.counts else join(badge(part.verdict), " shown beside")
        rows.append([part.label or "all", part.statistic_name or part.reason, *_numbers(part), shown])
    head = ["Part", "Statistic", "Value", "95 % interval", "n", "Verdict"]
    made = table(head, rows, class_="parts") if rows else Markup("")
    rule = element("p", element("b", "Rule. "), judgement.claim.rule)
    parts = f" and its {len(rows)} parts" if len(rows) > 1 else ""
    return element("details", element("summary", f"How it was judged{parts}"), rule, made)


def _rows(judgement: Judgement) -> Markup:
    # Two rows a claim: its numbers, and below, across the whole table, how they came about.
    evidence, claim = judgement.evidence, judgement.claim
    statistic, interval, n = _numbers(evidence)
    what = join(element("div", claim.claim, class_="claim"), element("div", claim.where, class_="where"))
    value = join(element("div", statistic, class_="value"), element("div", evidence.statistic_name))
    over = join(element("div", n), element("div", evidence.n_of if evidence.n else "", class_="of"))
    cells = (what, value, interval, over, claim.paper or "–", badge(evidence.verdict))
    more = join(element("div", evidence.reason, class_="reason"), _details(judgement))
    return join(
        element("tr", element("th", str(claim.id), scope="row"), *(element("td", cell) for cell in cells)),
        element("tr", element("td"), element("td", more, colspan=str(len(cells))), class_="more"),
    )


def tested_claims(judgements: tuple[Judgement, ...]) -> Markup:
    """The claims this study can test, with all numbers."""
    tested = [j for j in judgements if j.evidence.verdict is not Verdict.NOT_TESTED]
    if not tested:
        return element("p", "None of the claims can be tested with what has been run.", class_="absent")
    head = ["No.", "Claim", "Statistic", "95 % interval", "n", "Paper", "Verdict"]
    top = element("thead", element("tr", *(element("th", cell, scope="col") for cell in head)))
    body = element("tbody", *(_rows(judgement) for judgement in tested))
    return element("div", element("table", top, body, class_="claims"), class_="scroll")


def untested_claims(judgements: tuple[Judgement, ...]) -> Markup:
    """The claims this study cannot test, and why."""
    rows = [
        [str(j.claim.id), j.claim.claim, j.claim.where, j.claim.paper or "–", j.evidence.reason]
        for j in judgements
        if j.evidence.verdict is Verdict.NOT_TESTED
    ]
    head = ["No.", "Claim", "Where", "Paper", "Why it is not tested"]
    return table(head, rows, class_="untested") if rows else Markup("")
