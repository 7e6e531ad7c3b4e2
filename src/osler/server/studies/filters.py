"""Which studies a client wants to see."""

from typing import Annotated, Literal

from fastapi import Depends, Query

from osler.records import PatientId, Sort, StudyFilter
from osler.server.ids import PATTERN
from osler.server.times import Day

State = Literal["receiving", "complete", "queued", "analysed", "failed", "cancelled"]
Priority = Literal["urgent", "routine"]
Said = r"^[^\x00-\x1f\x7f]+$"
Word = Annotated[str | None, Query(min_length=1, max_length=200, pattern=Said)]
Order = Annotated[
    Sort,
    Query(
        description="`newest` by arrival (by the study's day where days are given); `urgent`: "
        "urgent ones first, each the newest first, as a worklist shows them."
    ),
]


def _wanted(  # noqa: PLR0913, PLR0917 - FastAPI hands them over by name
    q: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            pattern=Said,
            description="Beginnings of words of description, patient's name and numbers, accession "
            "number and findings; all of them have to be there.",
        ),
    ] = None,
    state: Annotated[State | None, Query()] = None,
    priority: Annotated[Priority | None, Query()] = None,
    source: Word = None,
    modality: Annotated[
        str | None, Query(pattern=r"^[A-Z0-9_]{1,16}$", description="DICOM's: CR, DX, CT.")
    ] = None,
    study_from: Annotated[Day | None, Query(description="Day of the study, it included.")] = None,
    study_to: Annotated[Day | None, Query(description="Day of the study, it included.")] = None,
    accession_number: Word = None,
    study_uid: Annotated[str | None, Query(pattern=r"^[0-9.]{1,64}$")] = None,
    patient_id: Annotated[str | None, Query(pattern=PATTERN)] = None,
    identifier: Annotated[
        str | None,
        Query(min_length=1, max_length=200, pattern=Said, description="A number of the patient."),
    ] = None,
    issuer: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Of that number."),
    ] = None,
) -> StudyFilter:
    """Return the filter that the parameters make up."""
    return StudyFilter(
        words=q,
        state=state,
        priority=priority,
        source=source,
        modality=modality,
        study_from=study_from,
        study_to=study_to,
        accession_number=accession_number,
        study_uid=study_uid,
        patient_id=PatientId(patient_id) if patient_id is not None else None,
        identifier=identifier,
        issuer=issuer,
    )


Wanted = Annotated[StudyFilter, Depends(_wanted)]
