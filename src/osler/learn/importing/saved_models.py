"""TensorFlow SavedModels to ONNX (extra 'savedmodel')."""

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.errors import NotReadable, NotSupported

Floats = npt.NDArray[np.float32]
SIGNATURE = "serving_default"
OPSET = 17
MINUTES = 10


def needs_what(folder: Path) -> None:
    """Refuse where TensorFlow or tf2onnx is not installed.

    Raises
    ------
    NotSupported
        The sentence says what to install, and the way round.
    """
    if all(importlib.util.find_spec(name) for name in ("tensorflow", "tf2onnx")):
        return
    raise NotSupported(
        f"{folder.name} is a TensorFlow SavedModel, and TensorFlow or tf2onnx is not installed; "
        "pip install 'osler[savedmodel]', or where they are: python -m tf2onnx.convert "
        f"--saved-model {folder.name} --output model.onnx --opset {OPSET}, and import model.onnx"
    )


def saved_model_to_onnx(folder: Path) -> bytes:
    """Return the serving signature of a SavedModel as ONNX.

    Raises
    ------
    NotReadable
        It does not convert; the sentence holds the last line of what the converter says.
    """
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "model.onnx"
        asked = [sys.executable, "-m", "tf2onnx.convert", "--opset", str(OPSET)]
        asked += ["--saved-model", str(folder), "--signature_def", SIGNATURE, "--output", str(file)]
        ran = subprocess.run(  # noqa: S603 - our own interpreter, no shell
            asked, capture_output=True, text=True, timeout=60 * MINUTES, check=False
        )
        if ran.returncode or not file.is_file():
            said = (ran.stderr.strip().splitlines() or ["nothing"])[-1]
            raise NotReadable(f"{folder.name} does not convert to ONNX: {said[:300]}")
        return file.read_bytes()


def saved_model_answers(folder: Path) -> Callable[[Floats], Floats]:
    """Return the serving signature of a SavedModel as a function of pictures.

    Raises
    ------
    NotReadable
        It has no such signature, or one of several inputs or outputs.
    """
    import tensorflow as tf  # noqa: PLC0415 - seconds, and only where it is installed

    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures.get(SIGNATURE)
    inputs = [] if signature is None else list(signature.structured_input_signature[1])
    if signature is None or len(inputs) != 1 or len(signature.structured_outputs) != 1:
        raise NotReadable(
            f"{folder.name} has the signatures {sorted(loaded.signatures)}; need "
            f"{SIGNATURE!r} with one picture in and one answer out"
        )
    (answer,) = signature.structured_outputs

    def answers(pictures: Floats) -> Floats:
        found = signature(**{inputs[0]: tf.constant(pictures)})[answer]
        return np.asarray(found.numpy(), dtype=np.float32)

    return answers
