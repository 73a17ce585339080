"""What the network should answer, what a wrong answer costs, and how answers are counted."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from slowpoints.task._delayed_recall import DelayedRecall
from slowpoints.task._trials import Trials


class Score(eqx.Module):
    """Fractions of right answers in [0, 1]: one number each, or one a network of an ensemble.

    - `classes`: at the triggers, the largest output is the image's class (mean over trials and retrievals).
    - `null`: at all other steps, the largest output is *null* (mean over trials and steps).

    Example:
        >>> import jax.numpy as jnp
        >>> from slowpoints.task import Score
        >>> float(Score(classes=jnp.array(0.5), null=jnp.array(1.0)).classes)
        0.5
    """

    classes: Float[Array, "*network"]
    null: Float[Array, "*network"]


def loss_and_score(
    task: DelayedRecall,
    outputs: Float[Array, "step batch output"],
    trials: Trials,
    *,
    vocabulary: Int[Array, ""] | int,
) -> tuple[Float[Array, ""], Score]:
    """The loss of training and the score, for outputs at every computed step.

    Required is output 0 (*null*) at every step but the trigger, and `label + 1` at the trigger. The loss is the
    cross-entropy −log p(required) with p the soft-max over *null* and the classes in the vocabulary (classes not
    yet in it are left out of the sum, the sound form of the scripts' weight −1000), the report step weighing
    T = `task.steps` times a null step, or T_max times, the number of computed steps, where the task's `report_weight`
    says so.

    The mean is over batch × outputs × T, always the *full* T, also while DeCu computes only T_max < T
    steps: steps never computed count as zero loss, so the weight of one report in the gradient stays the same
    throughout a curriculum.

    Example:
        >>> import jax.numpy as jnp
        >>> from slowpoints.task import DelayedRecall, loss_and_score, Timing, Trials
        >>> trials = Trials(jnp.array([0]), label=jnp.array([1]), onset=jnp.array([0]), trigger=jnp.array([[4]]))
        >>> outputs = jnp.zeros((5, 1, 3)).at[:4, 0, 0].set(9.0).at[4, 0, 2].set(9.0)  # null; then class 1
        >>> loss, score = loss_and_score(DelayedRecall(5, Timing(), 0.5, 0.25), outputs, trials, vocabulary=2)
        >>> float(score.classes), float(score.null)
        (1.0, 1.0)
    """
    steps, batch, width = outputs.shape
    time = jnp.arange(steps, dtype=jnp.int32)
    reported = (time[:, None, None] == trials.trigger[None, :, :]).any(-1)
    required = jnp.where(reported, trials.label[None, :] + 1, 0)
    known = jnp.arange(width) <= vocabulary
    log_p = jax.nn.log_softmax(jnp.where(known[None, None, :], outputs, -jnp.inf))
    cost = -jnp.take_along_axis(log_p, required[..., None], axis=-1)[..., 0]
    heavy = task.steps if task.report_weight == "steps" else steps
    weight = jnp.where(reported, float(heavy), 1.0)
    loss = (weight * cost).sum() / (batch * width * task.steps)
    right = jnp.argmax(log_p, axis=-1) == required
    classes = (right & reported).sum() / jnp.maximum(reported.sum(), 1)
    null = (right & ~reported).sum() / jnp.maximum((~reported).sum(), 1)
    return loss, Score(classes.astype(loss.dtype), null.astype(loss.dtype))
