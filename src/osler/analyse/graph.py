"""One ONNX graph, run on one thread."""

import os
from functools import cached_property

import numpy as np
import numpy.typing as npt

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # noqa: TID251 - read by the import below, once
import onnxruntime as ort

ort.disable_telemetry_events()

Floats = npt.NDArray[np.float32]


class Graph:
    """The bytes of a graph, loaded into the runtime when first needed.

    One thread a session, and no spinning: with the other core busy, several times faster than a
    session that spreads over all cores. ``feeds`` is the name of its one input.
    """

    def __init__(self, content: bytes, *, feeds: str = "image") -> None:
        self._content = content
        self._feeds = feeds

    @cached_property
    def _session(self) -> ort.InferenceSession:
        """Load the graph."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        return ort.InferenceSession(self._content, options, providers=["CPUExecutionProvider"])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of the graph's outputs."""
        return tuple(output.name for output in self._session.get_outputs())

    def run(self, rows: Floats) -> dict[str, Floats]:
        """Run on images (N,1,size,size), 0 to 1, or records (N,F); return the outputs by name."""
        answers = self._session.run(list(self.names), {self._feeds: rows})
        return dict(zip(self.names, answers, strict=True))
