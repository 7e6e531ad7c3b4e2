"""Pixels of DICOM objects against numbers worked out by hand."""

import logging

import numpy as np
import pytest

from make.dicom import a_dataset, a_file, a_report, an_item
from osler.clinical import Picture
from osler.errors import Misuse, NotReadable, NotSupported, TooLarge
from osler.standards.dicom import decode, decode_first, read_instance

RAMP = np.array([[0, 100], [200, 255]], dtype=np.uint8)
WORDS = np.array([[0, 1000], [2000, 4095]], dtype=np.uint16)


def picture(pixels: np.ndarray | None = None, **elements: object) -> Picture:
    """Return the first frame of an object made from pixels and elements."""
    content = a_file(a_dataset(pixels, **elements))
    return decode_first(read_instance(content, origin="film"))


def test_monochrome2_stays_as_it_is() -> None:
    """Low is dark already: turned over, air would look like bone."""
    shown = picture(RAMP)
    assert shown.pixels.tolist() == RAMP.tolist()
    assert shown.window == (0.0, 255.0)
    assert shown.pixels.dtype == np.float32


def test_monochrome1_is_turned_over_with_its_window() -> None:
    """A film read in negative shows a lung full of fluid as a clear one."""
    shown = picture(
        WORDS,
        PhotometricInterpretation="MONOCHROME1",
        BitsStored=12,
        HighBit=11,
        WindowCenter="1000.5",
        WindowWidth="401",
    )
    assert shown.pixels.tolist() == [[4095, 3095], [2095, 0]]
    assert shown.window == (4095 - 1200, 4095 - 800)


def test_hounsfield_units_are_never_turned_over() -> None:
    """Air is -1000 HU however a viewer would like to show it."""
    shown = picture(
        WORDS,
        PhotometricInterpretation="MONOCHROME1",
        Modality="CT",
        RescaleSlope="1",
        RescaleIntercept="-1024",
        RescaleType="HU",
    )
    assert shown.pixels[0].tolist() == [-1024, -24]
    assert shown.measured == "HU"


@pytest.mark.parametrize(
    ("function", "window"),
    [(None, (-160.0, 239.0)), ("LINEAR", (-160.0, 239.0)), ("LINEAR_EXACT", (-160.0, 240.0))],
)
def test_a_window_is_the_range_of_its_function(
    function: str | None, window: tuple[float, float]
) -> None:
    """PS3.3 C.11.2.1.2: center 40, width 400 is -160 to 239 for LINEAR, else -160 to 240."""
    extra: dict[str, object] = {} if function is None else {"VOILUTFunction": function}
    shown = picture(WORDS, WindowCenter="40", WindowWidth="400", **extra)
    assert shown.window == window
    assert shown.pixels.tolist() == WORDS.tolist()


def test_a_sigmoid_is_applied() -> None:
    """PS3.3 C.11.2.1.3: the center is half bright, center + width / 4 is 1 / (1 + 1/e)."""
    pixels = np.array([[1000, 1100]], dtype=np.uint16)
    shown = picture(pixels, WindowCenter="1000", WindowWidth="400", VOILUTFunction="SIGMOID")
    assert shown.window == (0.0, 1.0)
    assert shown.pixels[0].tolist() == pytest.approx([0.5, 1 / (1 + np.exp(-1))])


def test_the_first_of_several_windows_is_taken() -> None:
    """Radiographs often carry a second, harder window for bone."""
    shown = picture(WORDS, WindowCenter=["40", "300"], WindowWidth=["400", "2000"])
    assert shown.window == (-160.0, 239.0)


def test_without_a_window_the_range_of_the_pixels_is_shown_without_padding() -> None:
    """A padded corner at -2000 would push the lung into one grey."""
    pixels = np.array([[-2000, 5], [10, 20]], dtype=np.int16)
    shown = picture(pixels, PixelPaddingValue=-2000)
    assert shown.window == (5.0, 20.0)
    assert shown.padding is not None
    assert shown.padding.tolist() == [[True, False], [False, False]]


def test_a_padding_range_masks_all_between() -> None:
    """Collimated edges hold several values, and none of them is patient."""
    pixels = np.array([[0, 1], [2, 50]], dtype=np.uint16)
    shown = picture(pixels, PixelPaddingValue=0, PixelPaddingRangeLimit=2)
    assert shown.padding is not None
    assert shown.padding.tolist() == [[True, True], [True, False]]


def test_rescale_gives_hounsfield_units() -> None:
    """Fat and water differ by 100 HU; an offset of 1024 hides both."""
    shown = picture(
        WORDS, Modality="CT", RescaleSlope="2", RescaleIntercept="-1000", RescaleType="HU"
    )
    assert shown.pixels.tolist() == [[-1000, 1000], [3000, 7190]]
    assert shown.measured == "HU"


def test_other_units_are_not_called_hounsfield() -> None:
    """PET values read as HU would look like dense bone."""
    shown = picture(
        WORDS, Modality="PT", RescaleSlope="2", RescaleIntercept="0", RescaleType="BQML"
    )
    assert shown.measured is None


def test_a_rescale_slope_of_zero_is_refused() -> None:
    """Every pixel would be equal: a blank film reads as a clear lung."""
    with pytest.raises(NotReadable, match="film: Rescale Slope is 0"):
        picture(WORDS, RescaleSlope="0", RescaleIntercept="0")


def test_a_modality_table_of_ten_bits_is_applied() -> None:
    """Dental and older CR films carry one; unread, their greys are wrong."""
    table = np.array([10, 20, 1000], dtype="<u2").tobytes()
    item = an_item(LUTDescriptor=[3, 1, 10], ModalityLUTType="US", LUTData=table)
    pixels = np.array([[0, 1], [2, 9]], dtype=np.uint16)
    shown = picture(pixels, ModalityLUTSequence=[item])
    assert shown.pixels.tolist() == [[10, 10], [20, 1000]]


def test_a_voi_table_is_applied_and_goes_before_a_window() -> None:
    """The table bends the greys as the radiologist saw them; a range cannot say that."""
    table = np.array([0, 7, 255], dtype="<u2").tobytes()
    item = an_item(LUTDescriptor=[3, 0, 8], LUTData=table)
    pixels = np.array([[0, 1], [2, 3]], dtype=np.uint16)
    shown = picture(pixels, VOILUTSequence=[item], WindowCenter="1", WindowWidth="2")
    assert shown.pixels.tolist() == [[0, 7], [255, 255]]
    assert shown.window == (0.0, 255.0)


def test_a_table_shorter_than_described_is_refused() -> None:
    """Greys beyond the table's end would be invented."""
    item = an_item(LUTDescriptor=[300, 0, 16], LUTData=b"\0\0\1\0")
    with pytest.raises(NotReadable, match="lookup table of 4 entries where 300 are described"):
        picture(WORDS, VOILUTSequence=[item])


def test_a_palette_becomes_colours() -> None:
    """Ultrasound flow is told by colour: an index shown as grey says nothing."""
    pixels = np.array([[0, 1, 2]], dtype=np.uint8)
    channels = {"Red": [255, 0, 0], "Green": [0, 128, 0], "Blue": [0, 0, 7]}
    elements: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, values in channels.items():
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [3, 0, 8]
        data = bytes(values) + b"\0"
        elements[f"{name}PaletteColorLookupTableData"] = data
    shown = picture(pixels, **elements)
    assert shown.pixels.tolist() == [[[255, 0, 0], [0, 128, 0], [0, 0, 7]]]
    assert shown.window == (0.0, 255.0)


def test_a_segmented_palette_is_expanded() -> None:
    """PS3.3 C.7.9.2: a discrete segment of 1 and a linear segment to 30 over 3 entries."""
    pixels = np.array([[0, 1, 2, 3]], dtype=np.uint8)
    segments = np.array([0, 1, 0, 1, 3, 30], dtype="<u2").tobytes()
    elements: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name in ("Red", "Green", "Blue"):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [4, 0, 16]
        elements[f"Segmented{name}PaletteColorLookupTableData"] = segments
    shown = picture(pixels, **elements)
    assert shown.pixels[0, :, 0].tolist() == [0, 10, 20, 30]


@pytest.mark.parametrize("planar", [0, 1])
def test_planar_configuration_does_not_change_colours(planar: int) -> None:
    """Planes read as pixels tear an endoscopy picture into three."""
    pixels = np.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]], dtype=np.uint8)
    stored = pixels if planar == 0 else np.moveaxis(pixels, -1, 0)
    shown = picture(pixels, PlanarConfiguration=planar, PixelData=stored.tobytes())
    assert shown.pixels.tolist() == pixels.tolist()


def test_ybr_is_turned_into_rgb() -> None:
    """PS3.3 C.7.6.3.1.2: Y 76, Cb 85, Cr 255 is pure red."""
    pixels = np.array([[[76, 85, 255], [149, 43, 21]]], dtype=np.uint8)
    shown = picture(pixels, PhotometricInterpretation="YBR_FULL")
    assert shown.pixels[0].tolist() == [
        pytest.approx([254, 0, 0], abs=1),
        pytest.approx([0, 255, 0], abs=2),
    ]


def test_one_bit_pixels_are_unpacked() -> None:
    """A segmentation packs eight pixels in a byte, lowest bit first (PS3.5 8.1.1)."""
    pixels = np.zeros((2, 4), dtype=np.uint8)
    shown = picture(pixels, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=b"\x25\0")
    assert shown.pixels.tolist() == [[1, 0, 1, 0], [0, 1, 0, 0]]


def test_signed_pixels_of_twelve_bits_keep_their_sign() -> None:
    """Bits beyond Bits Stored are not to be trusted: 0x0FFF in 12 bits is -1."""
    pixels = np.array([[0x0FFF, 0x07FF]], dtype=np.uint16)
    shown = picture(pixels, BitsStored=12, HighBit=11, PixelRepresentation=1)
    assert shown.pixels.tolist() == [[-1, 2047]]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_float_pixels_are_read_and_nan_is_padding(kind: type) -> None:
    """Parametric maps hold NaN outside the organ; as a number it poisons every mean."""
    shown = picture(np.array([[0.5, np.nan], [1.5, -2.0]], dtype=kind))
    assert shown.pixels[0, 0] == 0.5
    assert np.isfinite(shown.pixels).all()
    assert shown.padding is not None
    assert shown.padding.tolist() == [[False, True], [False, False]]
    assert shown.window == (-2.0, 1.5)


def test_thirty_two_bit_pixels_are_read() -> None:
    """Dose grids are stored so."""
    assert picture(np.array([[70000, 1]], dtype=np.uint32)).pixels.tolist() == [[70000, 1]]


def test_frames_come_out_one_by_one_with_their_own_groups() -> None:
    """Each slice of an enhanced object may have its own rescale, window and spacing."""
    pixels = np.arange(8, dtype=np.uint16).reshape(2, 2, 2)
    frames = [
        an_item(
            PixelValueTransformationSequence=[
                an_item(RescaleSlope=slope, RescaleIntercept="0", RescaleType="US")
            ],
            FrameVOILUTSequence=[an_item(WindowCenter=center, WindowWidth="11")],
        )
        for slope, center in (("1", "5.5"), ("10", "55.5"))
    ]
    shared = an_item(PixelMeasuresSequence=[an_item(PixelSpacing=["0.5", "0.25"])])
    content = a_file(
        a_dataset(
            pixels,
            PerFrameFunctionalGroupsSequence=frames,
            SharedFunctionalGroupsSequence=[shared],
        )
    )
    instance = read_instance(content, origin="x")
    first, second = decode(instance)
    assert first.pixels.tolist() == [[0, 1], [2, 3]]
    assert second.pixels.tolist() == [[40, 50], [60, 70]]
    assert (first.window, second.window) == ((0.0, 10.0), (50.0, 60.0))
    assert first.spacing_mm == (0.5, 0.25)
    assert decode(instance, frames=(1,))[0].frame == 1
    assert decode_first(instance).frame == 0
    with pytest.raises(Misuse, match="frames 0 to 1"):
        decode(instance, frames=(2,))


def test_spacing_is_only_what_the_header_gives() -> None:
    """A length in millimetres without spacing would be invented."""
    assert picture(WORDS).spacing_mm is None
    assert picture(WORDS, ImagerPixelSpacing=["0.2", "0.1"]).spacing_mm == (0.2, 0.1)


def test_a_header_that_claims_three_gigabytes_is_refused_before_memory_is_taken() -> None:
    """One forged header must not take down the machine that reads everyone's films."""
    with pytest.raises(TooLarge, match=r"film: the header claims 60000 x 60000 .* the limit is"):
        picture(WORDS, Rows=60000, Columns=60000)


def test_a_limit_can_be_set() -> None:
    """A small machine says what it can hold."""
    instance = read_instance(a_file(), origin="x")
    with pytest.raises(TooLarge, match="48 bytes decoded, the limit is 47"):
        decode(instance, max_pixels_bytes=47)
    assert len(decode(instance, max_pixels_bytes=48)) == 1


def test_pixel_data_that_is_cut_short_is_refused() -> None:
    """Half a lung must not be read as a whole one."""
    with pytest.raises(NotReadable, match="pixel data holds 6 bytes, the header describes 8"):
        picture(WORDS, PixelData=b"\0" * 6)


@pytest.mark.parametrize(
    ("elements", "error", "sentence"),
    [
        ({"PhotometricInterpretation": None}, NotReadable, "whether low is dark or bright"),
        ({"PhotometricInterpretation": "HSV"}, NotSupported, "is 'HSV', Osler decodes"),
        ({"Rows": None}, NotReadable, "Rows is missing"),
        ({"Rows": 0}, NotReadable, "Rows is 0, expected a whole number above zero"),
        ({"BitsAllocated": 12}, NotSupported, "Bits Allocated is 12"),
        ({"BitsStored": 17}, NotReadable, "Bits Stored is 17, more than the 16 allocated"),
        ({"SamplesPerPixel": 3}, NotReadable, "MONOCHROME2 with 3 samples per pixel"),
    ],
)
def test_a_header_that_cannot_be_decoded_is_refused(
    elements: dict[str, object], error: type[Exception], sentence: str
) -> None:
    """A guess at the layout shows noise, and noise can look like disease."""
    with pytest.raises(error, match=f"film: .*{sentence}"):
        picture(WORDS, **elements)


def test_a_document_is_refused_as_no_image() -> None:
    """No pixels is another answer than nothing seen."""
    with pytest.raises(NotSupported, match="holds no pixels"):
        decode(read_instance(a_report(), origin="x"))


def test_pydicom_logs_no_values(caplog: pytest.LogCaptureFixture) -> None:
    """Its log repeats the values it stumbles over; a name in a log is a leak."""
    with pytest.warns(UserWarning, match="Invalid value for VR DA"):
        content = a_file(PatientBirthDate="19651399")
    with caplog.at_level(logging.DEBUG):
        decode_first(read_instance(content, origin="x"))
    assert "1965" not in caplog.text
