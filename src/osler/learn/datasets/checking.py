"""What would spoil a training run or flatter its figures, found before it begins."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from osler.learn.datasets.looking import ImageFacts
from osler.learn.datasets.repeats import Repeat
from osler.learn.datasets.table import TABLE, DataSet, Row

EXCLUDED = "exclude"
FEWEST_PATIENTS = 5
MOST_NAMED = 20
IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".dcm", ".nii", ".gz"}
Weight = Literal["fault", "warning"]
# Each kind of doubt: how much it weighs, what it counts, and what is the matter.
KINDS: dict[str, tuple[Weight, str, str]] = {
    "absent": (
        "fault",
        "files",
        f"are named in {TABLE} and are not there; add them, or drop the rows",
    ),
    "unreadable": ("fault", "files", "cannot be read"),
    "one grey": ("fault", "files", "show nothing, every pixel is the same; drop their rows"),
    "row twice": ("fault", "files", f"have more than one row in {TABLE}; keep one"),
    "repeat across splits": (
        "fault",
        "pairs",
        "show the same on both sides of a split, so that what was learnt is tested; split anew",
    ),
    "repeat with another label": (
        "fault",
        "pairs",
        "show the same and have different labels, so that one is wrong; exclude both",
    ),
    "patient across splits": (
        "fault",
        "files",
        "are of patients who are in more than one split; split anew",
    ),
    "one class": ("fault", "files", "are all of one class, so that there is nothing to tell apart"),
    "one patient": (
        "fault",
        "files",
        "are all there is of a class, of one patient: it can be learnt or tested, not both",
    ),
    "few patients": (
        "warning",
        "files",
        (
            f"are all there is of a class, of fewer than {FEWEST_PATIENTS} patients: no figure "
            "about it will be sure"
        ),
    ),
    "no label": ("warning", "files", "have no label; they are passed over"),
    "repeat": ("warning", "pairs", "show the same, and count twice"),
    "not listed": ("warning", "files", f"lie beside the images and are not in {TABLE}"),
    "patient unknown": (
        "warning",
        "files",
        (
            "name no patient: each counts as one of its own, and images of one patient may be on "
            "both sides of a split"
        ),
    ),
}

SINGULAR = {"are": "is", "have": "has", "show": "shows", "lie": "lies", "name": "names"}


@dataclass(frozen=True)
class Doubt:
    """Something about a data set that a person should know.

    A ``fault`` makes figures wrong or rows useless; a ``warning`` is for a person to weigh.
    ``examples`` are those concerned, in the order of the table, at most twenty of ``count``.
    """

    weight: Weight
    kind: str
    sentence: str
    count: int
    examples: tuple[str, ...]


def check(
    dataset: DataSet, facts: Sequence[ImageFacts], repeats: Sequence[Repeat], *, label: str | None
) -> tuple[Doubt, ...]:
    """Return the doubts about a data set, faults first.

    Parameters
    ----------
    facts
        Of each row.
    label
        The column that holds the class, or None where rows have none.
    """
    found = [
        *_files(dataset, facts),
        *_repeats(dataset, repeats, label),
        *_patients(dataset),
        *(_classes(dataset, label) if label is not None else ()),
    ]
    order = list(KINDS)
    return tuple(sorted(found, key=lambda one: (one.weight, order.index(one.kind))))


def doubt(kind: str, examples: Sequence[str], *, of: str = "") -> Doubt:
    """Return a doubt; ``of`` says what it is about, where there may be several of a kind."""
    weight, counted, matter = KINDS[kind]
    about = f"{of}: " if of else ""
    if len(examples) == 1:
        verb, rest = matter.split(" ", 1)
        counted, matter = counted.removesuffix("s"), f"{SINGULAR.get(verb, verb)} {rest}"
    sentence = f"{about}{len(examples)} {counted} {matter}"
    return Doubt(weight, kind, sentence, len(examples), tuple(examples[:MOST_NAMED]))


def _files(dataset: DataSet, facts: Sequence[ImageFacts]) -> Iterator[Doubt]:
    """Doubt files that are absent, unreadable, empty, twice in the table, or in no row."""
    names = [row.columns["file"] for row in dataset.rows]
    there = [row.path.is_file() for row in dataset.rows]
    found = {
        "absent": [name for name, is_there in zip(names, there, strict=True) if not is_there],
        "unreadable": [
            one.fault for one, is_there in zip(facts, there, strict=True) if one.fault and is_there
        ],
        "one grey": [name for name, one in zip(names, facts, strict=True) if one.is_of_one_grey],
        "row twice": [name for name, times in Counter(names).items() if times > 1],
        "not listed": _beside(dataset),
    }
    yield from (doubt(kind, examples) for kind, examples in found.items() if examples)


def _beside(dataset: DataSet) -> list[str]:
    """Return images in the folders of the data set's images that no row names."""
    listed = {row.path for row in dataset.rows}
    return sorted(
        str(path.relative_to(dataset.folder.resolve()))
        for folder in {path.parent for path in listed if path.parent.is_dir()}
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGES and path not in listed
    )


def _repeats(dataset: DataSet, repeats: Sequence[Repeat], label: str | None) -> Iterator[Doubt]:
    """Doubt images that are there twice: across splits, with other labels, or at all."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in repeats:
        first, second = dataset.rows[one.first], dataset.rows[one.second]
        if EXCLUDED in {first.split, second.split} or _are_neighbours(first, second, one):
            continue
        named = (
            f"{first.columns['file']} = {second.columns['file']} "
            f"({one.kind}, {one.correlation:.3f})"
        )
        across = first.split != second.split
        found["repeat across splits" if across else "repeat"].append(named)
        if label is not None and first.columns[label] != second.columns[label]:
            found["repeat with another label"].append(named)
    yield from (doubt(kind, examples) for kind, examples in found.items())


def _are_neighbours(first: Row, second: Row, repeat: Repeat) -> bool:
    """Tell whether two images are alike because they are of one patient, as slices of a scan."""
    patient = first.columns.get("patient_id")
    return (
        bool(patient)
        and patient == second.columns.get("patient_id")
        and repeat.kind != "same pixels"
    )


def _patients(dataset: DataSet) -> Iterator[Doubt]:
    """Doubt patients who are in several splits, and rows without a patient."""
    splits: dict[str, set[str]] = defaultdict(set)
    for row in dataset.rows:
        if row.split and row.split != EXCLUDED:
            splits[row.patient_id].add(row.split)
    across = [row for row in dataset.rows if len(splits[row.patient_id]) > 1]
    nobody = [
        row
        for row in dataset.rows
        if not (row.columns.get("patient_id") or row.columns.get("group_id"))
    ]
    for kind, rows in (("patient across splits", across), ("patient unknown", nobody)):
        if rows:
            yield doubt(kind, [row.columns["file"] for row in rows])


def _classes(dataset: DataSet, label: str) -> Iterator[Doubt]:
    """Doubt rows without a class, a single class, and classes of few patients."""
    patients: dict[str, set[str]] = defaultdict(set)
    files: dict[str, list[str]] = defaultdict(list)
    for row in dataset.rows:
        if row.split != EXCLUDED:
            patients[row.columns[label]].add(row.patient_id)
            files[row.columns[label]].append(row.columns["file"])
    if blank := files.pop("", []):
        yield doubt("no label", blank)
    if len(files) == 1:
        (name,) = files
        yield doubt("one class", files[name], of=f"class {name!r}")
        return
    for name in sorted(files):
        if len(patients[name]) < FEWEST_PATIENTS:
            kind = "one patient" if len(patients[name]) == 1 else "few patients"
            yield doubt(kind, files[name], of=f"class {name!r}")
