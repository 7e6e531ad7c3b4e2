"""Signed reports: one a draft, by a person who has just proved who they are, never changed."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from make.draft import a_draft
from make.kept import NOW, Kept, kept_at
from make.review import a_finding_id, a_kept_draft, a_review, signed_in
from osler.clinical import Act, Report
from osler.errors import Conflict, InputRefused, Misuse, NotAllowed, NotFound, NotSignedIn
from osler.records import (
    Actor,
    Desk,
    DraftId,
    EventKind,
    NewReview,
    Purpose,
    RecordsAt,
    ReportId,
    ReportRow,
    Role,
    SignedIn,
)
from osler.records.backup import backup
from osler.records.restoring import restore
from osler.records.upkeep import scrub_records

LATER = NOW + timedelta(minutes=1)
FORMS = {"pdf": b"%PDF of the report", "json": b"{}"}


def desk_of(kept: Kept, who: SignedIn) -> Desk:
    """Return the desk of whoever is signed in."""
    return kept.records.acting(who.actor, Purpose.TREATMENT)


def signed(kept: Kept, draft_id: DraftId, who: SignedIn) -> ReportRow:
    """Sign a draft as it is kept, with its reviews."""
    desk = desk_of(kept, who)
    draft = replace(desk.results.draft(draft_id), reviews=desk.reviews.list(draft_id))
    report = desk.reports.begin(draft, signed_in=who, now=NOW)
    return desk.reports.sign(report, FORMS, signed_in=who)


def with_addendum(desk: Desk, row: ReportRow, text: str, *, who: SignedIn) -> Report:
    """Return a report with one more addendum, not yet written."""
    draft = desk.results.draft(row.draft_id)
    report = Report(row.report_id, draft, row.signed_by, row.signed_at, row.replaces, row.addenda)
    added = desk.reports.begin_addendum(row.report_id, text, signed_in=who, now=LATER)
    return replace(report, addenda=(*row.addenda, added))


def test_a_signed_report_says_who_and_when_and_its_forms_come_back_as_they_were(
    kept: Kept,
) -> None:
    """What the referring doctor got is what lies in the archive, to the byte."""
    draft_id, who = a_kept_draft(kept), signed_in(kept)
    row = signed(kept, draft_id, who)
    assert (row.draft_id, row.signed_by, row.signed_at) == (draft_id, "ada", NOW)
    assert (row.edition, row.replaces, row.replaced_by, row.newer_draft) == (1, None, None, None)
    assert kept.ada.reports.get(row.report_id) == row == kept.ada.reports.of_draft(draft_id)
    for kind, content in FORMS.items():
        assert kept.ada.reports.file(row.report_id, kind).content == content
    with pytest.raises(NotFound, match="has no 'docx' of edition 1"):
        kept.ada.reports.file(row.report_id, "docx")
    with pytest.raises(NotFound, match="report nowhere is not there"):
        kept.ada.reports.get(ReportId("nowhere"))
    event = kept.osler.events.after(0)[-1]
    assert (event.kind, event.detail["report"]) == (EventKind.REPORT_SIGNED, row.report_id)
    trail = kept.ada.audit.list()
    assert [one.subject for one in trail if one.action == "sign"] == [f"report/{row.report_id}"]
    assert scrub_records(kept.records, actor=kept.ada.door.actor, now=NOW).is_clean


def test_a_signature_needs_a_password_given_in_the_last_five_minutes(kept: Kept) -> None:
    """A screen left open signs nothing; and what the caller claims is not believed."""
    draft_id, who = a_kept_draft(kept), signed_in(kept)
    desk, draft = desk_of(kept, who), kept.ada.results.draft(draft_id)
    late = NOW + timedelta(minutes=6)
    claimed = replace(who, proved_at=late)
    with pytest.raises(NotSignedIn, match="must not be more than 5 minutes ago"):
        desk.reports.begin(draft, signed_in=claimed, now=late)
    report = desk.reports.begin(draft, signed_in=who, now=NOW)
    with pytest.raises(NotSignedIn, match="must not be more than 5 minutes ago"):
        desk.reports.sign(replace(report, signed_at=late), FORMS, signed_in=claimed)
    kept.osler.accounts.sign_out(who, now=NOW)
    with pytest.raises(NotSignedIn, match="found no session of theirs that is still good"):
        desk.reports.sign(report, FORMS, signed_in=who)
    assert kept.ada.reports.of_draft(draft_id) is None


def test_nobody_signs_for_another_or_without_the_role(kept: Kept) -> None:
    """A signature is a person's own."""
    draft_id, who, other = a_kept_draft(kept), signed_in(kept), signed_in(kept, "bob")
    draft = kept.ada.results.draft(draft_id)
    with pytest.raises(NotSignedIn, match="a signature is 'bob''s own"):
        desk_of(kept, other).reports.begin(draft, signed_in=who, now=NOW)
    report = desk_of(kept, who).reports.begin(draft, signed_in=who, now=NOW)
    with pytest.raises(Misuse, match="a signature of 'ada' at the desk of 'bob'"):
        desk_of(kept, other).reports.sign(report, FORMS, signed_in=other)
    reader = kept.records.acting(Actor("ada", frozenset({Role.READER})), Purpose.TREATMENT)
    with pytest.raises(NotAllowed, match="may not sign"):
        reader.reports.begin(draft, signed_in=who, now=NOW)
    with pytest.raises(NotAllowed, match="may not sign"):
        reader.reports.sign(report, FORMS, signed_in=who)


def test_what_is_signed_is_what_was_seen(kept: Kept) -> None:
    """A finding rejected while the consultant was reading must not be signed as accepted."""
    draft_id, who = a_kept_draft(kept), signed_in(kept)
    desk, draft = desk_of(kept, who), kept.ada.results.draft(draft_id)
    report = desk.reports.begin(draft, signed_in=who, now=NOW)
    accept = NewReview(Act.ACCEPT, a_finding_id(kept, draft_id))
    kept.as_role(Role.READER).reviews.make(draft_id, accept, now=NOW)
    with pytest.raises(Conflict, match="has 1 acts that were not seen"):
        desk.reports.sign(report, FORMS, signed_in=who)
    with pytest.raises(Conflict, match="has 1 acts that were not seen"):
        desk.reports.begin(replace(draft, reviews=(a_review(),)), signed_in=who, now=NOW)
    assert signed(kept, draft_id, who).signed_by == "ada"


def test_of_two_who_sign_one_draft_one_wins_and_the_other_hears_who(kept: Kept) -> None:
    """Two signatures under one draft would be two reports of one film."""
    draft_id, ada, bob = a_kept_draft(kept), signed_in(kept), signed_in(kept, "bob")
    row = signed(kept, draft_id, ada)
    with pytest.raises(Conflict, match=f"was signed by ada at .* \\(report {row.report_id}\\)"):
        signed(kept, draft_id, bob)


def test_of_many_who_sign_at_once_in_two_processes_exactly_one_wins(at: RecordsAt) -> None:
    """The database decides, not the order in which screens were drawn."""
    with kept_at(at) as kept, kept_at(at) as other:
        draft_id = a_kept_draft(kept)
        people = [signed_in(kept, f"reader-{number}") for number in range(6)]
        draft = kept.ada.results.draft(draft_id)
        ready = threading.Barrier(len(people))
        told: list[str] = []

        def sign(who: SignedIn, here: Kept) -> None:
            reports = desk_of(here, who).reports
            report = reports.begin(draft, signed_in=who, now=NOW)
            ready.wait()
            try:
                told.append(reports.sign(report, FORMS, signed_in=who).signed_by)
            except Conflict as error:
                told.append(f"conflict: {error}")

        threads = [
            threading.Thread(target=sign, args=(who, kept if number % 2 else other))
            for number, who in enumerate(people)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = (one for one in told if not one.startswith("conflict"))
        assert sum(f"was signed by {winner} at" in one for one in told) == len(people) - 1
        row = kept.ada.reports.of_draft(draft_id)
        assert row is not None
        assert row.signed_by == winner
        assert kept.ada.audit.verify().faults == ()


def test_a_newer_result_leaves_the_report_and_the_study_says_that_it_is_there(kept: Kept) -> None:
    """A late film changes the answer; what was signed was signed, and somebody must look again."""
    first, who = a_kept_draft(kept), signed_in(kept)
    row = signed(kept, first, who)
    study_id = row.study_id
    assert study_id is not None
    assert kept.ada.studies.get(study_id).result == "signed"
    second = a_kept_draft(kept)
    event = [one for one in kept.osler.events.after(0) if one.kind is EventKind.RESULT_CURRENT][-1]
    assert (event.draft_id, event.detail) == (second, {"newer_than_report": row.report_id})
    assert kept.ada.studies.get(study_id).result == "newer"
    assert kept.ada.reports.get(row.report_id) == replace(row, newer_draft=second)
    assert kept.ada.reports.file(row.report_id, "pdf").content == FORMS["pdf"]
    again = signed(kept, second, who)
    assert again.replaces == row.report_id
    assert kept.ada.reports.get(row.report_id).replaced_by == again.report_id
    assert kept.ada.studies.get(study_id).result == "signed"
    newest_first = [one.report_id for one in kept.ada.reports.list(study_id=study_id)]
    assert newest_first == [again.report_id, row.report_id]
    page = kept.ada.reports.list(limit=1, before=again.report_id)
    assert [one.report_id for one in page] == [row.report_id]


def test_an_addendum_is_added_and_what_was_signed_stays(kept: Kept) -> None:
    """The lab calls after the signature: the report gets a note, never another text."""
    who, bob = signed_in(kept), signed_in(kept, "bob")
    row = signed(kept, a_kept_draft(kept), who)
    desk = desk_of(kept, bob)
    report = with_addendum(desk, row, " CRP was 180 mg/L. ", who=bob)
    after = desk.reports.append(report, {"pdf": b"%PDF with it"}, signed_in=bob)
    assert [(one.text, one.by, one.at) for one in after.addenda] == [
        ("CRP was 180 mg/L.", "bob", LATER)
    ]
    file = kept.ada.reports.file
    assert file(row.report_id, "pdf").content == b"%PDF with it"
    assert file(row.report_id, "pdf", edition=1).content == FORMS["pdf"]
    assert kept.osler.events.after(0)[-1].kind is EventKind.REPORT_AMENDED
    late = with_addendum(desk, row, "and I add this without having read it", who=bob)
    with pytest.raises(Conflict, match="has 1 addenda, the last by bob; expected 0"):
        desk.reports.append(late, FORMS, signed_in=bob)


def test_an_addendum_needs_a_signed_report_a_text_and_a_password(kept: Kept) -> None:
    """What is not signed is corrected, not added to."""
    draft_id, who = a_kept_draft(kept), signed_in(kept)
    reports = desk_of(kept, who).reports
    with pytest.raises(NotFound, match="is not there"):
        reports.begin_addendum(ReportId(draft_id), "late", signed_in=who, now=NOW)
    row = signed(kept, draft_id, who)
    with pytest.raises(InputRefused, match="an addendum needs a text"):
        reports.begin_addendum(row.report_id, "  ", signed_in=who, now=NOW)
    with pytest.raises(NotSignedIn, match="give it again"):
        reports.begin_addendum(row.report_id, "late", signed_in=who, now=NOW + timedelta(minutes=6))
    plain = Report(row.report_id, a_draft(draft_id=draft_id), "ada", NOW)
    with pytest.raises(Misuse, match="found no addendum to add"):
        reports.append(plain, FORMS, signed_in=who)


def test_a_forgotten_patient_takes_reviews_and_reports_along(kept: Kept) -> None:
    """Forgetting leaves no signed page behind."""
    draft_id, who = a_kept_draft(kept), signed_in(kept)
    other = signed(kept, a_kept_draft(kept, 2, patient=a_draft().patient), who)
    finding_id = a_finding_id(kept, draft_id)
    for act in (NewReview(Act.ACCEPT, finding_id), NewReview(Act.REJECT, finding_id, why="x")):
        kept.ada.reviews.make(draft_id, act, now=NOW)
    draft = kept.ada.results.draft(draft_id)
    standing = kept.ada.reviews.list(draft_id)[1:]
    desk = desk_of(kept, who)
    report = desk.reports.begin(replace(draft, reviews=standing), signed_in=who, now=NOW)
    row = desk.reports.sign(report, FORMS, signed_in=who)
    desk.reports.append(with_addendum(desk, row, "late", who=who), FORMS, signed_in=who)
    before = len(list(kept.records.objects.list()))
    gone = kept.ada.patients.forget(row.patient_id, now=LATER)
    assert gone >= 2
    assert len(list(kept.records.objects.list())) < before
    with pytest.raises(NotFound, match="was deleted with its patient"):
        kept.ada.reports.get(row.report_id)
    assert other.patient_id == row.patient_id or kept.ada.reports.get(other.report_id) == other


def test_a_backup_brings_reviews_and_reports_back(at: RecordsAt, tmp_path: Path) -> None:
    """A signed report that no backup holds was not signed."""
    with kept_at(at) as kept:
        draft_id, who = a_kept_draft(kept), signed_in(kept)
        finding_id = a_finding_id(kept, draft_id)
        for act in (NewReview(Act.REJECT, finding_id, why="x"), NewReview(Act.ACCEPT, finding_id)):
            kept.ada.reviews.make(draft_id, act, now=NOW)
        reviews = kept.ada.reviews.list(draft_id)
        desk = desk_of(kept, who)
        draft = replace(desk.results.draft(draft_id), reviews=reviews[1:])
        report = desk.reports.begin(draft, signed_in=who, now=NOW)
        row = desk.reports.sign(report, FORMS, signed_in=who)
        actor = kept.ada.door.actor
        done = backup(kept.records, tmp_path / "backup", actor=actor, now=NOW)
        assert done.is_whole
    restore(tmp_path / "backup", at, actor=actor, now=NOW, replace=True)
    with kept_at(at) as again:
        assert again.ada.reviews.list(draft_id) == reviews
        assert again.ada.reports.get(row.report_id) == row
        assert again.ada.reports.file(row.report_id, "pdf").content == FORMS["pdf"]
