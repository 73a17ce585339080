"""When the image comes and when the trigger comes."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from slowpoints._errors import InputError
from slowpoints._types import PRNGKey


@dataclasses.dataclass(frozen=True)
class Timing:
    """The rule by which onset (t_s) and trigger (t_a) are drawn within a trial. Times count steps from 0.

    - `shortest_delay`: the least t_a − t_s, in steps. The published scripts use 4; the paper's main text, 5.
    - `joint`: how the pair is drawn. `False`, as the scripts do: t_s uniform on {0 … T_max − 1 − shortest_delay},
      then t_a uniform on {t_s + shortest_delay … T_max − 1}, so late onsets go with short delays. `True`: uniform
      over all allowed pairs, the reading closest to the paper's main text.

    Example:
        >>> import jax
        >>> from slowpoints.task import Timing
        >>> onset, trigger = Timing(shortest_delay=4).draw(jax.random.key(0), batch=100, longest_delay=20)
        >>> bool((trigger - onset >= 4).all())
        True
    """

    shortest_delay: int = 4
    joint: bool = False

    def check(self, steps: int, name: str) -> None:
        """Raises `InputError`, with `name` for the number of steps, if no pair of times fits into a trial."""
        if steps <= self.shortest_delay:
            raise InputError(
                f"A trial of {steps} steps has no room for a delay of {self.shortest_delay}; "
                f"make {name} at least {self.shortest_delay + 1}."
            )

    def draw(self, key: PRNGKey, batch: int, longest_delay: int) -> tuple[Int[Array, " batch"], Int[Array, " batch"]]:
        """Onset and trigger of `batch` trials of `longest_delay` (T_max) steps each.

        Raises `InputError` if no pair of times fits into the trial.
        """
        self.check(longest_delay, "longest_delay")
        last_onset = longest_delay - 1 - self.shortest_delay
        if self.joint:
            onsets, triggers = jnp.array(
                [
                    (onset, trigger)
                    for onset in range(last_onset + 1)
                    for trigger in range(onset + self.shortest_delay, longest_delay)
                ],
                jnp.int32,
            ).T
            pair = jax.random.randint(key, (batch,), 0, onsets.size)
            return onsets[pair], triggers[pair]
        onset_key, trigger_key = jax.random.split(key)
        onset = jax.random.randint(onset_key, (batch,), 0, last_onset + 1)
        trigger = jax.random.randint(trigger_key, (batch,), onset + self.shortest_delay, longest_delay)
        return onset, trigger
