"""The training loop of every bench: averaged weights, resumes at the same step (needs torch).

The loop owns order, optimiser, schedule, averaging, checkpoints and progress. What is trained on
comes from a source, so films, pictures, boxes and volumes share the loop. Only `_spread` knows
how many devices there are: a wrapped network and a source of one device's rows are all that
running distributed would take.
"""

import copy
import io
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from osler.learn.history import History

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int, float], None]
Loss = Callable[[Any, Any], Tensor]
ORDER = 2**32 - 1
KEEP_EVERY_SECONDS = 60.0


class Source(Protocol):
    """What a training learns from."""

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def batch(self, rows: npt.NDArray[np.int64], rng: torch.Generator) -> tuple[Tensor, Any]:
        """Return input and target of some rows; ``rng`` is the only source of chance.

        The target is a tensor, or a tuple or a dict of tensors, as the loss wants it.
        """
        ...


class Course(Protocol):
    """How long and how fast: the part of a stage that the loop reads."""

    @property
    def epochs(self) -> int:
        """How often each row is shown."""
        ...

    @property
    def batch(self) -> int:
        """Rows of one step."""
        ...

    @property
    def learning_rate(self) -> float:
        """The highest rate of the new parts."""
        ...

    @property
    def backbone_rate(self) -> float:
        """The rate of the pretrained parts, as a share of ``learning_rate``."""
        ...

    @property
    def weight_decay(self) -> float:
        """AdamW's decay."""
        ...

    @property
    def ema(self) -> float:
        """How much of the averaged weights stays at a step."""
        ...


@dataclass(frozen=True)
class Watch:
    """Early stop: the loss on held-out rows, and for how many epochs it may fail to fall."""

    loss: Callable[[nn.Module], float]
    patience: int


@dataclass(frozen=True)
class Run:
    """One run of the loop.

    ``draw`` (rows,) is the chance of each row to be drawn, with replacement; without it every row
    is shown once an epoch. ``shown`` is the number of rows of an epoch where it is not all of
    them. ``half`` computes in bf16 also on a processor. The history is written beside the
    checkpoint.
    """

    seed: int
    checkpoint: Path
    on_progress: Progress
    draw: npt.NDArray[np.float64] | None = None
    shown: int | None = None
    watch: Watch | None = None
    half: bool = True
    keep_every: float = KEEP_EVERY_SECONDS


@dataclass
class _Place:
    """How far a run has come; ``step`` counts within the epoch."""

    epoch: int = 0
    step: int = 0
    total: float = 0.0
    seen: int = 0
    best: float = math.inf
    since_best: int = 0
    best_weights: dict[str, Any] = field(default_factory=dict)


def device() -> torch.device:
    """Return the graphics processor where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _spread(network: nn.Module) -> nn.Module:
    """Return what runs a step: with several graphics processors each takes a part of the batch.

    Weights, averages and checkpoints stay those of the one network, so a run may go on with
    another number of processors.
    """
    several = torch.cuda.is_available() and torch.cuda.device_count() > 1
    return nn.DataParallel(network) if several else network


def fit(network: nn.Module, source: Source, course: Course, *, loss: Loss, run: Run) -> nn.Module:
    """Train a network and return it, on the processor, with exponentially averaged weights.

    A run that was stopped goes on from the step that its checkpoint holds and ends at the same
    weights, because all chance of a step comes from (seed, epoch, step).
    """
    where = device()
    network = network.to(where).to(memory_format=_layout(network))
    average = copy.deepcopy(network).requires_grad_(requires_grad=False)
    spread = _spread(network)
    optimiser = torch.optim.AdamW(_groups(network, course), weight_decay=course.weight_decay)
    shown = run.shown or len(source)
    steps = _steps(shown, course.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _rate(step, course.epochs * steps)
    )
    state = {"network": network, "average": average, "optimiser": optimiser, "schedule": schedule}
    place = _resume(state, run.checkpoint)
    history = History(run.checkpoint.parent, run.checkpoint.stem)
    kept = time.monotonic()
    while place.epoch < course.epochs and not _is_over(place, run.watch):
        began = time.monotonic()
        for rows in _order(len(source), course.batch, place=place, run=run):
            rng = _chance(run.seed, place.epoch, place.step)
            network.train()
            image, target = source.batch(rows, rng)
            value = _step(spread, (image, target), loss, optimiser=optimiser, half=run.half)
            schedule.step()
            _follow(average, network, course.ema, step=place.epoch * steps + place.step)
            place.step += 1
            place.total, place.seen = place.total + value * len(rows), place.seen + len(rows)
            _tell(run, place, rows=shown, epochs=course.epochs)
            if time.monotonic() - kept > run.keep_every and place.step < steps:
                _save(state, place, run.checkpoint)
                kept = time.monotonic()
        line = {"loss": place.total / max(1, place.seen), "rate": schedule.get_last_lr()[-1]}
        line["images_per_second"] = place.seen / max(time.monotonic() - began, 1e-9)
        if run.watch is not None:
            line["held_out_loss"] = _watched(average, run.watch, place)
        place.epoch, place.step, place.total, place.seen = place.epoch + 1, 0, 0.0, 0
        _save(state, place, run.checkpoint)
        kept = time.monotonic()
        history.note(place.epoch, line)
    history.close()
    if place.best_weights:
        average.load_state_dict(place.best_weights)
    return average.to("cpu").eval()


def _step(
    network: nn.Module,
    batch: tuple[Tensor, Any],
    loss: Loss,
    *,
    optimiser: torch.optim.Optimizer,
    half: bool,
) -> float:
    """Do one step; return its loss."""
    where = next(network.parameters()).device
    image = batch[0].to(where, non_blocking=True)
    image = image.contiguous(memory_format=_layout(network))
    with torch.autocast(where.type, torch.bfloat16, enabled=half or where.type != "cpu"):
        answer = network(image)
    value = loss(answer, _moved(batch[1], where))
    optimiser.zero_grad()
    value.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return float(value.item())


def _layout(network: nn.Module) -> torch.memory_format:
    """Return the order in memory that convolutions of this many axes are fastest with."""
    axes = max((one.ndim for one in network.parameters()), default=4)
    return torch.channels_last_3d if axes == 5 else torch.channels_last


def _moved(target: Any, where: torch.device) -> Any:  # noqa: ANN401 - a tensor or some of them
    """Return a target on a device."""
    if isinstance(target, dict):
        return {name: one.to(where) for name, one in target.items()}
    if isinstance(target, (tuple, list)):
        return tuple(one.to(where) for one in target)
    return target.to(where)


def _tell(run: Run, place: _Place, *, rows: int, epochs: int) -> None:
    """Report how many rows of all epochs are done, and the mean loss of this epoch."""
    done = place.epoch * rows + min(place.seen, rows)
    run.on_progress(run.checkpoint.stem, done, epochs * rows, place.total / max(1, place.seen))


def _chance(seed: int, epoch: int, step: int) -> torch.Generator:
    """Return the source of chance of one step, and set what dropout draws from."""
    word = int(np.random.SeedSequence((seed, epoch, step)).generate_state(1, np.uint64)[0] >> 1)
    torch.manual_seed(word)
    return torch.Generator().manual_seed(word)


def _steps(rows: int, batch: int) -> int:
    """Return the steps of an epoch; a last batch of one row is passed over (batch norm)."""
    lonely = batch > 1 and rows % batch == 1 and rows > 1
    return math.ceil(rows / batch) - int(lonely)


def _order(rows: int, batch: int, *, place: _Place, run: Run) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the rows of each step of an epoch that is not done yet."""
    rng = _chance(run.seed, place.epoch, ORDER)
    shown = run.shown or rows
    if run.draw is None:
        passes = [torch.randperm(rows, generator=rng) for _ in range(math.ceil(shown / rows))]
        order = torch.cat(passes)[:shown].numpy()
    else:
        chances = torch.from_numpy(np.asarray(run.draw, dtype=np.float64))
        order = torch.multinomial(chances, shown, replacement=True, generator=rng).numpy()
    for step in range(place.step, _steps(shown, batch)):
        yield order[step * batch : (step + 1) * batch]


def _rate(step: int, steps: int) -> float:
    """Warm up over a twentieth of the run, then fall as a half cosine to 1 %."""
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _groups(network: nn.Module, course: Course) -> list[dict[str, Any]]:
    """Give the pretrained part a lower rate than the new head."""
    old: list[nn.Parameter] = []
    new: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        pretrained = name.startswith(("encoder.", "stem.", "blocks."))
        (old if pretrained else new).append(parameter)
    return [
        {"params": old, "lr": course.learning_rate * course.backbone_rate},
        {"params": new, "lr": course.learning_rate},
    ]


def _follow(average: nn.Module, network: nn.Module, decay: float, *, step: int) -> None:
    """Move the averaged weights a little towards the network's."""
    decay = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for mean, now in zip(
            average.state_dict().values(), network.state_dict().values(), strict=True
        ):
            if mean.dtype.is_floating_point:
                mean.lerp_(now, 1.0 - decay)
            else:
                mean.copy_(now)


def _watched(average: nn.Module, watch: Watch, place: _Place) -> float:
    """Measure the held-out loss, and keep the weights where it is the lowest yet."""
    found = watch.loss(average.eval())
    place.since_best += 1
    if found < place.best:
        place.best, place.since_best = found, 0
        place.best_weights = copy.deepcopy(average.state_dict())
    return found


def _is_over(place: _Place, watch: Watch | None) -> bool:
    """Tell whether the held-out loss has not fallen for too long."""
    return watch is not None and place.since_best > watch.patience


def _save(state: dict[str, Any], place: _Place, file: Path) -> None:
    """Write a checkpoint beside the old one, then put it in its place.

    On a full disk the old checkpoint stays and the run goes on.
    """
    content = io.BytesIO()
    parts = {name: part.state_dict() for name, part in state.items()}
    torch.save({"place": vars(place), **parts}, content)
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content.getbuffer())
        part.replace(file)
    except OSError as error:
        if part.is_file():
            part.unlink()
        log.warning(
            "%s: no checkpoint at epoch %d, step %d (%s); the older one stays; free some space",
            file.name,
            place.epoch,
            place.step,
            error.strerror,
        )


def _resume(state: dict[str, Any], file: Path) -> _Place:
    """Load a checkpoint if there is one; return how far it had come."""
    if not file.is_file():
        return _Place()
    saved = torch.load(file, map_location="cpu", weights_only=True)
    for name, part in state.items():
        part.load_state_dict(saved[name])
    return _Place(**saved["place"])
