"""What is measured."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class ExtrapolationSettings:
    """Which conditions a network is tested in.

    - `delays`: steps from onset to trigger, increasing.
    - `noise`: factors on the trained standard deviation of the noise.
    - `trials_per_class`: trials a class in every condition, on test and on training images each.
    - `first_trigger`, `second_trigger`: when the two retrievals of the second-retrieval test are asked for (the
      paper's first is at t = 12; its tables lost when the second is).
    """

    delays: tuple[int, ...] = (5, 10, 15, 20, 35, 50, 100, 200, 350, 500, 1000)
    noise: tuple[float, ...] = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
    trials_per_class: int = 100
    first_trigger: int = 12
    second_trigger: int = 19
