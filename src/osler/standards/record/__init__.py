"""The patient's record in: one door for FHIR, simple JSON and simple CSV."""

from osler.standards.record.reading import read_record, read_records, record_kind

__all__ = ["read_record", "read_records", "record_kind"]
