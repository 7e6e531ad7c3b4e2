"""The draft that a clinician reads, corrects and signs."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from osler.clinical.assessment import Assessment
from osler.clinical.categories import Category
from osler.clinical.changes import Change
from osler.clinical.estimates import Estimate
from osler.clinical.findings import Finding, Measurement, ModelIdentity, NotAssessed, Outline
from osler.clinical.identity import InstanceUid, Patient, StudyUid
from osler.clinical.record import Record
from osler.clinical.review import Review

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FilmView:
    """One image as the report shows it: 8 bits, (rows, columns[, 3]), long side at most 1024.

    ``origin_shape`` is the (rows, columns) of the picture that contours and maps refer to.
    """

    instance_uid: InstanceUid
    origin: str
    grey: Grey = field(repr=False)
    origin_shape: tuple[int, int]
    modality: str | None
    view: str | None
    view_source: str


@dataclass(frozen=True)
class MaskFile:
    """What a model outlined in a volume, as a NIfTI file on the voxels of its series.

    Label 0 is background, then the structures of ``names`` in their order.
    """

    model: ModelIdentity
    name: str
    origin: str
    names: tuple[str, ...]
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class ModelFacts:
    """What page three says of a package: identity, intended use, performance, limits, terms."""

    model: ModelIdentity
    title: str
    intended_use: str
    population: str
    performance: tuple[str, ...]
    limits: tuple[str, ...]
    weights_licence: str
    data_terms: str
    research_only: bool
    looked_for: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """One study (or a record alone: ``study_uid`` is None) as it goes to the person who signs.

    ``at`` is the time that scores and ages hold for: the study's, where it is known. ``reviews``
    are the acts in force, at most one a finding: none in a draft as Osler makes it. ``estimates``
    are what models of the record say, apart from what models of the films found. ``body_part`` is
    what the header states, or else what the packages that measured are made for; ``changes`` set
    each measurement beside the newest prior that may be compared. ``categories`` are the grade or
    class that the findings of a package come to.
    """

    draft_id: str
    study_uid: StudyUid | None
    patient: Patient
    age_years: float | None
    made_at: datetime
    study_date: str | None
    study_description: str | None
    accession_number: str | None
    institution: str | None
    films: tuple[FilmView, ...]
    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    not_assessed: tuple[NotAssessed, ...]
    assessment: Assessment
    record: Record | None
    models: tuple[ModelFacts, ...]
    warnings: tuple[str, ...] = ()
    software: str = "Osler"
    at: datetime | None = None
    reviews: tuple[Review, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    outlines: tuple[Outline, ...] = ()
    masks: tuple[MaskFile, ...] = ()
    body_part: str | None = None
    changes: tuple[Change, ...] = ()
    categories: tuple[Category, ...] = ()

    @property
    def added(self) -> tuple[Review, ...]:
        """The acts in force on findings that people added."""
        return tuple(one for one in self.reviews if one.claim is None)

    def overruled(self, category: Category) -> Review | None:
        """Return the first act that disagrees with a finding that a category was made from."""
        reviews = [self.review_of(one) for one in self.findings if one.model == category.model]
        return next((one for one in reviews if one is not None and not one.agrees), None)

    def review_of(self, finding: Finding) -> Review | None:
        """Return the act in force on a model's finding; None where nobody has reviewed it."""
        reviews = (one for one in self.reviews if one.claim and one.claim.is_of(finding))
        return next(reviews, None)
