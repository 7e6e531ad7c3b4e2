"""Parts of a recipe that only some tasks have; what is None is derived."""

from osler.learn.recipe import Part


class VolumePart(Part):
    """How volumes are read and shown to the network, in the order slices, rows, columns.

    ``window`` is the largest part read at once, ``patch`` what training shows, ``mirror`` the
    axes along which half of the patches are mirrored. ``extent_mm`` is the least and the most that
    a side of a volume may measure to be outlined at all. ``foreground`` is the share of patches
    that are laid around a drawn voxel.
    """

    window: tuple[int, int, int] | None = None
    spacing_mm: tuple[float, float, float] | None = None
    patch: tuple[int, int, int] | None = None
    mirror: tuple[int, ...] | None = None
    extent_mm: tuple[float, float] | None = None
    foreground: float | None = None


class PatchPart(Part):
    """How a picture is cut up in training: patches of a size, so many of each in an epoch.

    ``second`` is the column of a second reader's masks, measured beside the network.
    """

    size: int | None = None
    each: int | None = None
    second: str | None = None
