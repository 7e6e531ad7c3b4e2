"""The ONNX graph of a model of the record, run on one thread."""

import os
from functools import cached_property

import numpy as np
import numpy.typing as npt

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # noqa: TID251 - read by the import below, once
import onnxruntime as ort

ort.disable_telemetry_events()

Floats = npt.NDArray[np.float32]


class RecordGraph:
    """The bytes of a graph, loaded into the runtime when first needed."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @cached_property
    def _session(self) -> ort.InferenceSession:
        """Load the graph."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return ort.InferenceSession(self._content, options, providers=["CPUExecutionProvider"])

    def run(self, record: Floats) -> tuple[Floats, Floats]:
        """Score rows (N, F), NaN where missing; return logits (N,) and shares (N, T)."""
        logits, evidence = self._session.run(["logits", "evidence"], {"record": record})
        return logits[:, 0], evidence[:, 0]
