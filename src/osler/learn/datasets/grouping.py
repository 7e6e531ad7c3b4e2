"""What must stay on one side of a split: a patient's images, and repeats of an image."""

from collections.abc import Iterable, Sequence

from osler.learn.datasets.repeats import Repeat


def groups_of(patients: Sequence[str], repeats: Iterable[Repeat]) -> list[str]:
    """Return a group for each row; rows of one patient, or that show the same, are of one.

    A group has the name of the patient of its first row.
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.get(name, name) != name:
            name = leader[name]
        return name

    order = {name: n for n, name in reversed(list(enumerate(patients)))}
    for one in repeats:
        pair = sorted(
            (find(patients[one.first]), find(patients[one.second])), key=order.__getitem__
        )
        leader[pair[1]] = pair[0]
    return [find(name) for name in patients]
