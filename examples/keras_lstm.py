"""What a Keras LSTM remembers.

An LSTM learns in Keras which of two cues came first, and has to keep it through 25 steps of noise. Two attractors hold
the two answers. (A Keras LSTM's state is the pair of h and c; both are searched.)
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from slowpoints import from_keras, survey

keras.utils.set_random_seed(0)
source = np.random.default_rng(0)
cues = source.integers(0, 2, 2000)
sequences = 0.3 * source.standard_normal((2000, 26, 2))
sequences[np.arange(2000), 0, cues] += 2.0

model = keras.Sequential([keras.layers.LSTM(12), keras.layers.Dense(2, activation="softmax")])
model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
accuracy = model.fit(sequences, cues, batch_size=100, epochs=8, verbose=0).history["accuracy"][-1]
print(f"accuracy {accuracy:.3f}")

found = survey(from_keras(model), input=[0.0, 0.0], starts=64)
points = found.exploration.distinct.points
hidden, _ = points.state
answers = np.asarray(model.layers[-1](hidden)).argmax(axis=1)
held = set()
for outcome, label, answer in zip(points.outcomes, found.stability.labels, answers, strict=True):
    print(f"{outcome.name:12} {label.name:10} answers {answer}")
    if (outcome.name, label.name) == ("FIXED_POINT", "ATTRACTOR"):
        held.add(int(answer))

assert accuracy > 0.99
assert held == {0, 1}
