"""Make the small exported files that the tests of `osler models import` read.

Needs torch and Keras: `KERAS_BACKEND=torch python tools/import_fixtures.py`.
"""

import sys
from pathlib import Path

import keras
import numpy as np
import torch

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "importing"
SIDE = 32


def keras_models() -> None:
    """Write a network with averaged places and one without, as Keras saves and exports them."""
    keras.utils.set_random_seed(7)
    start = keras.Input((SIDE, SIDE, 1))
    x = keras.layers.Conv2D(6, 3, strides=2, activation="relu")(start)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    pooled = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
    averaged = keras.Model(start, keras.layers.Dense(3, activation="softmax")(pooled))
    flat = keras.layers.Flatten()(keras.layers.MaxPooling2D(5)(x))
    flattened = keras.Model(start, keras.layers.Dense(2, activation="sigmoid")(flat))
    for model in (averaged, flattened):
        for weights in model.trainable_weights:
            noise = keras.random.normal(weights.shape, seed=len(weights.path))
            weights.assign(weights + 0.3 * noise)
    rng = np.random.default_rng(1)
    pictures = rng.random((5, 1, SIDE, SIDE), dtype=np.float32)
    answers = {}
    for name, model in (("averaged", averaged), ("flattened", flattened)):
        fed = pictures.transpose(0, 2, 3, 1) * 2.0 - 1.0
        answers[name] = model(torch.from_numpy(fed.copy()), training=False).detach().numpy()
        model.save(FOLDER / f"keras-{name}.keras")
        model.export(FOLDER / f"keras-{name}.onnx", format="onnx", verbose=False)
    averaged.save(FOLDER / "keras-averaged.h5")
    np.savez_compressed(FOLDER / "keras-answers.npz", pictures=pictures, **answers)


def torch_files() -> None:
    """Write weights and a whole network in both forms of torch's files."""
    torch.manual_seed(7)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU()
    )
    network.op_threshs = torch.tensor([0.25, float("nan")])
    network.pathologies = np.array(["Effusion", ""], dtype=object)
    state = network.state_dict()
    state["view"] = torch.arange(6.0).reshape(2, 3).T
    torch.save(state, FOLDER / "torch-weights.pt")
    torch.save(state, FOLDER / "torch-weights-old.pt", _use_new_zipfile_serialization=False)
    torch.save(network, FOLDER / "torch-network.pt")
    old = FOLDER / "torch-network-old.pt"
    torch.save(network, old, _use_new_zipfile_serialization=False)
    old.write_bytes(_without_this_machine(old.read_bytes()))
    kept = {name: value.numpy() for name, value in state.items()}
    np.savez_compressed(FOLDER / "torch-weights.npz", **kept)


def _without_this_machine(content: bytes) -> bytes:
    """Name another environment of the same length: the old form keeps where torch's source lies."""
    here = sys.prefix.encode()
    return content.replace(here, b"/env".ljust(len(here), b"v")[: len(here)])


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    keras_models()
    torch_files()
    for one in sorted(FOLDER.iterdir()):
        sys.stdout.write(f"{one.name} {one.stat().st_size}\n")
