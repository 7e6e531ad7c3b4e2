"""Weights are read out of torch's files, and nothing in them is run. No torch here."""

import io
import os
import pickle  # noqa: TID251 - to write what must be refused
import zipfile
from pathlib import Path

import numpy as np
import pytest

from make.written import FILES
from osler.errors import NotReadable, NotSupported
from osler.learn.importing.unpickling import read_weights


@pytest.mark.parametrize("name", ["torch-weights.pt", "torch-weights-old.pt"])
def test_both_forms_of_a_state_dict_give_the_numbers_that_torch_saved(name: str) -> None:
    """A weight that is read askew is another model under the same name."""
    found = read_weights(FILES / name).tensors
    with np.load(FILES / "torch-weights.npz") as wanted:
        assert set(found) == set(wanted.files)
        for key in wanted.files:
            np.testing.assert_array_equal(found[key], wanted[key])


def test_a_transposed_view_keeps_its_places() -> None:
    """Tensors share storages and have strides: numbers in the wrong order change every answer."""
    found = read_weights(FILES / "torch-weights.pt").tensors["view"]
    np.testing.assert_array_equal(found, [[0, 3], [1, 4], [2, 5]])


@pytest.mark.parametrize("name", ["torch-network.pt", "torch-network-old.pt"])
def test_a_whole_network_gives_weights_names_and_cut_offs(name: str) -> None:
    """TorchXRayVision publishes whole networks: without their order no output has a meaning."""
    found = read_weights(FILES / name)
    assert found.tensors["0.weight"].shape == (2, 1, 3, 3)
    assert list(found.attributes["pathologies"]) == ["Effusion", ""]
    np.testing.assert_array_equal(found.attributes["op_threshs"], [0.25, np.nan])


class _Malicious:
    """Runs a command when an ordinary unpickler reads it."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:  # type: ignore[explicit-override]
        return os.system, (f"touch {self._mark}",)


def _archive(file: Path, content: bytes) -> Path:
    """Write the form of torch's files around a pickle."""
    with zipfile.ZipFile(file, "w") as members:
        members.writestr("weights/data.pkl", content)
    return file


def test_a_malicious_pickle_is_refused_by_name_and_not_run(tmp_path: Path) -> None:
    """A file of weights from the internet must not be a way into the hospital."""
    mark = tmp_path / "it-ran"
    content = pickle.dumps({"0.weight": _Malicious(mark)}, protocol=2)
    with pytest.raises(NotSupported, match=r"posix\.system, which may run code"):
        read_weights(_archive(tmp_path / "weights.pt", content))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("torch.serialization", "load"),
        ("torch", "load"),
        ("numpy", "load"),
        ("collections", "defaultdict"),
        ("torch.nn.modules.module", "Module.__call__"),
    ],
)
def test_what_is_not_known_to_be_harmless_is_refused(
    tmp_path: Path, module: str, name: str
) -> None:
    """A list of what is allowed holds against tricks that nobody has thought of yet."""
    content = b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"."
    with pytest.raises(NotSupported, match="may run code"):
        read_weights(_archive(tmp_path / "weights.pt", content))


@pytest.mark.parametrize(
    "name", ["torch._utils _rebuild_tensor_v2", "torch Size", "torch.nn.modules.linear Linear"]
)
@pytest.mark.parametrize("state", [b"}", b"N}\x86", b"N}\x8c\x0c__defaults__)s\x86"])
def test_what_reads_the_file_cannot_be_changed_by_it(
    tmp_path: Path, name: str, state: bytes
) -> None:
    """A pickle may set the state of what it names: here that would change every later import."""
    module, _, what = name.partition(" ")
    content = b"\x80\x04c" + f"{module}\n{what}\n".encode() + state + b"b."
    with pytest.raises(NotReadable):
        read_weights(_archive(tmp_path / "weights.pt", content))


def test_a_tensor_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    """One number, shown as often as there is memory."""
    content = (FILES / "torch-weights-old.pt").read_bytes()
    stated = b"K\x03K\x02\x86"
    assert content.count(stated) == 1
    endless = b"J\xff\xff\xff\x7fK\x01\x86"
    (tmp_path / "endless.pt").write_bytes(content.replace(stated, endless))
    with pytest.raises(NotReadable, match=r"repeats its numbers|reaches beyond"):
        read_weights(tmp_path / "endless.pt")


def test_a_file_that_is_cut_off_is_a_sentence(tmp_path: Path) -> None:
    """A broken download must not look like a model."""
    whole = (FILES / "torch-weights-old.pt").read_bytes()
    for part in (whole[:40], whole[: len(whole) // 2], whole[:-20], b"", b"hello"):
        (tmp_path / "cut.pt").write_bytes(part)
        with pytest.raises(NotReadable, match=r"cut\.pt"):
            read_weights(tmp_path / "cut.pt")


def test_a_tensor_that_reaches_beyond_its_numbers_is_refused(tmp_path: Path) -> None:
    """Reading past the end would give whatever lies in memory there."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(FILES / "torch-weights.pt") as given,
        zipfile.ZipFile(stream, "w") as made,
    ):
        for name in given.namelist():
            content = given.read(name)
            made.writestr(name, content.replace(b"K\x01K\x03\x86", b"K\x01K\x63\x86"))
    (tmp_path / "long.pt").write_bytes(stream.getvalue())
    with pytest.raises(NotReadable, match="reaches beyond its numbers"):
        read_weights(tmp_path / "long.pt")
