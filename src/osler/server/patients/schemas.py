"""A patient and their record as clients see them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from osler.clinical import Code, Condition, Identifier, Quantity, Record
from osler.records import DraftRow, ObservationRow, Person
from osler.server.ids import PATTERN

YEARS = "a"  # UCUM's year


class QuantityShown(BaseModel):
    """A number with its unit."""

    value: float
    unit: str = Field(description="UCUM.")

    @classmethod
    def of(cls, quantity: Quantity) -> "QuantityShown":
        """Return a quantity as it is shown."""
        return cls(value=quantity.value, unit=quantity.unit)


class CodedShown(BaseModel):
    """One concept in one code system, given by the system's URI."""

    system: str
    code: str
    display: str

    @classmethod
    def of(cls, code: Code) -> "CodedShown":
        """Return a code as it is shown."""
        return cls(system=code.system, code=code.code, display=code.display)


class IdentifierShown(BaseModel):
    """A number of a patient; ``issuer`` is null where no document names one."""

    value: str
    issuer: str | None

    @classmethod
    def of(cls, one: Identifier) -> "IdentifierShown":
        """Return a number as it is shown."""
        return cls(value=one.value, issuer=one.issuer)


class PatientShown(BaseModel):
    """A person. Their studies are at /studies?patient_id=…, under any of ``ids``."""

    patient_id: str
    ids: list[str] = Field(description="Of all rows that are this person by now.")
    identifiers: list[IdentifierShown]
    name: str | None
    sex: str = Field(description="female, male, other or unknown.")
    birth_date: date | None
    stated_age: QuantityShown | None = Field(description="Where a document states an age alone.")

    @classmethod
    def of(cls, person: Person) -> "PatientShown":
        """Return a person as they are shown."""
        patient = person.patient
        age = patient.stated_age_years
        return cls(
            patient_id=person.ids[0],
            ids=list(person.ids),
            identifiers=[IdentifierShown.of(one) for one in patient.identifiers],
            name=patient.name,
            sex=str(patient.sex),
            birth_date=patient.birth_date,
            stated_age=QuantityShown(value=age, unit=YEARS) if age is not None else None,
        )


class MergeOrder(BaseModel):
    """Which patient is the same person and lives on."""

    model_config = ConfigDict(extra="forbid")

    into: Annotated[str, Field(pattern=PATTERN)]


class Merged(BaseModel):
    """Two rows that are one person from now on."""

    patient_id: str
    into: str
    merged_at: datetime


class ConditionShown(BaseModel):
    """A problem or diagnosis."""

    code: CodedShown
    onset: datetime | None
    abatement: datetime | None
    active: bool

    @classmethod
    def of(cls, one: Condition) -> "ConditionShown":
        """Return a condition as it is shown."""
        code = CodedShown.of(one.code)
        return cls(code=code, onset=one.onset, abatement=one.abatement, active=one.active)


class RecordShown(BaseModel):
    """What is known of a patient. Its values are at /patients/{id}/observations, page by page."""

    patient_id: str
    origin: str = Field(description="The documents that it was read from.")
    observations: int = Field(description="How many values there are.")
    conditions: list[ConditionShown]
    medications: list[CodedShown]
    allergies: list[CodedShown]
    warnings: list[str]

    @classmethod
    def of(cls, patient_id: str, record: Record) -> "RecordShown":
        """Return a record as it is shown."""
        return cls(
            patient_id=patient_id,
            origin=record.origin,
            observations=len(record.observations),
            conditions=[ConditionShown.of(one) for one in record.conditions],
            medications=[CodedShown.of(one) for one in record.medications],
            allergies=[CodedShown.of(one) for one in record.allergies],
            warnings=list(record.warnings),
        )


class ObservationShown(BaseModel):
    """One value of the record. Of quantity, coded and text, the one that it is is not null."""

    observation_id: str
    patient_id: str
    document_id: str = Field(description="The document that it was read from.")
    source: str
    received_at: datetime
    code: CodedShown
    effective: datetime | None
    quantity: QuantityShown | None = Field(description="In the unit that Osler uses for the code.")
    coded: CodedShown | None
    text: str | None
    raw: str = Field(description="As the document wrote it.")
    repairs: list[str] = Field(description="What was changed between raw and the value, and why.")
    implausible: str | None = Field(description="Why it cannot be right; it is then not used.")

    @classmethod
    def of(cls, row: ObservationRow) -> "ObservationShown":
        """Return a row as it is shown."""
        one = row.value
        value = one.value
        return cls(
            observation_id=row.observation_id,
            patient_id=row.patient_id,
            document_id=row.document_id,
            source=row.source,
            received_at=row.received_at,
            code=CodedShown.of(one.code),
            effective=one.effective,
            quantity=QuantityShown.of(value) if isinstance(value, Quantity) else None,
            coded=CodedShown.of(value) if isinstance(value, Code) else None,
            text=value if isinstance(value, str) else None,
            raw=one.raw,
            repairs=list(one.repairs),
            implausible=one.implausible,
        )


class PersonsResult(BaseModel):
    """A current result of a person: of a study, or of the record alone."""

    draft_id: str
    study_id: str | None
    job_id: str
    made_at: datetime
    stored_at: datetime

    @classmethod
    def of(cls, row: DraftRow) -> "PersonsResult":
        """Return a row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})
