"""What is committed runs on any machine, and holds nobody's data."""

import re
from pathlib import Path

import pytest

from house.tree import REPOSITORY, tracked

# Written in parts, so that this file does not name what it looks for.
PLACES = re.compile(r"(?<![\w.~*/-])/" + r"(?:work|root|opt|home/\w+)(?:/\w|\b(?![\w/-]))")
TEMPORARY = re.compile(r"(?<![\w.~*-])/" + r"tmp/\w")
HOSTS = re.compile(
    "|".join(("py" + r"pi\.org", "python" + "hosted", "registry" + r"\.npm", r"deb\.deb" + "ian"))
)
DATA = {
    *(".csv", ".tsv", ".parquet", ".feather", ".xlsx", ".ndjson"),
    *(".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif"),
    *(".dcm", ".dicom", ".nii", ".gz", ".zip", ".tar", ".bz2"),
    *(".npy", ".npz", ".h5", ".hdf5", ".pkl", ".pickle", ".joblib"),
    *(".pt", ".pth", ".ckpt", ".keras", ".safetensors", ".onnx"),
}
DATA_PLACES = ("docs", "models", "tests/data")
MOST_BYTES = 1_000_000


def found_in(path: Path) -> list[str]:
    """Return what a text file says of one machine's paths and of package hosts."""
    content = path.read_bytes()
    if b"\0" in content:
        return []
    text = content.decode("utf-8", errors="replace")
    return [hit.group() for rule in (PLACES, TEMPORARY, HOSTS) for hit in rule.finditer(text)]


def test_no_file_names_a_machine_or_a_package_host() -> None:
    """A path or a mirror of one machine breaks the build on every other."""
    hits = {str(path.relative_to(REPOSITORY)): found_in(path) for path in tracked()}
    assert {name: found for name, found in hits.items() if found} == {}


@pytest.mark.parametrize(
    "line",
    [
        "cd /" + "work/main",
        "HOME=/" + "root",
        "open('/" + "tmp/x')",
        "https://py" + "pi.org/simple",
    ],
)
def test_such_a_name_would_be_seen(tmp_path: Path, line: str) -> None:
    """The check above must be able to fail."""
    (tmp_path / "file").write_text(line, encoding="utf-8")
    assert found_in(tmp_path / "file")


def test_no_data_sets_are_committed() -> None:
    """Patients' pictures and tables have terms of their own, and git never forgets."""
    wrong = [
        name
        for name in (path.relative_to(REPOSITORY) for path in tracked())
        if name.suffix.lower() in DATA
        and not any(name.is_relative_to(place) for place in DATA_PLACES)
    ]
    assert wrong == []


def test_large_files_are_models_only() -> None:
    """A clone should take seconds."""
    large = [
        str(path.relative_to(REPOSITORY))
        for path in tracked()
        if path.stat().st_size > MOST_BYTES and not path.is_relative_to(REPOSITORY / "models")
    ]
    assert large == []
