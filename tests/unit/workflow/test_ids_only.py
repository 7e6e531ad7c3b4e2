"""The workflow's own tables can hold nothing that names a patient."""

import pytest

from osler.errors import NotReadable, OurFault
from osler.workflow.ids_only import IdsOnly

SERIALIZER = IdsOnly()


@pytest.mark.parametrize("value", ["01a210a5-4980-7648-b0ac-3b0e926ca0f8", 17, None, "done"])
def test_ids_and_numbers_come_back_as_they_were(value: object) -> None:
    """They are all that the workflow needs to go on."""
    assert SERIALIZER.deserialize(SERIALIZER.serialize(value)) == value


def test_arguments_come_back_as_they_were() -> None:
    """A resumed workflow is handed the same job."""
    inputs = {"args": ("job-1", 5), "kwargs": {}}
    assert SERIALIZER.deserialize(SERIALIZER.serialize(inputs)) == inputs


@pytest.mark.parametrize(
    "value",
    [
        "the film of Jane Doe",
        "Müller",
        "x" * 81,
        1.5,
        True,
        ["job"],
        {"name": "Doe"},
        {"args": ("Jane Doe",), "kwargs": {}},
        {"args": (), "kwargs": {"name": "Doe"}},
        b"pixels",
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    """What is on disk cannot be taken back; so it never gets there."""
    with pytest.raises(OurFault, match="expected an id or a number"):
        SERIALIZER.serialize(value)


def test_of_an_error_only_its_class_is_written() -> None:
    """Its words quote the file that could not be read."""
    text = SERIALIZER.serialize(NotReadable("film of Doe^Jane"))
    assert text == '{"error": "NotReadable"}'
    assert isinstance(SERIALIZER.deserialize(text), OurFault)
