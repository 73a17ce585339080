"""The rules as a whole: when they were frozen, what was amended since and why, and a hash of what judged."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slowpoints.claims._claim import Claim

FROZEN = "2026-11-29"
"""The day on which the rules were last changed."""


@dataclass(frozen=True)
class Amendment:
    """A change of rules after results had been judged by them.

    Fields:
        date: of the change.
        claims: the numbers of the claims it changes, or "all".
        change: what is judged in another way.
        reason: why, without regard to what any study says.
        seen: which results had been seen by those who made it.
    """

    date: str
    claims: str
    change: str
    reason: str
    seen: str


_DIGITS = "digits, GRU and LSTM, seeds 0–2; GRU, seeds 0–9"
"""The results that had been judged when the rules were amended."""

AMENDMENTS = (
    Amendment(
        "2026-11-28",
        "102",
        "Lifetime and speed are compared with as many parameters each, over the same classes: of a class without a "
        "point both models know that alone. The interval is Student's over networks, of the ratio, not a bootstrap.",
        "The speed's model had one column more, and the bootstrap of four to six networks is short: "
        "with neither better, the rule said “replicated” in 6 to 19 % of simulated studies.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-28",
        "19, 20",
        "The bootstrap of rank correlations resamples classes as well as networks, and asks for four of each.",
        "Classes are alike in all networks. With effects that networks share, resampling networks alone said "
        "in 8 to 10 % of simulated studies that there is a correlation where there is none.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-28",
        "5–7, 10–16, 18, 19, 27–30, 101, 103, 104",
        "Intervals of means are longer on the side to which the networks' values trail off, and stay within what the "
        "statistic can be. A share of networks has the exact binomial interval.",
        "Student's interval is false in 14 to 17 % of simulated studies where values trail off, and reached to shares "
        "of 129 %.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-28",
        "1–4, 8, 9",
        "The paper's “±” is read as a standard error and as a deviation. A cell is decided if both readings agree.",
        "The paper does not say which it is, in a caption elsewhere it uses both.",
        _DIGITS + "; MNIST, GRU, one network, which these rules leave undecided",
    ),
    Amendment(
        "2026-11-28",
        "18, 20–22",
        "Minima inside of the box alone, and the gradient flow without a box, are shown beside.",
        "The paper has no box; a minimum at its edge is one only within the box.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-28",
        "23, 24",
        "VoCu's jumps at its introductions must also be larger than DeCu's at DeCu's own changes.",
        "Any change of the task may move the points; the paper's claim sets the protocols against each other.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-28",
        "26",
        "The track must be certified and unbroken, and must end at the certified point of a class already shown; its "
        "distance stands beside that of points which random starts lead to.",
        "The readout alone says little: more than half of random states are read out as one of the classes shown.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-29",
        "26",
        "The distance is recorded now, so the claim can be decided: more than half of the introduced classes must lead "
        "back to the very point of a class shown, and that point must be nearer to one than those of random starts.",
        "Until now tracks did not record distances, and the claim could be undecided or not replicated only.",
        _DIGITS + "; of these distances none",
    ),
    Amendment(
        "2026-11-28",
        "28",
        "A class may have several parents: all shown classes that its track is read out as.",
        "The paper says “3 or 4”.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-28",
        "29",
        "DeCu with VoCu is compared with the same initial weights twice under one protocol with other data.",
        "Without that control any two trainings may count as different solutions.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-28",
        "31–33, 105, 106",
        "New claims.",
        "The paper says them too and no rule tested them (31–33); 105 and 106 were suggested by digits, GRU, seeds "
        "0–9, and are judged on other networks only.",
        _DIGITS,
    ),
    Amendment(
        "2026-11-29",
        "33",
        "The protocol of another order is built in, and draws an order for each network from its seed.",
        "Until now a study had to bring a protocol of that name, and no option of a protocol changed the order.",
        _DIGITS + "; of that protocol none",
    ),
    Amendment(
        "2026-11-29",
        "all",
        "Means and differences have an interval from three networks on, not from two.",
        "Two networks in which something is counted are often alike, and their interval then has no width: with "
        "nothing to find, the rules said “replicated” in 5 to 8 % of simulated studies of two, in 1 % of three.",
        "digits, GRU, seeds 0–19; tracks and clouds of digits, GRU, seeds 0–2; MNIST and CIFAR-10, GRU, one pair each",
    ),
    Amendment(
        "2026-11-29",
        "106",
        "The mean of rank correlations within networks has an interval from four networks on.",
        "All other rank correlations ask for four. Two networks, one a protocol, had agreed by chance and decided it.",
        "digits, GRU, seeds 0–19; MNIST, GRU, one pair, which decided it and does so no longer",
    ),
)
"""All of them, in the order of the claims."""


def in_words_hash(claims: Sequence[Claim]) -> str:
    """A hash of what the rules say: SHA-256 of every claim's number, words and rule, its first 16 digits."""
    words = "\n".join(f"{claim.id}\t{claim.claim}\t{claim.rule}" for claim in claims)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


@cache
def code_hash() -> str:
    """A hash of the code that judges: SHA-256 of the files of `slowpoints.claims` and `slowpoints.results`."""
    package = Path(__file__).parents[1]
    content = hashlib.sha256()
    for folder in ("claims", "results"):
        for path in sorted((package / folder).glob("*.py")):
            content.update(f"{folder}/{path.name}\n".encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return content.hexdigest()[:16]
