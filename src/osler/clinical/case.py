"""What walks the path of a study, from one step to the next."""

from dataclasses import dataclass
from datetime import datetime

from osler.clinical.categories import Category
from osler.clinical.estimates import Estimate
from osler.clinical.findings import (
    FilmAnalysis,
    Finding,
    Measurement,
    NotAssessed,
    Outline,
    VolumeAnalysis,
)
from osler.clinical.identity import Patient
from osler.clinical.images import Picture, Study, Volume
from osler.clinical.record import Record


@dataclass(frozen=True)
class Case:
    """One study, or one record alone, or both joined, as it enters the path.

    ``at`` is the time that the answer holds for: the study's date and time where known.
    ``age_years`` is the age then, None where neither header nor record states it.
    ``warnings`` say what was assumed or repaired on the way in.
    """

    study: Study | None
    record: Record | None
    patient: Patient
    age_years: float | None
    at: datetime
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.study is None and self.record is None:
            raise ValueError("a case needs a study or a record")
        if self.at.tzinfo is None:
            raise ValueError("a case's time needs a zone")


@dataclass(frozen=True)
class Prepared:
    """The first frame of each image that some package may judge, and what did not decode.

    Where little or nothing may be judged, the first images that decode are there to be shown.
    ``volumes`` are the series that a package of volumes may judge.
    """

    pictures: tuple[Picture, ...]
    unreadable: tuple[NotAssessed, ...] = ()
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True)
class StudyAnalysis:
    """All films of one study as the packages judged them, and all that was not judged.

    ``estimates`` are what the models of the record say; they need no film.
    """

    films: tuple[FilmAnalysis, ...]
    not_assessed: tuple[NotAssessed, ...]
    measurements: tuple[Measurement, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    volumes: tuple[VolumeAnalysis, ...] = ()


@dataclass(frozen=True)
class Explained:
    """Findings with their places and what they come to, measurements, and what was not judged."""

    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    not_assessed: tuple[NotAssessed, ...]
    estimates: tuple[Estimate, ...] = ()
    outlines: tuple[Outline, ...] = ()
    categories: tuple[Category, ...] = ()
