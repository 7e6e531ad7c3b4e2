"""Compressed frames: sound ones decode, damaged ones never reach a codec that would crash."""

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000, UID, JPEGBaseline8Bit, JPEGLosslessSV1, RLELossless

from make.dicom import a_dataset, a_file
from make.rasters import a_picture_file, some_grey
from osler.clinical import Instance
from osler.errors import NotReadable, NotSupported
from osler.standards.dicom import decode_first, read_instance

GREY = some_grey()
JPEG = a_picture_file(GREY, "JPEG", quality=95)


def compressed(frame: bytes, syntax: UID) -> Instance:
    """Return an 8-bit film of 4 x 6 pixels with one compressed frame."""
    dataset = a_dataset(GREY)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].is_undefined_length = True
    return read_instance(a_file(dataset), origin="film")


def changed(frame: bytes, mark: bytes, *, offset: int, value: int) -> bytes:
    """Return a frame with one byte changed, counted from a marker."""
    at = frame.index(mark) + offset
    return frame[:at] + bytes([value]) + frame[at + 1 :]


def test_a_jpeg_frame_is_decoded() -> None:
    """Most films of the last twenty years are in JPEG."""
    shown = decode_first(compressed(JPEG, JPEGBaseline8Bit))
    assert np.abs(shown.pixels - GREY).max() < 12


def test_an_rle_frame_is_decoded() -> None:
    """PS3.5 G.3: one segment; 23 and four literals, then one value 20 times."""
    header = np.zeros(16, dtype="<u4")
    header[:2] = (1, 64)
    frame = header.tobytes() + bytes([3, 1, 2, 3, 4, 256 - 19, 9])
    shown = decode_first(compressed(frame, RLELossless))
    assert shown.pixels.ravel().tolist() == [1, 2, 3, 4, *[9] * 20]


def test_an_rle_frame_that_unpacks_to_too_little_is_refused() -> None:
    """Half a lung must not be read as a whole one."""
    header = np.zeros(16, dtype="<u4")
    header[:2] = (1, 64)
    frame = header.tobytes() + bytes([256 - 9, 9])
    with pytest.raises(NotReadable, match="film: frame 1 of 1 in RLE Lossless"):
        decode_first(compressed(frame, RLELossless))


def test_an_rle_frame_that_unpacks_to_too_much_does_no_harm() -> None:
    """A codec that panics takes the whole service with it; what is over is dropped."""
    header = np.zeros(16, dtype="<u4")
    header[:2] = (1, 64)
    frame = header.tobytes() + bytes([256 - 127, 9] * 3)
    assert set(decode_first(compressed(frame, RLELossless)).pixels.ravel()) == {9}


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (b"no jpeg at all", "frame 1 does not begin as JPEG Baseline"),
        (
            changed(JPEG, b"\xff\xc0", offset=6, value=9),
            "is encoded with 6 x 9 pixels, the header says 6 x 4",
        ),
        (
            changed(JPEG, b"\xff\xc0", offset=4, value=73),
            "1 samples of 73 bits, the header says 1 in 8",
        ),
        (changed(JPEG, b"\xff\xc0", offset=9, value=3), "3 samples of 8 bits|does not begin"),
        (changed(JPEG, b"JFIF", offset=5, value=7), "does not begin as JPEG"),
        (changed(JPEG, b"\xff\xda", offset=6, value=0x77), "does not begin as JPEG"),
        (changed(JPEG, b"\xff\xc0", offset=0, value=0x12), "does not begin as JPEG"),
        (JPEG[:-12], "ends before its end marker"),
    ],
)
def test_a_frame_that_contradicts_itself_is_refused(frame: bytes, sentence: str) -> None:
    """Half a lung, or a lung of another size, must not be read as this one."""
    with pytest.raises(NotReadable, match=f"film: .*({sentence})"):
        decode_first(compressed(frame, JPEGBaseline8Bit))


def test_a_lossless_frame_without_its_huffman_table_is_refused() -> None:
    """GDCM ends the whole process on such a header: no film after it would be read."""
    frame = bytes.fromhex("ffd8ffc3000b0800040006010111 00ffda0008010100010000 1234567890ffd9")
    with pytest.raises(NotReadable, match="film: frame 1 does not begin as JPEG Lossless"):
        decode_first(compressed(frame, JPEGLosslessSV1))


def test_a_frame_of_another_codec_is_refused() -> None:
    """A wrong transfer syntax gives noise, and noise can look like disease."""
    with pytest.raises(NotReadable, match="frame 1 does not begin as JPEG 2000"):
        decode_first(compressed(JPEG, JPEG2000))


def test_a_syntax_without_free_codec_is_named_with_what_to_do() -> None:
    """The sender can convert the film only if told which syntax is missing."""
    instance = compressed(JPEG, UID("1.2.840.10008.1.2.4.55"))
    with pytest.raises(NotSupported, match=r"film: JPEG Full .* no free codec .* dcmdjpeg"):
        decode_first(instance)


def test_a_missing_transfer_syntax_is_judged_from_the_codestream() -> None:
    """A film that lost its file meta information in transfer is still the patient's film."""
    whole = compressed(JPEG, JPEGBaseline8Bit).content
    meta_end = 144 + int.from_bytes(whole[140:144], "little")
    read = read_instance(whole[meta_end:], origin="film")
    assert any("read as JPEG Baseline" in warning for warning in read.warnings)
    assert np.abs(decode_first(read).pixels - GREY).max() < 12
