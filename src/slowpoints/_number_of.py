"""How many of what, in words."""


def number_of(count: int, what: str) -> str:
    """A count as it stands in a sentence: "1 network", "5 pairs of networks with the same seed".

    Args:
        count: how many.
        what: is counted, in the plural, which the first word bears.
    """
    first, space, rest = what.partition(" ")
    return f"{count} {first.removesuffix('s') if count == 1 else first}{space}{rest}"
