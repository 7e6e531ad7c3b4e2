"""What a training tells of each epoch: lines of JSON, and TensorBoard events where it is there."""

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

FILE = "history.jsonl"
EVENTS = "events"


class History:
    """The history of one run in a folder; ``name`` tells the runs of a folder apart."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / FILE
        self._name = name
        self._events = _writer(folder / EVENTS / name)

    def note(self, epoch: int, values: Mapping[str, float]) -> None:
        """Add the figures of one epoch; a full disk loses the line, not the run."""
        line = {"run": self._name, "epoch": epoch, "at": round(time.time(), 1)}
        line |= {key: round(value, 6) for key, value in values.items()}
        try:
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
            if self._events is not None:
                for key, value in values.items():
                    self._events.add_scalar(key, value, epoch)
                self._events.flush()
        except OSError as error:
            log.warning("%s: the history of epoch %d is lost (%s)", self._name, epoch, error)

    def close(self) -> None:
        """Close the events."""
        if self._events is not None:
            self._events.close()


def _writer(folder: Path) -> Any:  # noqa: ANN401 - TensorBoard's writer, where it is installed
    """Return a writer of TensorBoard events, or None where TensorBoard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - slow, and optional
    except ModuleNotFoundError:
        return None
    return SummaryWriter(str(folder))
