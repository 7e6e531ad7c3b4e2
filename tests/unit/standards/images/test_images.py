"""PNG, JPEG and TIFF, told by their bytes, upright and in their own range."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from make.dicom import a_file
from make.rasters import a_picture_file, some_grey
from osler.errors import Misuse, NotReadable, NotSupported, OslerError, TooLarge
from osler.standards.pictures import (
    decode,
    decode_first,
    group_studies,
    read_content,
    to_volume,
)

GREY = some_grey()
WORDS = some_grey(np.uint16)
ORIENTATION_TAG = 274


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (a_picture_file(GREY), "image/png"),
        (a_picture_file(GREY, "JPEG"), "image/jpeg"),
        (a_picture_file(GREY, "TIFF"), "image/tiff"),
        (a_file(), "application/dicom"),
    ],
)
def test_the_kind_is_told_by_the_bytes(content: bytes, media_type: str) -> None:
    """A film saved under a wrong ending is still the patient's film."""
    assert read_content(content, origin="wrong.xyz").media_type == media_type


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("pixels", [GREY, WORDS], ids=["8 bit", "16 bit"])
def test_grey_values_are_kept_and_the_window_is_their_range(kind: str, pixels: np.ndarray) -> None:
    """Cut to 8 bits, a faint infiltrate is gone."""
    shown = decode_first(read_content(a_picture_file(pixels[:, 1:5], kind), origin="x"))
    assert shown.pixels.tolist() == pixels[:, 1:5].tolist()
    assert shown.window == (float(pixels[0, 1]), float(pixels[3, 4]))


def test_three_equal_channels_are_one() -> None:
    """A film saved as RGB is a film, and must not be turned away as a colour photograph."""
    shown = decode_first(read_content(a_picture_file(np.dstack([GREY] * 3)), origin="x"))
    assert shown.pixels.tolist() == GREY.tolist()


def test_colours_stay_colours_with_the_full_window() -> None:
    """A fundus is judged by its red."""
    pixels = np.dstack([GREY, GREY // 2, GREY // 3])
    shown = decode_first(read_content(a_picture_file(pixels), origin="x"))
    assert shown.is_colour()
    assert shown.window == (0.0, 255.0)


def test_a_picture_has_a_study_of_its_own_and_no_patient() -> None:
    """A file says nothing of whose it is; two files are not one patient."""
    contents = [a_picture_file(GREY), a_picture_file(GREY[::-1])]
    read = [read_content(content, origin="same.png") for content in contents]
    assert all(not each.patient.is_identified() for each in read)
    assert read[0].modality is None
    assert read[0].study_uid.startswith("2.25.")
    assert len(group_studies(read).studies) == 2
    assert read_content(contents[0], origin="other.png").study_uid == read[0].study_uid


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_exif_orientation_is_applied(kind: str) -> None:
    """A film photographed on its side would show the heart on top."""
    pixels = np.zeros((16, 8), dtype=np.uint8)
    pixels[:8] = 255
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = 6
    shown = decode_first(read_content(a_picture_file(pixels, kind, exif=exif), origin="x"))
    assert shown.pixels.shape == (8, 16)
    assert shown.pixels[:, 12:].min() > 200  # turned clockwise: the top is now right
    assert shown.pixels[:, :4].max() < 50


def test_white_is_zero_tiff_of_sixteen_bits_is_turned_over() -> None:
    """Such a film decoded as it is shows bone as air."""
    content = a_picture_file(WORDS, "TIFF", tiffinfo={262: 0})
    shown = decode_first(read_content(content, origin="x"))
    assert shown.pixels.tolist() == (65535 - WORDS.astype(int)).tolist()


def test_pages_of_a_tiff_are_frames() -> None:
    """A two-page file holds two views; one alone misses the other."""
    buffer = BytesIO()
    pages = [Image.fromarray(GREY), Image.fromarray(WORDS)]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    instance = read_content(buffer.getvalue(), origin="x")
    first, second = decode(instance)
    assert (first.frame, second.frame) == (0, 1)
    assert second.pixels.tolist() == WORDS.tolist()
    assert decode(instance, frames=(1,))[0].pixels.tolist() == WORDS.tolist()
    with pytest.raises(Misuse, match="the file has 0 to 1"):
        decode(instance, frames=(2,))


def test_clear_pixels_are_padding() -> None:
    """A cut-out film has no image around it; black there is not air."""
    alpha = np.where(GREY > 100, 255, 0).astype(np.uint8)
    shown = decode_first(read_content(a_picture_file(np.dstack([GREY] * 3 + [alpha])), origin="x"))
    assert shown.padding is not None
    assert shown.padding.tolist() == (alpha == 0).tolist()
    assert shown.window[0] > 100


def test_half_transparent_pixels_are_refused() -> None:
    """A grey that depends on the background is no measurement."""
    instance = read_content(a_picture_file(np.dstack([GREY] * 4)), origin="x")
    with pytest.raises(NotSupported, match="x: the image has half-transparent pixels"):
        decode(instance)


def test_an_empty_file_is_refused() -> None:
    """A transfer that brought nothing must be told."""
    with pytest.raises(NotReadable, match="x: the file is empty"):
        read_content(b"", origin="x")


def test_cmyk_is_refused() -> None:
    """Printing inks are no densities."""
    buffer = BytesIO()
    Image.new("CMYK", (4, 4)).save(buffer, "JPEG")
    with pytest.raises(NotSupported, match="x: the image is in mode CMYK, Osler reads grey and"):
        decode(read_content(buffer.getvalue(), origin="x"))


def test_a_one_bit_picture_is_black_and_white() -> None:
    """A scanned line drawing has no greys, and must not get any."""
    shown = decode_first(read_content(a_picture_file(GREY > 100), origin="x"))
    assert set(shown.pixels.ravel().tolist()) == {0.0, 255.0}


def test_a_truncated_picture_is_refused() -> None:
    """Half a lung must not be read as a whole one."""
    noise = np.random.default_rng(1).integers(0, 256, (64, 64), dtype=np.uint8)
    instance = read_content(a_picture_file(noise)[:-500], origin="x")
    with pytest.raises(NotReadable, match="x: the PNG file cannot be decoded"):
        decode(instance)


def test_a_picture_beyond_the_limit_is_refused() -> None:
    """A decompression bomb is a small file with a large claim."""
    instance = read_content(a_picture_file(GREY), origin="x")
    with pytest.raises(TooLarge, match="6 x 4 pixels need 96 bytes, 95 are allowed"):
        decode(instance, max_pixels_bytes=95)


@pytest.mark.parametrize("content", [b"GIF89a", b"BM" + bytes(60), b"%PDF-1.7", b"hello"])
def test_other_files_are_refused_with_what_is_accepted(content: bytes) -> None:
    """The sender must learn which kinds are read."""
    with pytest.raises(NotReadable, match="expected DICOM, PNG, JPEG, TIFF, NIfTI"):
        read_content(content, origin="x")


def test_a_picture_has_no_volume() -> None:
    """A photograph of a slice has no place in the patient."""
    with pytest.raises(NotSupported, match="no place in space"):
        to_volume([read_content(a_picture_file(GREY), origin="x")])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([a_picture_file(WORDS, kind) for kind in ("PNG", "TIFF")]),
    st.lists(st.tuples(st.integers(8, 10_000), st.integers(0, 255)), max_size=6),
    st.integers(0, 10_000),
)
def test_damaged_pictures_are_read_or_refused(
    whole: bytes, flips: list[tuple[int, int]], cut: int
) -> None:
    """One broken upload must not stop the patients queued behind it."""
    damaged = bytearray(whole)
    for at, value in flips:
        damaged[at % len(damaged)] = value
    content = bytes(damaged[: len(damaged) - cut % 40])
    try:
        decode(read_content(content, origin="x"), max_pixels_bytes=10**7)
    except OslerError as error:
        sentence = str(error)
    else:
        sentence = "x: read"
    assert sentence.startswith("x: ")
