"""The window that a header states, as a range of values."""

from dataclasses import dataclass

from pydicom.dataset import Dataset

from osler.errors import NotReadable
from osler.standards.dicom.faults import DAMAGE
from osler.standards.dicom.groups import frame_group, number

_SMALLEST_WIDTH = {"LINEAR": 1.0, "LINEAR_EXACT": 0.0, "SIGMOID": 0.0}


@dataclass(frozen=True)
class Window:
    """Window Center, Window Width and VOI LUT Function of one frame."""

    center: float
    width: float
    function: str

    def range(self) -> tuple[float, float]:
        """Return the values shown as darkest and brightest.

        For LINEAR that is center - 0.5 -/+ (width - 1) / 2. A sigmoid has no ends: the range is
        where the line through its middle, of the same slope, has them.

        References
        ----------
        DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3.
        """
        if self.function == "LINEAR":
            half, middle = (self.width - 1) / 2, self.center - 0.5
        else:
            half, middle = self.width / 2, self.center
        return (middle - half, middle + half)


def window_of(dataset: Dataset, frame: int) -> Window | None:
    """Return the first window of a frame; None where none is stated or it is not usable."""
    group = frame_group(dataset, frame, "FrameVOILUTSequence")
    try:
        center, width = number(group, "WindowCenter"), number(group, "WindowWidth")
    except NotReadable:
        # Told once, by `window_faults` at reading; the picture is shown over its own range.
        return None
    function = _function(group)
    if center is None or width is None or function not in _SMALLEST_WIDTH:
        return None
    smallest = _SMALLEST_WIDTH[function]
    usable = width >= smallest if function == "LINEAR" else width > smallest
    return Window(center, width, function) if usable else None


def window_faults(dataset: Dataset) -> tuple[str, ...]:
    """Say that a stated window cannot be used, judged on the first frame."""
    try:
        group = frame_group(dataset, 0, "FrameVOILUTSequence")
        stated = "WindowCenter" in group or "WindowWidth" in group
        if not stated or group.get("WindowWidth") in (None, "") or window_of(dataset, 0):
            return ()
    except DAMAGE:
        pass
    return ("the window in the header is not usable: the picture's own range is shown",)


def _function(group: Dataset) -> str:
    """Return VOI LUT Function, LINEAR where it is not stated."""
    return str(group.get("VOILUTFunction") or "LINEAR").strip().upper()
