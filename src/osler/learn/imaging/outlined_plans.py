"""The plans of the tasks that outline or count: what decides their training (no torch)."""

from collections.abc import Iterable

from osler.learn.imaging.box_facts import BoxFingerprint
from osler.learn.imaging.drafting import ReadsSquares, decided
from osler.learn.imaging.fine_facts import FineFingerprint
from osler.learn.imaging.fingerprint import TEST, Counted
from osler.learn.imaging.outlined_changes import BoxChanges, FineChanges, VolumeChanges
from osler.learn.imaging.volume_facts import VolumeFingerprint
from osler.learn.recipe import Part
from osler.prepare.volume import VolumeContract

Shape = tuple[int, int, int]


class _Course(Part):
    """The lines that every such plan has: which rows, how long, how fast."""

    name: str
    task: str
    network: str
    splits: tuple[str, ...]
    folds: int
    epochs: int
    batch: int
    learning_rate: float
    backbone_rate: float
    weight_decay: float
    ema: float
    schedule: str
    loss: str
    why: dict[str, str]

    def told(self, seen: Counted, facts: Iterable[str], *, what: str) -> list[str]:
        """Return data and plan in words, a line a fact and a line a decision."""
        whose = "patients" if seen.patients_known else "groups"
        rows = ", ".join(f"{split} {count}" for split, count in sorted(seen.rows.items()))
        head = (
            f"{seen.data}: {seen.of(self.splits)} {what} to train on, {seen.of((TEST,))} to test "
            f"({rows}), {seen.patients} {whose}, {len(seen.left_out)} left out, {seen.repeats} "
            "repeats"
        )
        return [head, *seen.told(), *facts, *decided(self, self.why)]


class _Squares(_Course, ReadsSquares):
    """The lines of plans on squares whose answers are cut off somewhere."""

    cut_offs: tuple[str, ...]


class BoxesPlan(_Squares):
    """Every line that decides the training of a detector, each with its reason in ``why``."""

    fingerprint: BoxFingerprint
    changes: BoxChanges

    def lines(self) -> list[str]:
        """Return data and plan in words."""
        return self.told(self.fingerprint, self.fingerprint.facts(), what="pictures")


class PatchesPlan(_Squares):
    """Every line that decides a training on patches, each with its reason in ``why``."""

    fingerprint: FineFingerprint
    patch: int
    each: int
    both_ways: bool
    changes: FineChanges

    def lines(self) -> list[str]:
        """Return data and plan in words."""
        return self.told(self.fingerprint, self.fingerprint.facts(), what="pictures")


class VolumesPlan(_Course):
    """Every line that decides a training on volumes, each with its reason in ``why``."""

    fingerprint: VolumeFingerprint
    spacing_mm: tuple[float, float, float]
    window: Shape
    patch: Shape
    mirror: tuple[int, ...]
    both_ways: bool
    extent_mm: tuple[float, float] | None
    window_hu: tuple[float, float] | None
    foreground: float
    changes: VolumeChanges

    def contract(self) -> VolumeContract:
        """Return how a volume becomes this network's input."""
        return VolumeContract(self.window, self.spacing_mm, window_hu=self.window_hu)

    def lines(self) -> list[str]:
        """Return data and plan in words."""
        return self.told(self.fingerprint, self.fingerprint.facts(), what="volumes")


OutlinedPlan = VolumesPlan | BoxesPlan | PatchesPlan
