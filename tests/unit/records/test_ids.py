"""Ids of rows sort by the order in which they were made."""

import uuid

from osler.records.ids import new_id


def test_ids_are_version_7_and_sort_as_they_were_made() -> None:
    """A record's values come back in the order of the document that brought them."""
    made = [new_id() for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == 2000
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in made} == {
        (7, uuid.RFC_4122)
    }
