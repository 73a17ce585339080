"""The network of the study: an image and the trigger in, null or a class out."""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from slowpoints._types import AnyArray, PRNGKey, State
from slowpoints.dynamics._precision import as_double, double_precision
from slowpoints.networks._front_end import AbstractFrontEnd, FrontEndSettings, Identity
from slowpoints.networks._front_ends import FRONT_ENDS
from slowpoints.networks._readout import Readout, ReadoutKind
from slowpoints.networks._unit import AbstractUnit
from slowpoints.task import DelayedRecall, InputNoise


class MemoryNetwork(eqx.Module):
    """A front end that makes features of an image, a recurrent unit fed with these and the trigger, and its readout.

    An *ensemble* is the same module with a leading network axis on every array; everything is written for one
    network and vmapped.

    Example:
        >>> import jax
        >>> from slowpoints import GRU, MemoryNetwork
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(0))
        >>> network.features, network.unit.units, network.readout.weight.shape
        (64, 20, (20, 11))
    """

    front_end: AbstractFrontEnd
    unit: AbstractUnit
    readout: Readout

    @classmethod
    def draw(
        cls,
        unit: type[AbstractUnit],
        *,
        image_shape: tuple[int, ...],
        units: int,
        classes: int,
        readout: ReadoutKind = "sigmoid",
        front_end: FrontEndSettings = FrontEndSettings(),  # noqa: B008, frozen and so safe to share
        key: PRNGKey,
    ) -> Self:
        """A network with random weights, by the published scripts' rules.

        A network's unit and readout have the same weights whatever its front end, if that gives as many features.

        Args:
            unit: the kind of unit.
            image_shape: of the images, whose row-major flattening is the pixel axis.
            units: how many units.
            classes: how many classes it can name; outputs are one more.
            readout: see `Readout`.
            front_end: what makes features of pixels.
            key: of all weights.

        Raises:
            InputError: if the front end does not fit images of this shape.
        """
        unit_key, readout_key = jax.random.split(key)
        front = FRONT_ENDS[front_end.kind].draw(image_shape, front_end, key=jax.random.fold_in(key, 0))
        return cls(
            front,
            unit.draw(front.features, units, key=unit_key),
            Readout.draw(units, classes, readout, key=readout_key),
        )

    @property
    def features(self) -> int:
        """How many numbers an image is for the unit; the trigger is not counted."""
        return self.front_end.features

    @property
    def pixels(self) -> int:
        """How many pixels an image has."""
        return int(np.prod(self.front_end.image_shape))

    def drive(
        self, images: Float[AnyArray, "*batch pixel"], trigger: Float[AnyArray, "*batch"] | float = 0.0
    ) -> Float[AnyArray, "*batch gate_unit"]:
        """What images (with the trigger channel) exert on the unit."""
        return self.unit.drive(self.front_end(images), trigger)

    def in_noise(self, task: DelayedRecall, factor: float, *, key: PRNGKey) -> DelayedRecall:
        """The task in noise of `factor` times the strength, as this network sees it.

        Where features are linear in pixels (`Identity`) the pixels' noise has `factor` times the standard deviation.
        Behind any other front end the noise images stay as they are, and the noise at the unit's input is made
        stronger or weaker about its mean: each feature then has `factor` times the standard deviation that it has
        under noise images. Above 1 zero-mean normal noise of √(factor² − 1) times that deviation is added to the
        features of noise images (the paper adds zero-mean noise there for CIFAR-10, and does not say in what unit);
        below 1 their departure from the mean is multiplied by `factor`.

        Args:
            task: the task as trained.
            factor: on the trained standard deviation.
            key: of the noise images from which features' moments are computed.
        """
        if self.front_end.linear:
            return task.in_noise(factor)
        if factor == 1:
            return task
        moments = self.front_end.moments(task, key=key)
        mean, std = (jnp.asarray(each, self.unit.weights.input.dtype) for each in moments)
        return task.at_input(InputNoise(self.unit.drive(mean), std[:, None] * self.unit.weights.input, float(factor)))

    def outputs(self, state: State) -> Float[Array, "*batch output"]:
        """The readout of a state."""
        return self.readout(self.unit.hidden(state))

    def answer(
        self, outputs: Float[Array, "*batch output"], shown: Int[Array, ""] | int | None = None
    ) -> Int[Array, "*batch"]:
        """The largest of the outputs: 0 is *null*, k + 1 is class k.

        Args:
            outputs: the readout's.
            shown: where only so many classes have been shown, one of these: the outputs of others are not trained.
        """
        return jnp.argmax(among(outputs, shown), axis=-1).astype(jnp.int32)

    def under(self, features: Float[np.ndarray, " feature"] | Float[Array, " feature"] | float) -> "ConstantInput":
        """The network under a constant input: the autonomous map F of its unit, in float64.

        Args:
            features: the input of the unit, or one number for all features. For the mean of what it is fed with while
                noise comes see `AbstractFrontEnd.moments`.

        Raises:
            ValueError: if it is neither.
        """
        values = np.asarray(features, np.float64)
        if values.shape not in {(), (self.features,)}:
            raise ValueError(f"features must be {self.features} numbers or one, not of shape {values.shape}")
        with double_precision():
            network = as_double(self)
            drive = network.unit.drive(jnp.asarray(np.broadcast_to(values, (self.features,))))
            # The front end and the input's weights are in the drive, and nothing else needs them.
            unit = eqx.tree_at(lambda u: u.weights.input, network.unit, replace_fn=lambda w: w[:0])
            rest = MemoryNetwork(Identity((0,)), unit, network.readout)
            return jax.tree.map(np.asarray, ConstantInput(rest, drive))


class ConstantInput(eqx.Module):
    """A network under a constant input. Called, it is F: one step of the unit, from a state to the next.

    Its leaves are NumPy arrays in float64, exact for the float32 weights of training; JAX computes with them in the
    precision that is enabled where they are used. Two of them may be mixed leaf by leaf, as tracking does between two
    snapshots.

    - `network`: without the front end and the weights of the input, which the drive holds.
    - `drive`: what the input exerts on the unit, the trigger being 0.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from slowpoints import GRU, MemoryNetwork
        >>> network = MemoryNetwork.draw(GRU, image_shape=(8, 8), units=20, classes=10, key=jax.random.key(0))
        >>> still = network.under(0.3)  # the map from state to state while every feature is 0.3
        >>> still(np.zeros(20)).shape, still.read_out(np.zeros((4, 20))).shape
        ((20,), (4,))
    """

    network: MemoryNetwork
    drive: Float[Array, " gate_unit"]

    def __call__(self, state: State) -> State:
        """F(state)."""
        return self.network.unit.step(state, self.drive)

    @property
    def scores(self) -> jax.tree_util.Partial:
        """The map from a state to the outputs if the trigger came now, with the same input."""
        return jax.tree_util.Partial(_scores, self)

    def scores_among(self, shown: int) -> jax.tree_util.Partial:
        """`scores` with the lowest there are for classes that have not been shown, where only so many have."""
        return jax.tree_util.Partial(_scores_among, self, np.int32(shown))

    def read_out(self, states: State, shown: int | None = None) -> Int[np.ndarray, " point"]:
        """The class named at each state if the trigger came now; −1 for *null*. Computed in float64.

        Args:
            states: with a leading axis `point`.
            shown: where only so many classes have been shown, one of these: the outputs of others are not trained.
        """
        with double_precision():
            outputs = jax.vmap(self.scores)(as_double(jax.tree.map(jnp.asarray, states)))
            known = outputs[:, : None if shown is None else shown + 1]
            return np.asarray(jnp.argmax(known, axis=-1), np.int64) - 1


def among(outputs: Float[Array, "*batch output"], shown: Int[Array, ""] | int | None) -> Float[Array, "*batch output"]:
    """Outputs, those of classes that have not been shown far below all others; None for outputs as they are."""
    if shown is None:
        return outputs
    known = jnp.arange(outputs.shape[-1], dtype=jnp.int32) <= jnp.asarray(shown, jnp.int32)
    # Finite, and so that differences are too: searches and trajectories ask for that.
    lowest = jnp.finfo(outputs.dtype).min / 4
    return jnp.where(known.reshape((1,) * (outputs.ndim - 1) + (-1,)), outputs, lowest)


def _scores_among(under: "ConstantInput", shown: Int[Array, ""], state: State) -> Float[Array, " output"]:
    return among(_scores(under, state), shown)


def _scores(under: ConstantInput, state: State) -> Float[Array, " output"]:
    network = under.network
    return network.outputs(network.unit.step(state, under.drive + network.unit.weights.trigger))
