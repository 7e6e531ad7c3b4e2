"""Builders of DICOM objects in memory, for tests."""

import warnings
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

CR_STORAGE = UID("1.2.840.10008.5.1.4.1.1.1")
CT_STORAGE = UID("1.2.840.10008.5.1.4.1.1.2")
MULTI_FRAME_GREY = UID("1.2.840.10008.5.1.4.1.1.7.2")
BASIC_TEXT_SR = UID("1.2.840.10008.5.1.4.1.1.88.11")

A_STUDY = "2.25.1001"
A_SERIES = "2.25.1002"


def a_dataset(pixels: npt.NDArray[Any] | None = None, **elements: object) -> Dataset:
    """Return an object of an adult with one film; keywords set or, with None, remove elements.

    ``pixels`` is (rows, columns), (rows, columns, 3) or (frames, rows, columns); default a ramp.
    """
    array = np.arange(12, dtype=np.uint16).reshape(3, 4) if pixels is None else pixels
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = elements.pop("SOPClassUID", CR_STORAGE)
    dataset.SOPInstanceUID = generate_uid(prefix="2.25.", entropy_srcs=[repr(elements), str(array)])
    dataset.StudyInstanceUID = A_STUDY
    dataset.SeriesInstanceUID = A_SERIES
    dataset.Modality = "CR"
    dataset.PatientID = "4711"
    dataset.PatientName = "Doe^Jane"
    dataset.PatientSex = "F"
    dataset.StudyDate = "20250102"
    dataset.InstanceNumber = 1
    _put_pixels(dataset, array)
    for keyword, value in elements.items():
        if value is None and keyword in dataset:
            delattr(dataset, keyword)
        elif value is not None:
            setattr(dataset, keyword, value)
    return dataset


def _put_pixels(dataset: Dataset, array: npt.NDArray[Any]) -> None:
    """Set the Image Pixel module from an array."""
    bits = 8 * array.dtype.itemsize
    colour = array.ndim == 3 and array.shape[-1] == 3 and array.dtype == np.uint8
    if array.ndim == 3 and not colour:
        dataset.NumberOfFrames = array.shape[0]
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = (
        array.shape[:2] if array.ndim == 2 or colour else array.shape[1:]
    )
    dataset.BitsAllocated = bits
    if array.dtype.kind == "f":
        keyword = "FloatPixelData" if bits == 32 else "DoubleFloatPixelData"
        setattr(dataset, keyword, array.tobytes())
        return
    dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(array.dtype.kind == "i")
    data = array.tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"


def a_file(dataset: Dataset | None = None, *, part_10: bool = True, **elements: object) -> bytes:
    """Return the bytes of an object, with or without preamble and file meta information."""
    written = a_dataset(None, **elements) if dataset is None else dataset
    buffer = BytesIO()
    if part_10:
        dcmwrite(buffer, written, enforce_file_format=True)
    else:
        del written.file_meta
        dcmwrite(buffer, written, implicit_vr=True, little_endian=True)
    return buffer.getvalue()


def a_slice(depth_mm: float, value: int = 0, **elements: object) -> bytes:
    """Return one axial CT slice of 3 x 4 pixels of 0.5 x 0.25 mm at a height."""
    pixels = np.full((3, 4), value, dtype=np.int16)
    chosen: dict[str, object] = {
        "SOPClassUID": CT_STORAGE,
        "Modality": "CT",
        "ImagePositionPatient": [-10.0, 20.0, depth_mm],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [0.5, 0.25],
        "SliceThickness": 99,
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        "RescaleType": "HU",
        "SOPInstanceUID": f"2.25.{2000 + round(depth_mm * 100)}",
    }
    return a_file(a_dataset(pixels, **(chosen | elements)))


def an_item(**elements: object) -> Dataset:
    """Return a sequence item."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def a_report() -> bytes:
    """Return a structured report: an object without pixels."""
    dataset = a_dataset(SOPClassUID=BASIC_TEXT_SR, Modality="SR")
    for keyword in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"):
        delattr(dataset, keyword)
    return a_file(dataset)


def a_dicomdir(*file_ids: list[str]) -> bytes:
    """Return a DICOMDIR that refers to files by their components."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.1.3.10")
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("2.25.3000")
    dataset.FileSetID = "DISC"
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hostile names are against the standard
        dataset.DirectoryRecordSequence = [
            an_item(DirectoryRecordType="IMAGE", ReferencedFileID=file_id) for file_id in file_ids
        ]
        dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
