"""No table that names objects is forgotten by the scrubber and by backups."""

from osler.records.tables import METADATA, documents, drafts, instances, refusals, report_files

# Those that `osler.records.expected.named_objects` asks.
ASKED = {documents, drafts, instances, refusals, report_files}


def test_every_table_with_an_address_is_asked_for_its_objects() -> None:
    """An object of a table that nobody asks is called extra, and is in no backup."""
    named = {table for table in METADATA.tables.values() if "address" in table.columns}
    assert named == ASKED


def test_rows_that_name_each_other_have_one_key() -> None:
    """A restore inserts such rows first and links them afterwards, by that key."""
    linked = {
        table
        for table in METADATA.tables.values()
        for key in table.foreign_keys
        if key.column.table is table
    }
    assert {table.name for table in linked if len(table.primary_key.columns) != 1} == set()
