"""The ONNX graph of a model of the record."""

from osler.analyse.graph import Floats, Graph


class RecordGraph:
    """The bytes of a graph, loaded into the runtime when first needed."""

    def __init__(self, content: bytes) -> None:
        self._graph = Graph(content, feeds="record")

    def run(self, record: Floats) -> tuple[Floats, Floats]:
        """Score rows (N, F), NaN where missing; return logits (N,) and shares (N, T)."""
        answers = self._graph.run(record)
        return answers["logits"][:, 0], answers["evidence"][:, 0]
