"""Rules for the person who writes them: listed, checked, and tried on stored patients."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from osler.assess.advising import Asked, positive_names
from osler.assess.facts import Facts
from osler.assess.proving import Effect, effects_of, faults_of
from osler.assess.scores import every_score
from osler.clinical import Draft, Record
from osler.errors import NotReadable
from osler.records import Desk, StudyFilter
from osler.settings import Settings
from osler.standards.guideline import Guidelines, RulePack, line_of, load, load_rules, shipped
from osler.standards.record import read_records
from osler.workflow.reviewing import reviewed_draft

__all__ = ["Guidelines"]
PAGE = 200


def guidelines_of(settings: Settings) -> Guidelines:
    """Return the guidelines of the folder that the settings name, else the shipped ones."""
    folder = settings.guidelines_dir
    return load(folder) if folder else shipped()


def listed_rules(guidelines: Guidelines) -> list[dict[str, Any]]:
    """Return each rule as it is shown in a list."""
    return [
        {
            "name": f"{pack.name}/{rule.name}",
            "kind": rule.kind,
            "recommendation": rule.recommendation,
            "source": rule.source.citation,
            "version": rule.source.version,
            "page": rule.source.page,
            "verified": rule.is_verified(),
            "read_in": rule.source.verified_in,
            "reviewer": rule.source.reviewer,
            "expires": pack.expires.isoformat(),
        }
        for pack in guidelines.rules.values()
        for rule in pack.rules
    ]


def checked_rules(path: Path, guidelines: Guidelines) -> RulePack:
    """Return the rules of a file whose every example comes out.

    Raises
    ------
    NotFound
        There is no such file.
    NotReadable
        The file is no rule pack, or examples do not come out; one line a fault, each with its
        line in the file.
    """
    pack = load_rules(path)
    faults = faults_of(pack, guidelines)
    if faults:
        text = path.read_text(encoding="utf-8")
        raise NotReadable(
            "\n".join(
                f"{path}, line {line_of(text, fault.place)}: {fault.sentence}" for fault in faults
            )
        )
    return pack


def effect_on(
    pack: RulePack, guidelines: Guidelines, patients: Iterable[Asked]
) -> tuple[int, tuple[Effect, ...]]:
    """Return over how many patients a pack was tried, and what changes for each rule."""
    met = tuple(patients)
    return len(met), effects_of(pack, guidelines.rules.get(pack.name), met)


def patients_of_files(
    paths: Iterable[Path], guidelines: Guidelines, *, at: datetime
) -> Iterator[Asked]:
    """Yield the patient of each record in files and folders, as they are at their last value.

    Raises
    ------
    NotReadable
        A file holds no record.
    """
    for path in paths:
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in files:
            for record in read_records(file.read_bytes(), origin=file.name, guidelines=guidelines):
                yield _asked_of(record, guidelines, at=_last(record, at))


def patients_kept(desk: Desk, guidelines: Guidelines) -> Iterator[Asked]:
    """Yield the patient of each study's current result that has a record."""
    after: str | None = None
    while True:
        page = desk.search.studies(StudyFilter(), limit=PAGE, after=after)
        for study in page.rows:
            row = desk.results.current(study.study_id)
            draft = reviewed_draft(desk, row.draft_id) if row is not None else None
            if draft is not None and draft.record is not None:
                yield _asked_by(draft, draft.record, guidelines)
        after = page.next
        if after is None:
            return


def _asked_of(record: Record, guidelines: Guidelines, *, at: datetime) -> Asked:
    facts = Facts(record, at, record.patient.age_on(at.date()), guidelines)
    return Asked(facts, every_score(facts), frozenset())


def _asked_by(draft: Draft, record: Record, guidelines: Guidelines) -> Asked:
    facts = Facts(record, draft.at or draft.made_at, draft.age_years, guidelines)
    positive = positive_names(draft.findings, draft.assessment.weighings)
    return Asked(facts, every_score(facts), positive)


def _last(record: Record, at: datetime) -> datetime:
    """Return the time of the newest value that is not in the future."""
    times = [one.effective for one in record.observations if one.effective is not None]
    return max((time for time in times if time <= at), default=at)
