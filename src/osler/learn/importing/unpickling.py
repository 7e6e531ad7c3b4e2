"""Weights out of a file that PyTorch pickled, without running anything that is in it. No torch.

A pickle is a program. Here it may name tensors, plain containers and layers, and a layer becomes
an inert `Husk` that holds what was saved of it. Any other name stops the reading, by name.
"""

import io
import math
import pickle  # noqa: TID251 - read by an unpickler that resolves no name but those below
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from osler.errors import InputRefused, NotReadable, NotSupported, TooLarge

Array = npt.NDArray[Any]
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
LAYERS = frozenset(
    {
        *(f"torch.nn.modules.container.{name}" for name in ("Sequential", "ModuleList")),
        *(f"torch.nn.modules.batchnorm.{name}" for name in ("BatchNorm1d", "BatchNorm2d")),
        *(f"torch.nn.modules.activation.{name}" for name in ("ReLU", "Sigmoid")),
        *(f"torch.nn.modules.dropout.{name}" for name in ("Dropout", "Dropout2d")),
        *(
            f"torch.nn.modules.pooling.{name}"
            for name in ("AvgPool2d", "MaxPool2d", "AdaptiveAvgPool2d")
        ),
        "torch.nn.modules.conv.Conv2d",
        "torch.nn.modules.linear.Linear",
        *(
            f"{home}.{name}"
            for home in ("torchxrayvision.models", "torchvision.models.densenet")
            for name in ("DenseNet", "_DenseLayer", "_DenseBlock", "_Transition")
        ),
    }
)


class Husk:
    """What was saved of a layer: its attributes, and nothing that runs."""

    kind = ""

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.__dict__.update({str(name): value for name, value in state.items()})


@dataclass
class Storage:
    """The numbers of one or more tensors; legacy files give them after the pickle."""

    dtype: str
    numel: int
    numbers: Array | None = None


@dataclass(frozen=True)
class Tensor:
    """A view of a storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> Array:
        """Return its numbers; a view that leaves the storage is refused."""
        numbers = self.storage.numbers
        reach = self.offset + sum(
            (side - 1) * step for side, step in zip(self.shape, self.stride, strict=True)
        )
        empty = 0 in self.shape
        whole = numbers is not None and min((*self.stride, *self.shape, self.offset, 0)) == 0
        if numbers is not None and math.prod(self.shape) > max(len(numbers), 1):
            raise NotReadable("a tensor repeats its numbers; save the state_dict() anew")
        if numbers is None or not whole or (not empty and reach >= len(numbers)):
            raise NotReadable("a tensor reaches beyond its numbers; the file is damaged")
        if empty:
            return np.zeros(self.shape, dtype=numbers.dtype)
        steps = tuple(step * numbers.itemsize for step in self.stride)
        view = np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, steps)
        return np.array(view)


@dataclass
class Dtype:
    """The name of a NumPy type, as a pickle states it."""

    name: str
    order: str = "<"

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "|"):
            self.order = str(state[1])


@dataclass
class Listed:
    """A NumPy array, as a pickle states it."""

    values: Any = ()

    def __setstate__(self, state: object) -> None:
        if not (isinstance(state, tuple) and len(state) == 5):
            raise NotReadable("an array is stated in an unknown form; the file is damaged")
        _, shape, dtype, _, content = state
        if isinstance(content, list):
            self.values = content
        elif isinstance(content, bytes) and isinstance(dtype, Dtype) and dtype.name[0] in "fiubU":
            name = dtype.name if dtype.name[0] != "b" else "?"
            order = "" if dtype.order == "|" else dtype.order
            self.values = np.frombuffer(content, dtype=np.dtype(order + name)).reshape(shape)


@dataclass(frozen=True)
class Saved:
    """Tensors by name, and what else stood on the outermost object."""

    tensors: Mapping[str, Array]
    attributes: Mapping[str, Any] = field(default_factory=dict)


def _tensor(storage: Storage, offset: int, shape: Any, stride: Any, *_: object) -> Tensor:  # noqa: ANN401, PLR0917
    """Stand in for torch's own rebuilding of a tensor."""
    return Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, stride)))


def _parameter(data: object, *_: object) -> object:
    """Stand in for torch's own rebuilding of a parameter."""
    return data


def _listed(*_: object) -> Listed:
    """Stand in for NumPy's own rebuilding of an array."""
    return Listed()


def _dtype(name: object, *_: object) -> Dtype:
    """Stand in for a NumPy type."""
    return Dtype(str(name))


def _scalar(dtype: Dtype, content: bytes) -> object:
    """Stand in for a NumPy number."""
    if dtype.name[0] not in "fiu":
        raise NotReadable(f"a number of type {dtype.name} is not read; expected an int or a float")
    return np.frombuffer(content, dtype=np.dtype(dtype.order + dtype.name))[0].item()


class Stand:
    """Something that a pickle may call. It cannot be given another state."""

    __slots__ = ("_does",)
    _does: Callable[..., Any]

    def __init__(self, does: Callable[..., Any]) -> None:
        object.__setattr__(self, "_does", does)

    def __call__(self, *arguments: object) -> object:
        """Do what it stands for."""
        return self._does(*arguments)

    def __setattr__(self, name: str, value: object) -> None:  # type: ignore[explicit-override]
        raise NotReadable(f"the file would change what reads it ({name}); it is damaged or hostile")

    def __setstate__(self, state: object) -> None:
        raise NotReadable("the file would change what reads it; it is damaged or hostile")


def _bytes(text: str, coding: str = "latin1") -> bytes:
    """Stand in for how old pickles state bytes."""
    if coding != "latin1":
        raise NotReadable(f"bytes are stated in {coding!r}, expected latin1")
    return text.encode("latin1")


HARMLESS: Mapping[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "builtins.set": set,
    "__builtin__.set": set,
    "torch.Size": tuple,
    "numpy.ndarray": Listed,
    "_codecs.encode": Stand(_bytes),
    "torch._utils._rebuild_tensor_v2": Stand(_tensor),
    "torch._utils._rebuild_tensor": Stand(_tensor),
    "torch._utils._rebuild_parameter": Stand(_parameter),
    "torch.nn.parameter.Parameter": Stand(_parameter),
    "numpy.dtype": Stand(_dtype),
    **{f"numpy.{core}.multiarray._reconstruct": Stand(_listed) for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray.scalar": Stand(_scalar) for core in ("core", "_core")},
}


class _Careful(pickle.Unpickler):
    """An unpickler that knows a short list of names and refuses every other."""

    def __init__(self, stream: io.BufferedIOBase, storages: dict[str, Storage]) -> None:
        super().__init__(stream)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:  # type: ignore[explicit-override]  # noqa: ANN401
        """Return what stands in for a name.

        Raises
        ------
        NotSupported
            The name is none of those that are known to be harmless.
        """
        full = f"{module}.{name}"
        if full in HARMLESS:
            return HARMLESS[full]
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if full in LAYERS:
            return type(name, (Husk,), {"kind": full})
        raise NotSupported(
            f"the file names {full}, which may run code when it is read; expected tensors, plain "
            "containers and layers only: save the network's state_dict() and import that"
        )

    def persistent_load(self, pid: Any) -> Any:  # type: ignore[explicit-override]  # noqa: ANN401
        """Return a storage; of a module, which legacy files state with its source, the class."""
        if isinstance(pid, tuple) and len(pid) >= 2 and pid[0] == "module":
            return pid[1]
        if not (isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage"):
            raise NotReadable(f"an unknown part {str(pid)[:40]!r}; expected storages")
        _, dtype, key, _, numel = pid[:5]
        if not isinstance(dtype, str) or (len(pid) > 5 and pid[5] is not None):
            raise NotSupported("a storage of an unknown kind; save the state_dict() anew")
        return self._storages.setdefault(str(key), Storage(dtype, int(numel)))


def read_weights(file: Path) -> Saved:
    """Read what ``torch.save`` wrote: a state dict, or a whole network of known layers.

    Raises
    ------
    NotSupported
        The file names something that may run code.
    NotReadable
        It is no such file, or is damaged.
    """
    content = file.read_bytes()
    try:
        root = _of_zip(content) if zipfile.is_zipfile(io.BytesIO(content)) else _of_legacy(content)
        return _saved(root)
    except InputRefused as error:
        raise type(error)(f"{file.name}: {error}") from error
    except (
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        EOFError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        raise NotReadable(
            f"{file.name} is no file of PyTorch that can be read ({type(error).__name__}: {error});"
            " expected what torch.save(network.state_dict(), file) writes"
        ) from error


def _of_zip(content: bytes) -> object:
    """Read the form that torch writes since 1.6."""
    storages: dict[str, Storage] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        if sum(one.file_size for one in members.infolist()) > len(content):
            raise TooLarge("its members are larger than the file; torch.save compresses nothing")
        names = [name for name in members.namelist() if name.endswith("/data.pkl")]
        if len(names) != 1:
            raise NotReadable(f"found {len(names)} pickles in the archive, expected one data.pkl")
        root = _Careful(io.BytesIO(members.read(names[0])), storages).load()
        folder = names[0].removesuffix("data.pkl")
        for key, storage in storages.items():
            numbers = members.read(f"{folder}data/{key}")
            storage.numbers = np.frombuffer(numbers, dtype=storage.dtype, count=storage.numel)
    return root


def _of_legacy(content: bytes) -> object:
    """Read the form that torch wrote before 1.6: five pickles, then the numbers."""
    stream = io.BytesIO(content)
    storages: dict[str, Storage] = {}
    if _Careful(stream, {}).load() != LEGACY_MAGIC:
        raise NotReadable("it does not begin as a file of PyTorch does")
    for _ in ("protocol", "machine"):
        _Careful(stream, {}).load()
    root = _Careful(stream, storages).load()
    for key in _Careful(stream, {}).load():
        storage = storages[str(key)]
        numel = int(np.frombuffer(stream.read(8), dtype="<i8")[0])
        size = numel * np.dtype(storage.dtype).itemsize
        storage.numbers = np.frombuffer(stream.read(size), dtype=storage.dtype, count=numel)
    return root


def _saved(root: object) -> Saved:
    """Return the tensors of a state dict or of a network, by name."""
    if isinstance(root, Husk):
        found: dict[str, Array] = {}
        _gather(root, "", found)
        attributes = {
            key: _plain(value)
            for key, value in vars(root).items()
            if not isinstance(value, Husk | OrderedDict | dict | set)
        }
        return Saved(found, attributes)
    if isinstance(root, dict):
        for key in ("state_dict", "model_state_dict", "model", "net", "network"):
            inner = root.get(key)
            if isinstance(inner, dict | Husk):
                return _saved(inner)
        tensors = {str(k): v.array() for k, v in root.items() if isinstance(v, Tensor)}
        if tensors:
            return Saved(tensors)
    raise NotReadable("it holds no tensors; expected a state dict or a network")


def _plain(value: object) -> object:
    """Return an array or a tensor as its numbers, anything else as it is."""
    if isinstance(value, Listed):
        return value.values
    return value.array() if isinstance(value, Tensor) else value


def _gather(husk: Husk, prefix: str, found: dict[str, Array]) -> None:
    """Collect the tensors of a layer and of those inside it."""
    state = vars(husk)
    for part in ("_parameters", "_buffers"):
        for name, tensor in state.get(part, {}).items():
            if isinstance(tensor, Tensor):
                found[prefix + name] = tensor.array()
    for name, inner in state.get("_modules", {}).items():
        if isinstance(inner, Husk):
            _gather(inner, f"{prefix}{name}.", found)
