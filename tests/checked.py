"""The type checker of the test run: beartype, put around every function and dataclass of the package by jaxtyping."""

from typing import Any, Self

import beartype

CONFIGURATION = beartype.BeartypeConf(
    # A whole number is a number, as PEP 484 has it.
    is_pep484_tower=True,
    # Not checked: beartype understands it on whole classes only, and jaxtyping's hook decorates methods one by one.
    hint_overrides=beartype.FrozenDict({Self: Any, Self | None: Any}),
)

check = beartype.beartype(conf=CONFIGURATION)
