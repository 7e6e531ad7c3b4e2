"""The one door for image files: bytes in, instances, pictures and volumes out."""

from collections.abc import Sequence

from osler.clinical import Instance, Picture, Volume
from osler.errors import NotReadable
from osler.standards import dicom, images
from osler.standards.dicom import MAX_PIXELS_BYTES, Grouped, group_studies

__all__ = [
    "MAX_PIXELS_BYTES",
    "Grouped",
    "decode",
    "decode_first",
    "group_studies",
    "lacks_pixels",
    "read_content",
    "to_volume",
]


def read_content(content: bytes, *, origin: str) -> Instance:
    """Read the header of one file of any accepted kind.

    Parameters
    ----------
    content
        The whole file. Its kind is told by its bytes, so a wrong extension does no harm.
    origin
        The name that the user knows the file by.

    Raises
    ------
    NotReadable
        The file is empty, of no accepted kind, or damaged.
    NotSupported
        It is sound but outside what Osler reads.
    TooLarge
        It inflates beyond the limit.
    """
    if not content:
        raise NotReadable(f"{origin}: the file is empty (0 bytes); send it again from its source")
    if images.kind_of(content) is not None and not dicom.has_preamble(content):
        return images.read_image(content, origin=origin)
    if dicom.looks_like_dicom(content):
        return dicom.read_instance(content, origin=origin)
    raise NotReadable(
        f"{origin}: not an image file that Osler reads; expected DICOM, "
        f"{', '.join(images.ACCEPTED.values())}"
    )


def decode(
    instance: Instance,
    *,
    frames: Sequence[int] | None = None,
    max_pixels_bytes: int = MAX_PIXELS_BYTES,
) -> tuple[Picture, ...]:
    """Decode an instance into one picture per frame, page or slice.

    See ``osler.standards.dicom.decode`` and ``osler.standards.images.decode``, which raise what
    is named there.
    """
    read = dicom.decode if instance.media_type == dicom.MEDIA_TYPE else images.decode
    return read(instance, frames=frames, max_pixels_bytes=max_pixels_bytes)


def decode_first(instance: Instance, *, max_pixels_bytes: int = MAX_PIXELS_BYTES) -> Picture:
    """Decode the first frame only; see ``decode``."""
    return decode(instance, frames=(0,), max_pixels_bytes=max_pixels_bytes)[0]


def lacks_pixels(instance: Instance) -> bool:
    """Tell whether an object of an image class came without any pixel data, as if cut short."""
    return not instance.has_pixels and dicom.is_image_class(instance.sop_class)


def to_volume(instances: Sequence[Instance], *, max_pixels_bytes: int = MAX_PIXELS_BYTES) -> Volume:
    """Make a volume of one DICOM series or of one NIfTI file.

    See ``osler.standards.dicom.to_volume`` and ``osler.standards.images.to_volume``.
    """
    if len(instances) == 1 and instances[0].media_type != dicom.MEDIA_TYPE:
        return images.to_volume(instances[0], max_pixels_bytes=max_pixels_bytes)
    return dicom.to_volume(instances, max_pixels_bytes=max_pixels_bytes)
