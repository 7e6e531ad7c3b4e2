"""Keras models to ONNX, on Keras' PyTorch backend (extra 'keras', and torch)."""

import importlib.util
import io
import os
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from osler.errors import NotReadable, NotSupported


def _keras() -> ModuleType:
    """Import Keras on the backend that the bench has anyway."""
    if importlib.util.find_spec("keras") is None:
        raise NotSupported("Keras is not installed; pip install 'osler[keras]' beside the bench")
    os.environ["KERAS_BACKEND"] = "torch"  # noqa: TID251 - read by the import below, once
    import keras  # noqa: PLC0415 - only after the backend is chosen

    if keras.backend.backend() != "torch":
        raise NotSupported(
            f"Keras runs on {keras.backend.backend()} here; start anew with KERAS_BACKEND=torch"
        )
    module: ModuleType = keras
    return module


def load_keras(file: Path) -> Any:  # noqa: ANN401 - Keras carries no types
    """Load a ``.keras`` or ``.h5`` file; code inside it (Lambda layers) is not run.

    Raises
    ------
    NotReadable
        It is none, or needs layers that are not Keras' own.
    """
    keras = _keras()
    try:
        model = keras.saving.load_model(file, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError, ModuleNotFoundError) as error:
        raise NotReadable(
            f"{file.name} cannot be loaded ({str(error).strip().splitlines()[0][:200]}); expected "
            "a model of Keras' own layers, without Lambda layers and custom classes"
        ) from error
    model.eval()
    return model


def keras_to_onnx(model: Any, *, channels: int, size: int, channels_last: bool) -> bytes:  # noqa: ANN401
    """Return a Keras model as ONNX."""
    shape = (1, size, size, channels) if channels_last else (1, channels, size, size)
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (torch.zeros(shape),),
            stream,
            input_names=["picture"],
            output_names=["answer"],
            dynamic_axes={"picture": {0: "N"}, "answer": {0: "N"}},
            opset_version=17,
            dynamo=False,
        )
    return stream.getvalue()


def keras_answers(model: Any, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:  # noqa: ANN401
    """Return what the model itself answers: (N,K)."""
    with torch.no_grad():
        found = model(torch.from_numpy(pictures), training=False)
    return np.asarray(found.detach().cpu().numpy(), dtype=np.float32)
