"""Films and a record in, drafts out: the whole path in memory, for one person at one terminal."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from osler.analyse.record_package import active_scorers
from osler.analyse.registry import default_folder, load_panel
from osler.clinical import Case, Draft, Instance, Record, Refusal, Study
from osler.collect import collect_paths
from osler.errors import Misuse, NotAllowed, NotFound, OslerError, TryLater
from osler.report import ReportFiles, write
from osler.standards import guideline
from osler.standards.pictures import group_studies
from osler.standards.record import read_record
from osler.workflow.copies import distinct
from osler.workflow.joining import Joined, join
from osler.workflow.path import in_memory, walk
from osler.workflow.priors import among
from osler.workflow.steps import Resources, require_pretests, require_scores

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Analysed:
    """One draft, and where its report was written (None where no folder was asked for)."""

    draft: Draft
    files: ReportFiles | None


@dataclass(frozen=True)
class Analysis:
    """All that came of one call: drafts in the order of their studies, and refusals."""

    studies: tuple[Analysed, ...]
    refusals: tuple[Refusal, ...]


def silent(stage: str, done: int, known: int) -> None:
    """Tell nobody."""
    del stage, done, known


def load_resources(
    *,
    models: Path | None = None,
    guidelines: Path | None = None,
    allowed: frozenset[str] = frozenset(),
    pretests: Mapping[str, tuple[float, str]] | None = None,
    scores: Sequence[str] = (),
    small_changes: bool = False,
    now: datetime | None = None,
) -> Resources:
    """Load packages and guidelines.

    Parameters
    ----------
    scores
        Names of scores to give whatever they say; NEWS2 is always given.
    small_changes
        Whether each probability also says how far it holds when the picture is changed a little.

    Raises
    ------
    NotFound
        There is no ``chest-anatomy``.
    NotAllowed
        ``chest-anatomy`` was altered. Another package that was altered is left out and named in
        every draft.
    Misuse
        A pre-test probability is not above 0 and below 1, or names no finding; or there is no
        score of a name.
    """
    panel, refused = load_panel(
        models or default_folder(), allowed=allowed, small_changes=small_changes
    )
    scorers, unused = active_scorers(models or default_folder(), allowed=allowed)
    require_pretests(pretests or {}, panel)
    knowledge = guideline.load(guidelines) if guidelines else guideline.shipped()
    require_scores(scores, knowledge)
    return Resources(
        panel=panel,
        guidelines=knowledge,
        asked_scores=tuple(scores),
        made_at=now or datetime.now(UTC),
        pretests=dict(pretests or {}),
        said=tuple(
            f"model not used: {reason}"
            for reason in (*(one.reason for one in refused), *(one.reason for one in unused))
        ),
        scorers=scorers,
    )


def analyze(
    paths: Sequence[str | Path] = (),
    *,
    record: str | Path | None = None,
    same_patient: bool = False,
    out: str | Path | None = None,
    resources: Resources | None = None,
    on_progress: Progress = silent,
) -> Analysis:
    """Analyse films and a record, and write a report for each study.

    Parameters
    ----------
    paths
        Files, folders, zip archives and DICOMDIRs.
    record
        A FHIR R4 bundle, or the simple JSON or CSV of one patient. It joins by identifier.
    same_patient
        Join the record to the one study there is, because you know that it is theirs.
    out
        Folder for the reports, one folder a study; None writes nothing.
    resources
        From `load_resources`; loaded with defaults where None.
    on_progress
        Told the stage, how many are done and how many are known.

    Returns
    -------
    Drafts and refusals. One bad input never stops the others.

    Raises
    ------
    Misuse
        Neither paths nor a record, options that contradict each other, or a file where the
        reports' folder should be.
    NotAllowed
        The reports' folder may not be written to.
    """
    if not paths and record is None:
        raise Misuse("nothing to analyse: name a file or folder, or give --record")
    if out is not None:
        _require_folder(Path(out))
    resources = resources or load_resources()
    refusals: list[Refusal] = []
    instances: list[Instance] = []
    if paths:
        summary = collect_paths(
            [Path(path) for path in paths],
            store=instances.append,
            on_progress=lambda done, known: on_progress("reading", done, known),
        )
        refusals += summary.refusals
    once = distinct(instances)
    grouped = group_studies(once.instances)
    refusals += (*once.refusals, *grouped.refusals)
    held, fault = _record(record, resources)
    refusals += fault
    unread = record is not None and held is None
    if unread:
        said = tuple(f"the record was not used: {one.sentence}" for one in fault)
        resources = replace(resources, said=(*resources.said, *said))
    joined = _joined(
        grouped.studies,
        held,
        same_patient=same_patient and not unread,
        now=resources.made_at,
        refusals=refusals,
    )
    refusals += joined.refusals
    studies: dict[int, Analysed] = {}
    earliest_first = sorted(enumerate(joined.cases), key=lambda pair: pair[1].at)
    for done, (number, case) in enumerate(earliest_first):
        on_progress("analysing", done, len(joined.cases))
        known = replace(resources, priors=among([one.draft for one in studies.values()]))
        analysed, lost = _one(case, known, Path(out) if out is not None else None)
        refusals += lost
        if analysed is not None:
            studies[number] = analysed
    on_progress("analysing", len(joined.cases), len(joined.cases))
    return Analysis(tuple(studies[number] for number in sorted(studies)), tuple(refusals))


def _require_folder(out: Path) -> None:
    """Refuse, before any work is done, a place where no report can be written."""
    place = next(one for one in (out.absolute(), *out.absolute().parents) if one.exists())
    if not place.is_dir():
        raise Misuse(f"--out {out}: found a file at {place}, expected a folder; name another place")
    if not os.access(place, os.W_OK | os.X_OK):
        raise NotAllowed(
            f"--out {out}: {place} may not be written to; name another folder, or have it opened "
            "to you"
        )


def _joined(
    studies: Sequence[Study],
    record: Record | None,
    *,
    same_patient: bool,
    now: datetime,
    refusals: Sequence[Refusal],
) -> Joined:
    """Join; where that is misuse, say also which inputs were refused: that is often why."""
    try:
        return join(studies, record, same_patient=same_patient, now=now)
    except Misuse as error:
        if not refusals:
            raise
        told = "; ".join(one.sentence for one in refusals[:3])
        raise Misuse(f"{error} (refused before that: {told})") from error


def _record(
    record: str | Path | None, resources: Resources
) -> tuple[Record | None, tuple[Refusal, ...]]:
    """Read the record; a fault becomes a refusal, so that the films are still looked at."""
    if record is None:
        return None, ()
    path = Path(record)
    try:
        if not path.is_file():
            raise NotFound(f"{path.name}: there is no such record file; check the path")
        found = read_record(
            path.read_bytes(),
            origin=path.name,
            now=resources.made_at,
            guidelines=resources.guidelines,
        )
    except OslerError as error:
        return None, (Refusal.of(path.name, error),)
    return found, ()


def _one(
    case: Case, resources: Resources, out: Path | None
) -> tuple[Analysed | None, list[Refusal]]:
    """Walk one case. Images that did not decode are refusals; one with nothing left is refused."""
    try:
        draft = walk(case, resources, in_memory)
        lost = _unreadable(case, draft)
        if lost and not draft.films:
            return None, lost
        files = _written(draft, out / folder_name(case)) if out is not None else None
    except OslerError as error:
        return None, [Refusal.of(_origin(case), error)]
    return Analysed(draft, files), lost


def _written(draft: Draft, folder: Path) -> ReportFiles:
    """Write a report; a full disc costs this report a sentence, and no half of it is left."""
    try:
        return write(draft, folder)
    except OSError as error:
        raise TryLater(
            f"{folder}: the report could not be written ({error.strerror}); expected a folder "
            "with room for it; make room or name another with --out, and run again"
        ) from error


def _unreadable(case: Case, draft: Draft) -> list[Refusal]:
    """Return a refusal for each image that did not decode."""
    if case.study is None:
        return []
    origins = {instance.uid: instance.origin for instance in case.study.instances()}
    return [
        Refusal(origins[one.instance_uid], one.reason, "structure")
        for one in draft.not_assessed
        if one.gate == "decode" and one.instance_uid is not None
    ]


def folder_name(case: Case) -> str:
    """Return the name of a case's report folder: the study's UID, or one for a record alone.

    A record's folder carries a mark of its content: two files of one name are two patients.
    """
    if case.study is not None:
        return str(case.study.uid)
    stem = Path(_origin(case)).name.split(".")[0] or "record"
    mark = hashlib.sha256(repr(case.record).encode()).hexdigest()[:8]
    return f"record-{''.join(c if c.isalnum() or c in '-_' else '-' for c in stem)}-{mark}"


def _origin(case: Case) -> str:
    """Return the file names that a case is known by."""
    if case.study is not None:
        return ", ".join(instance.origin for instance in case.study.instances()[:3])
    return case.record.origin if case.record is not None else ""
