"""How fast are volumes: hippocampus crops outlined, and a long CT read and scored slice by slice.

Run with ``python benchmarks/volumes.py [ct]``. The first part needs the package hippocampus-mr
and its data; beside it PyTorch eager runs the same network on the same windows, in turns in one
process, where torch and the weights of the run are there (``make train-setup``): alone, and with a
Grad-CAM of each structure, which is what would show its evidence there. Osler's evidence is the
mask itself; it runs on one thread whatever it is allowed. The second part
makes a CT of 512 x 512 x 300 DICOM slices, reads it as a series, and scores every slice by the
smallest package of pictures there is; it prints time and the largest memory of the process.
"""

import io
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from typing_extensions import override

from osler.analyse.graph import Graph
from osler.analyse.package import Package
from osler.analyse.registry import default_folder, find_package, list_packages
from osler.analyse.volumes import contract_of, measured, outline_volume, shares_of
from osler.clinical import Instance, InstanceUid, Picture, Volume
from osler.errors import OslerError
from osler.prepare.picture import network_input
from osler.prepare.volume import canonical, on_original
from osler.standards.dicom import read_instance, to_volume
from osler.standards.images import read_image
from osler.standards.images import to_volume as nifti_volume

DATA = Path("../shared/data/msd-hippocampus/images")
WEIGHTS = Path("runs/hippocampus-mr/network.pt")
VOLUMES = 12
SHAPE = (300, 512, 512)
WANTED_SECONDS, WANTED_BYTES = 30.0, 2 * 1024**3


def outlined() -> None:
    """Time decoding, outlining and measuring of hippocampus crops, beside PyTorch eager."""
    try:
        package = find_package(
            default_folder(), "hippocampus-mr", allowed=frozenset({"hippocampus-mr"})
        )
    except OslerError as error:
        print(f"hippocampus: {error}")
        return
    files = [file.read_bytes() for file in sorted(DATA.glob("*.nii.gz"))[:VOLUMES]]
    eager = _eager(package)
    graph, names = package.graph, [one.name for one in package.card.structures]
    contract = contract_of(package.card.input)

    def ours(content: bytes) -> object:
        volume = nifti_volume(read_image(content, origin="x"))
        return outline_volume(graph, volume, contract=contract, structures=names)

    steps: dict[str, Callable[[bytes], object]] = {"osler": ours}
    if eager is not None:
        for threads in (1, 2):
            steps[f"eager, {threads} threads"] = eager(threads, cam=False)
            steps[f"eager with Grad-CAM, {threads} threads"] = eager(threads, cam=True)
    times = {name: [] for name in steps}  # type: dict[str, list[float]]
    for content in files[:2] + files:
        for name, step in steps.items():
            began = time.perf_counter()
            step(content)
            times[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(each[2:]) for name, each in times.items()}
    for name, seconds in medians.items():
        print(f"hippocampus, {name}: {1000 * seconds:.0f} ms ({seconds / medians['osler']:.2f} x)")


def _eager(package: Package) -> Any:  # noqa: ANN401 - a road by threads and cam
    """Return the same road with the network run by PyTorch, None where that is not there."""
    try:
        import torch  # noqa: PLC0415 - the peer, where it is there

        from osler.learn.imaging.volume_network import VolumeNetwork  # noqa: PLC0415
    except ModuleNotFoundError:
        print("no torch: nothing to compare with")
        return None
    if not WEIGHTS.is_file():
        print(f"no {WEIGHTS}: nothing to compare with")
        return None
    network = VolumeNetwork(len(package.card.structures))
    network.load_state_dict(torch.load(WEIGHTS, map_location="cpu", weights_only=True))
    network.eval()
    contract, classes = contract_of(package.card.input), len(package.card.structures) + 1

    features: list[Any] = []
    network.down[-1].register_forward_hook(lambda _module, _inside, out: features.append(out))

    class Eager(Graph):
        """PyTorch in the place of ONNX Runtime, with or without a Grad-CAM of each structure."""

        cam = False

        @override
        def run(self, rows: Any) -> dict[str, Any]:
            features.clear()
            with torch.set_grad_enabled(self.cam):
                masks = network(torch.from_numpy(rows)).masks
            for number in range(1, classes if self.cam else 1):
                chosen = masks[:, number][masks.argmax(dim=1) == number].sum()
                (slope,) = torch.autograd.grad(chosen, features[0], retain_graph=True)
                weights = slope.mean(dim=(2, 3, 4), keepdim=True)
                (weights * features[0]).sum(dim=1).clamp(min=0.0).detach().numpy()
            return {"masks": masks.detach().numpy()}

    def on(threads: int, *, cam: bool) -> Callable[[bytes], object]:
        peer = Eager(b"")
        peer.cam = cam

        def step(content: bytes) -> object:
            torch.set_num_threads(threads)
            volume = nifti_volume(read_image(content, origin="x"))
            prepared = canonical(volume, contract)
            shares = shares_of(peer, prepared, contract, classes=classes)
            labels = on_original(shares, prepared)
            return [
                measured(labels, number, "", affine=volume.affine) for number in range(1, classes)
            ]

        return step

    return on


def a_ct() -> list[bytes]:
    """Return the slices of a head-like CT: an ellipsoid of 40 HU in a shell of 900, air around."""
    at = [np.linspace(-1.0, 1.0, side, dtype=np.float32) for side in SHAPE]
    flat = at[1][:, None] ** 2 / 0.6 + at[2][None, :] ** 2 / 0.5
    noise = np.random.default_rng(1).normal(0, 8, SHAPE[1:]).astype(np.float32)
    series, study, frame = generate_uid(), generate_uid(), generate_uid()
    return [
        _a_slice(
            np.where(far < 0.9, 40.0, np.where(far < 1.0, 900.0, -1000.0)) + noise,
            number=number,
            uids=(series, study, frame),
        )
        for number, far in enumerate(flat + height**2 / 0.8 for height in at[0])
    ]


def _a_slice(
    hounsfield: np.ndarray[Any, np.dtype[Any]], *, number: int, uids: tuple[str, str, str]
) -> bytes:
    """Return one CT slice as a DICOM file."""
    one = pydicom.Dataset()
    one.file_meta = pydicom.dataset.FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID = CTImageStorage
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID = generate_uid()
    one.SeriesInstanceUID, one.StudyInstanceUID, one.FrameOfReferenceUID = uids
    one.Modality, one.BodyPartExamined, one.InstanceNumber = "CT", "HEAD", number + 1
    one.PatientID, one.PatientName = "BENCH", "BENCH"
    one.Rows, one.Columns = hounsfield.shape
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated = one.BitsStored = 16
    one.HighBit, one.PixelRepresentation = 15, 1
    one.RescaleSlope, one.RescaleIntercept, one.RescaleType = 1, -1024, "HU"
    one.WindowCenter, one.WindowWidth = 40, 80
    one.PixelSpacing = [0.45, 0.45]
    one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    one.ImagePositionPatient = [0, 0, 0.6 * number]
    one.PixelData = np.rint(hounsfield + 1024).astype(np.int16).tobytes()
    stream = io.BytesIO()
    one.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def long_ct() -> None:
    """Time reading, normalising and slice-scoring of a long CT, and say how much memory it took."""
    contents = a_ct()
    held = _largest()
    package = _judge()
    began = time.perf_counter()
    instances: list[Instance] = [
        read_instance(content, origin=f"{n}.dcm") for n, content in enumerate(contents)
    ]
    volume = to_volume(instances)
    read = time.perf_counter()
    logits = [] if package is None else [_score(package, volume, n) for n in range(SHAPE[0])]
    done = time.perf_counter()
    name = "no package of pictures is there" if package is None else package.card.name
    print(
        f"CT {SHAPE}: read {read - began:.1f} s, {len(logits)} slices by {name} {done - read:.1f} s"
    )
    print(f"whole {done - began:.1f} s, wanted {WANTED_SECONDS:.0f} s or less")
    print(
        f"memory {_largest() / 1e9:.2f} GB at its largest, {held / 1e9:.2f} GB of it before "
        f"reading (files included), wanted {WANTED_BYTES / 1e9:.2f} GB or less"
    )


def _judge() -> Package | None:
    """Return a package that scores pictures: ct-ich where it is there, else any."""
    names = [one.name for one in list_packages(default_folder())]
    for name in sorted(names, key=lambda one: one != "ct-ich"):
        package = find_package(default_folder(), name, allowed=frozenset(names))
        if package.card.outputs:
            return package
    return None


def _score(package: Package, volume: Volume, number: int) -> float:
    """Score one slice of a volume."""
    voxels = volume.voxels[number]
    picture = Picture(InstanceUid(f"2.25.{number + 1}"), 0, voxels, (0.0, 80.0), volume.measured)
    image = network_input(picture, package.card.input.picture())
    return float(package.graph.run(image[None])["logits"][0, 0])


def _largest() -> int:
    """Return the largest resident memory of this process so far, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    if sys.argv[1:] != ["ct"]:
        outlined()
    long_ct()
