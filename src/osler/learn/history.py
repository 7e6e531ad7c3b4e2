"""What a training tells of each epoch: lines of JSON, and TensorBoard events where it is there."""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

FILE = "history.jsonl"
EVENTS = "events"


@dataclass(frozen=True)
class History:
    """The history of the trainings of one folder; ``name`` tells its runs apart."""

    folder: Path
    name: str

    def note(self, epoch: int, values: Mapping[str, float]) -> None:
        """Add the figures of one epoch; a full disk loses the line, not the run."""
        line = {"run": self.name, "epoch": epoch, "at": round(time.time(), 1)}
        line |= {key: round(value, 6) for key, value in values.items()}
        try:
            with (self.folder / FILE).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
            self._event(epoch, values)
        except OSError as error:
            log.warning("%s: the history of epoch %d is lost (%s)", self.name, epoch, error)

    def _event(self, epoch: int, values: Mapping[str, float]) -> None:
        """Write the same for TensorBoard, where it is installed."""
        try:
            from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - slow, and optional
        except ModuleNotFoundError:
            return
        with SummaryWriter(str(self.folder / EVENTS / self.name)) as writer:
            for key, value in values.items():
                writer.add_scalar(key, value, epoch)
