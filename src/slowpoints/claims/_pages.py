"""What pages say of claims, as it is in the code and in the results: never typed in."""

import re
from pathlib import Path

from slowpoints.claims._claim import Evidence, Judgement, Verdict
from slowpoints.claims._registry import CLAIMS, judge
from slowpoints.claims._rules import AMENDMENTS, FROZEN, in_words_hash
from slowpoints.claims._verdicts import in_words
from slowpoints.protocols import PROTOCOLS


def with_rules(text: str) -> str:
    """The page on claims with its tables of rules and of amendments as they are in the code.

    They stand between the lines `<!-- rules -->` and `<!-- end of rules -->`, and `<!-- amendments -->` and
    `<!-- end of amendments -->`. `python -m slowpoints.claims docs/claims.md` writes them.

    Raises:
        ValueError: if the page has no such lines.
    """
    frozen = f"Frozen on {FROZEN}; hash of their words `{in_words_hash(CLAIMS)}`.\n"
    of_rules = [f"| {claim.id} | {claim.claim} | {claim.rule} |" for claim in CLAIMS]
    text = between_lines(text, "rules", [frozen, "| No. | Claim | Rule |", "|---|---|---|", *of_rules])
    of_amendments = [f"| {a.date} | {a.claims} | {a.change} | {a.reason} | {a.seen} |" for a in AMENDMENTS]
    head = ["| Date | Claims | Change | Reason | Results that had been seen |", "|---|---|---|---|---|"]
    return between_lines(text, "amendments", [*head, *of_amendments])


def between_lines(text: str, name: str, lines: list[str]) -> str:
    """The text with these lines where it has `<!-- name -->` and `<!-- end of name -->`, between the two.

    Raises:
        ValueError: if it has no such lines.
    """
    before, _, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    if not end:
        raise ValueError(f"the page has no lines <!-- {name} --> and <!-- end of {name} -->")
    return "\n".join([f"{before}<!-- {name} -->", *lines, f"{end}{after}"])


def with_verdicts(text: str) -> str:
    """A page with the tables of verdicts on the studies that it names, each as it is judged now.

    A table stands between the lines `<!-- verdicts of FOLDER -->` and `<!-- end of verdicts of FOLDER -->`, or of some
    claims alone between `<!-- verdicts of FOLDER: 23 24 -->` and the end of that. Claims that were not tested have no
    row.

    Raises:
        InputError: if such a folder is no study.
    """
    from slowpoints.study import results_of, Study

    head = ["| No. | Claim | Ours (95 %) | n | The paper's | Verdict |", "|---|---|---|---|---|---|"]
    tables = re.findall(r"<!-- (verdicts of (\S+?)(?:: ([\d ]+))?) -->", text)
    studies = {folder: judge(results_of(Study.open(Path(folder)))) for folder in {folder for _, folder, _ in tables}}
    for name, folder, some in tables:
        judged = studies[folder]
        wanted = {int(claim) for claim in some.split()} or {j.claim.id for j in judged}
        rows = [_row(j) for j in judged if j.claim.id in wanted and j.evidence.verdict is not Verdict.NOT_TESTED]
        text = between_lines(text, name, [*head, *rows])
    return text


def _row(judgement: Judgement) -> str:
    claim, evidence = judgement.claim, judgement.evidence
    ours = f"{_whose(evidence)}{_number(evidence)}"
    cells = (claim.id, claim.claim, ours, evidence.n or "", claim.paper or "", evidence.verdict)
    return f"| {' | '.join(map(str, cells))} |"


def _whose(evidence: Evidence) -> str:
    """The unit and the protocol of the networks that decided, as "LSTM, VoCu: "; a page says itself of which corpus."""
    deciding = (part.label for part in evidence.settings if part.counts and part.verdict is evidence.verdict)
    _, *rest = next(deciding, "").split(", ")
    told = [*rest[:1], *(word for word in rest[1:] if word in PROTOCOLS)]
    return f"{', '.join(told)}: " if told else ""


def _number(evidence: Evidence) -> str:
    if evidence.statistic is None:
        return "–"
    interval = f" ({' to '.join(map(in_words, evidence.interval))})" if evidence.interval else ""
    return f"{in_words(evidence.statistic)}{interval}, {evidence.statistic_name}"
