"""OMOP CDM tables: a row to what it says of a person.

References
----------
https://ohdsi.github.io/CommonDataModel/cdm54.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from osler.clinical import ICD10, LOINC, RXNORM, SNOMED, Code, Condition, Patient, Sex
from osler.errors import NotReadable
from osler.standards.record.mapped_rows import Cells, RowValues
from osler.standards.terminology import Bounds, Stated, to_observation
from osler.standards.terminology.times import Moment, read_day, read_moment

TABLES = ("person", "measurement", "observation", "condition_occurrence", "drug_exposure")
VOCABULARIES = {
    "LOINC": LOINC,
    "SNOMED": SNOMED,
    "RxNorm": RXNORM,
    "RxNorm Extension": RXNORM,
    "ICD10": ICD10,
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD9CM": "http://hl7.org/fhir/sid/icd-9-cm",
    "ATC": "http://www.whocc.no/atc",
}
# The standard concepts of gender in every OMOP database.
GENDERS = {"8507": Sex.MALE, "8532": Sex.FEMALE, "8521": Sex.OTHER}
OMOP = "https://athena.ohdsi.org/search-terms/terms"
LOINC_CODE = re.compile(r"\d{1,5}-\d")


@dataclass(frozen=True)
class Concepts:
    """What concept ids stand for, from the table concept where it is there; and the source."""

    source: str
    by_id: Mapping[str, Code]

    def code(self, cells: Cells, kind: str) -> Code:
        """Return the code of a row: its concept, else the source's own value.

        Raises
        ------
        NotReadable
            The row names neither.
        """
        concept, own = cells.get(f"{kind}_concept_id", ""), cells.get(f"{kind}_source_value", "")
        known = self.by_id.get(concept)
        if known is not None:
            return known
        if LOINC_CODE.fullmatch(own):
            return Code(LOINC, own, own)
        if own:
            return Code(f"urn:omop:{self.source}", own, own)
        if concept and concept != "0":
            return Code(OMOP, concept, f"OMOP concept {concept}")
        raise NotReadable(f"neither {kind}_concept_id nor {kind}_source_value names anything")


def concept_of(cells: Cells) -> Code | None:
    """Return a row of the table concept as a code; units too, by their UCUM code."""
    vocabulary, code = cells.get("vocabulary_id", ""), cells.get("concept_code", "")
    if not code:
        return None
    system = VOCABULARIES.get(vocabulary, f"{OMOP}#{vocabulary}")
    return Code(system, code, cells.get("concept_name", code))


def person_of(cells: Cells) -> Patient:
    """Return a row of the table person, without its number."""
    sex = GENDERS.get(cells.get("gender_concept_id", ""), Sex.UNKNOWN)
    return Patient(sex=sex, birth_date=_birth_date(cells))


def values_of(
    table: str,
    cells: Cells,
    concepts: Concepts,
    *,
    bounds: Mapping[str, Bounds],
    now: datetime,
) -> RowValues:
    """Return what a row of one of the tables says.

    Raises
    ------
    NotReadable
        It names no code, or its time is none.
    """
    if table in ("measurement", "observation"):
        stated = _stated(table, cells, concepts)
        return RowValues((to_observation(stated, bounds, now=now),))
    if table == "condition_occurrence":
        end = _moment(cells, "condition_end")
        start = _moment(cells, "condition_start")
        code = concepts.code(cells, "condition")
        at = start.at if start else None
        return RowValues(
            conditions=(Condition(code, at, end.at if end else None, active=end is None),)
        )
    end = _moment(cells, "drug_exposure_end")
    is_over = end is not None and end.at < now
    return RowValues(medications=() if is_over else (concepts.code(cells, "drug"),))


def _stated(table: str, cells: Cells, concepts: Concepts) -> Stated:
    """Return a measurement or observation as stated."""
    unit = cells.get("unit_source_value", "")
    known = concepts.by_id.get(cells.get("unit_concept_id", ""))
    unit = known.code if known is not None else unit
    when = _moment(cells, table)
    value: float | str | Code | None = None
    number = cells.get("value_as_number", "")
    if number:
        try:
            value = float(number)
        except ValueError as fault:
            raise NotReadable(f"value_as_number is {number[:20]!r}, expected a number") from fault
    else:
        coded = concepts.by_id.get(cells.get("value_as_concept_id", ""))
        value = coded or cells.get("value_as_string") or cells.get("value_source_value") or None
    words = value.display if isinstance(value, Code) else number or value or "no value"
    raw = f"{words} {unit}".strip()
    at, notes = (when.at, when.repairs) if when else (None, ())
    return Stated(concepts.code(cells, table), value, unit or None, at, raw, notes)


def _moment(cells: Cells, start: str) -> Moment | None:
    """Return the time of a row: the whole one, else its day."""
    stated = cells.get(f"{start}_datetime") or cells.get(f"{start}_date") or ""
    return read_moment(stated) if stated else None


def _birth_date(cells: Cells) -> date | None:
    whole = cells.get("birth_datetime", "")
    if whole:
        return read_day(whole)
    parts = [cells.get(f"{part}_of_birth", "") for part in ("year", "month", "day")]
    try:
        return date(*(int(float(part)) for part in parts)) if all(parts) else None
    except ValueError as fault:
        raise NotReadable(f"the birth date {'-'.join(parts)} is none; correct it") from fault
