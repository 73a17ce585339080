"""The paper's own numbers, in %, mean and ±, and what it expects where."""

from slowpoints.results import (
    Setting,
)

Value = tuple[float, float]
"""A mean and what stands behind its "±", in %. The paper does not say whether that is a standard error."""

NETWORKS = {"mnist": 10, "cifar10": 5}
"""Networks behind each of the paper's means."""

NOMINAL: dict[tuple[str, str], dict[tuple[str, str], Value]] = {
    ("mnist", "gru"): {
        ("DeCu", "train"): (97.5, 0.2),
        ("DeCu", "test"): (96.5, 0.3),
        ("VoCu", "train"): (94.3, 0.8),
        ("VoCu", "test"): (93.8, 0.7),
    },
    ("mnist", "lstm"): {
        ("DeCu", "train"): (97.3, 0.1),
        ("DeCu", "test"): (97.3, 0.1),
        ("VoCu", "train"): (95.2, 0.3),
        ("VoCu", "test"): (95.2, 0.2),
    },
    ("cifar10", "gru"): {
        ("DeCu", "train"): (94.3, 0.9),
        ("DeCu", "test"): (72.4, 1.0),
        ("VoCu", "train"): (88.8, 2.0),
        ("VoCu", "test"): (65.7, 1.2),
    },
    ("cifar10", "lstm"): {
        ("DeCu", "train"): (95.1, 0.4),
        ("DeCu", "test"): (66.5, 0.4),
        ("VoCu", "train"): (92.9, 0.8),
        ("VoCu", "test"): (67.7, 1.2),
    },
}
"""Tables 1–4: (corpus, unit) to (protocol, split) to the accuracy of classes."""

RETRIEVAL: dict[tuple[str, str], dict[str, tuple[Value, Value, Value]]] = {
    ("mnist", "gru"): {
        "DeCu": ((97.6, 0.1), (97.2, 0.1), (0.4, 0.2)),
        "VoCu": ((93.6, 0.6), (79.8, 5.4), (13.9, 5.3)),
    },
    ("mnist", "lstm"): {
        "DeCu": ((97.4, 0.1), (97.3, 0.2), (0.2, 0.3)),
        "VoCu": ((94.9, 0.3), (86.3, 5.1), (8.7, 5.1)),
    },
    ("cifar10", "gru"): {
        "DeCu": ((93.2, 0.2), (93.2, 0.3), (0.1, 0.3)),
        "VoCu": ((89.7, 0.4), (85.9, 0.3), (3.8, 3.2)),
    },
    ("cifar10", "lstm"): {
        "DeCu": ((95.7, 0.1), (95.7, 0.3), (0.03, 0.4)),
        "VoCu": ((93.2, 0.1), (92.91, 0.3), (0.3, 0.3)),
    },
}
"""Tables 5 and 6: (corpus, unit) to protocol to (first trigger, second, difference)."""


def corpus_key(name: str) -> str:
    """A corpus' name without case and punctuation, so that CIFAR-10 and cifar10 are one."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def better(setting: Setting) -> int:
    """1 where DeCu should be the better protocol, −1 where VoCu should (CIFAR-10 with GRU only).

    A corpus or unit that the paper does not have is held to its majority: DeCu.
    """
    return -1 if (corpus_key(setting.corpus), setting.unit) == ("cifar10", "gru") else 1
