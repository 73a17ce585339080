"""Holding memories through delays of any length, in memory that does not grow with the delay."""

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from slowpoints._types import PRNGKey, State
from slowpoints.networks import MemoryNetwork
from slowpoints.recall._lasting_noise import AbstractLastingNoise
from slowpoints.task import DelayedRecall


class Held(NamedTuple):
    """What is held after a delay, just before the trigger, and what the network answers if triggered then.

    `answer` is 0 for *null*, k + 1 for class k.

    Example:
        >>> from slowpoints.recall import Held
        >>> Held._fields
        ('delay', 'state', 'answer')
    """

    delay: int
    state: State
    answer: Int[Array, " trial"]


def hold(
    network: MemoryNetwork,
    task: DelayedRecall,
    pixels: Float[Array, "trial pixel"],
    onset: Int[Array, " trial"],
    delays: Sequence[int],
    *,
    noise: AbstractLastingNoise,
    key: PRNGKey,
    shown: Int[Array, ""] | int | None = None,
) -> Iterator[Held]:
    """Shows each trial its image after `onset` steps of noise, lets it run on, and asks at each of the `delays`.

    Asking is a step aside: the trigger is given to a copy of the state and the run goes on without it, so one run
    of the longest delay serves all. Time is counted from the onset, and a trial with an early onset starts late: delays
    below 1 are times before the image is seen.
    Answers are among all classes, or the first so many that have been `shown`.
    Nothing is kept but the state and the noise of the next `noise.lasts` steps.

    Yields a `Held` for each delay; `delays` must increase, the first later than the earliest step (`ValueError`
    otherwise).

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from slowpoints import GRU, load_corpus, MemoryNetwork
        >>> from slowpoints.recall import CommonNoise, hold
        >>> from slowpoints.task import DelayedRecall, ImagesByClass, TaskSettings
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(0))
        >>> corpus = load_corpus("digits")
        >>> task, images = DelayedRecall.of(TaskSettings(), corpus), ImagesByClass.of(corpus.train)
        >>> pixels, onset = images.pixels[:3], jnp.zeros(3, jnp.int32)
        >>> held = hold(network, task, pixels, onset, (5, 100), noise=CommonNoise(), key=jax.random.key(1))
        >>> [(one.delay, one.answer.shape) for one in held]
        [(5, (3,)), (100, (3,))]
    """
    time = -int(onset.max())
    if list(delays) != sorted(set(delays)) or not delays or delays[0] <= time:
        raise ValueError(f"delays must increase from at least {time + 1}; got {tuple(delays)}.")
    target = network.drive(pixels)
    state = network.unit.initial_state(pixels.shape[0])
    for delay in delays:
        state, answer = _run(
            network,
            state,
            target,
            onset,
            jnp.asarray(time, jnp.int32),
            jnp.asarray(delay, jnp.int32),
            task,
            key,
            shown,
            noise=noise,
        )
        yield Held(delay, state, answer)
        time = delay


@functools.partial(jax.jit, static_argnames="noise")
def _run(network, state, target, onset, start, stop, task, key, shown, *, noise):
    """Runs from time `start` up to, not including, `stop`; then the answer of a triggered step at `stop`."""
    batch = onset.shape[0]
    draw_key, step_key = jax.random.split(key)

    def drawn_for(time):
        block = time // noise.lasts
        return noise.draw(network, task, batch=batch, key=jax.random.fold_in(draw_key, block))

    def noise_at(time, drawn):
        # Where a run begins makes no difference: what is drawn depends on the time alone.
        drawn = jax.lax.cond(time % noise.lasts == 0, lambda: drawn_for(time), lambda: drawn)
        drive = noise.drive(drawn, time % noise.lasts, batch=batch, key=jax.random.fold_in(step_key, time))
        return drive, drawn

    def step(time, carry):
        state, drawn = carry
        drive, drawn = noise_at(time, drawn)
        moved = network.unit.step(state, jnp.where(time == 0, target, drive))
        begun = time >= -onset
        return jax.tree.map(lambda new, old: jnp.where(begun[:, None], new, old), moved, state), drawn

    state, drawn = jax.lax.fori_loop(start, stop, step, (state, drawn_for(start)))
    triggered = network.unit.step(state, noise_at(stop, drawn)[0] + network.unit.weights.trigger[None])
    return state, network.answer(network.outputs(triggered), shown)
