"""Picture files to instances, pictures and volumes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from osler.clinical import Instance, InstanceUid, Picture, SeriesUid, StudyUid, Volume
from osler.errors import NotReadable, NotSupported, OslerError
from osler.standards.images import nifti, raster
from osler.standards.images.kinds import ACCEPTED, NIFTI, kind_of
from osler.standards.uids import derived_uid

MAX_PIXELS_BYTES = 2 * 1024**3


def read_image(content: bytes, *, origin: str) -> Instance:
    """Read the header of one picture file.

    Parameters
    ----------
    content
        The whole file. Its kind is told by its beginning; the name in ``origin`` is not looked at.
    origin
        The name that the user knows the file by.

    Returns
    -------
    An instance without patient, modality or date: a picture states none. Its study is its own,
    with a UID made from the content.

    Raises
    ------
    NotReadable
        The bytes are none of the kinds that Osler reads, or the header is damaged.
    NotSupported
        The file is sound but of a kind of pixels that Osler does not read.
    """
    kind = kind_of(content)
    if kind is None:
        raise NotReadable(
            f"{origin}: not a picture file that Osler reads; expected "
            f"{', '.join(ACCEPTED.values())}"
        )
    with _about(origin):
        warnings = nifti.check(content) if kind == NIFTI else raster.check(content, kind)
    return Instance(
        uid=InstanceUid(derived_uid(content, level="instance")),
        series_uid=SeriesUid(derived_uid(content, level="series")),
        study_uid=StudyUid(derived_uid(content, level="study")),
        origin=origin,
        media_type=kind,
        content=content,
        has_pixels=True,
        warnings=warnings,
    )


def decode(
    instance: Instance,
    *,
    frames: Sequence[int] | None = None,
    max_pixels_bytes: int = MAX_PIXELS_BYTES,
) -> tuple[Picture, ...]:
    """Decode a file into one picture per page or slice.

    Parameters
    ----------
    instance
        From ``read_image``.
    frames
        The pages or slices wanted, the first being 0; all where None.
    max_pixels_bytes
        What the decoded pages may need as float32.

    Returns
    -------
    Upright (EXIF orientation applied). One channel, with the range of the values as window,
    where the file is grey or its three channels are equal; else RGB with the window 0 to 255.
    Clear pixels of a transparent picture are padding. Nothing is said of spacing by a PNG, JPEG
    or TIFF: their dots per inch are of paper, not of a patient.

    Raises
    ------
    NotReadable
        The file is damaged or cut short.
    NotSupported
        CMYK, half-transparent pixels, or a NIfTI of other than three dimensions.
    TooLarge
        The pixels need more than ``max_pixels_bytes``.
    Misuse
        A page is asked for that is not there.
    """
    read: Callable[..., tuple[Picture, ...]]
    read = nifti.pictures if instance.media_type == NIFTI else raster.pictures
    with _about(instance.origin):
        return read(instance, frames=frames, max_pixels_bytes=max_pixels_bytes)


def decode_first(instance: Instance, *, max_pixels_bytes: int = MAX_PIXELS_BYTES) -> Picture:
    """Decode the first page or slice only; see ``decode``."""
    return decode(instance, frames=(0,), max_pixels_bytes=max_pixels_bytes)[0]


def to_volume(instance: Instance, *, max_pixels_bytes: int = MAX_PIXELS_BYTES) -> Volume:
    """Return a NIfTI file as a volume in LPS.

    Raises
    ------
    NotSupported
        It is no NIfTI file: a picture has no place in space.
    WrongGeometry
        The header states no orientation.
    """
    if instance.media_type != NIFTI:
        raise NotSupported(
            f"{instance.origin}: {ACCEPTED[instance.media_type]} pictures have no place in space; "
            "a volume is made from DICOM or NIfTI"
        )
    with _about(instance.origin):
        return nifti.volume(instance, max_pixels_bytes=max_pixels_bytes)


@contextmanager
def _about(origin: str) -> Iterator[None]:
    """Name the origin in every error of the block."""
    try:
        yield
    except OslerError as error:
        if str(error).startswith(origin):
            raise
        raise type(error)(f"{origin}: {error}") from error
