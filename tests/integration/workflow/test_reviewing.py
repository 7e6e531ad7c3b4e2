"""From a draft to a signed report, with everything in between real."""

import json
import threading
from datetime import timedelta

import pytest

from make.kept import NOW, Kept
from make.review import a_finding_id, a_kept_draft, a_statement, signed_in
from osler.clinical import Act
from osler.errors import Conflict, NotFound, NotSignedIn
from osler.records import Desk, DraftId, NewReview, Purpose, ReportRow, SignedIn
from osler.workflow.reviewing import append, preview, report_of, sign

LATER = NOW + timedelta(minutes=1)


def desk_of(kept: Kept, who: SignedIn) -> Desk:
    """Return the desk of whoever is signed in."""
    return kept.records.acting(who.actor, Purpose.TREATMENT)


def test_what_was_previewed_is_what_is_signed_and_kept(kept: Kept) -> None:
    """Between looking and signing nothing changes but the banner."""
    draft_id, who = a_kept_draft(kept), signed_in(kept)
    desk = desk_of(kept, who)
    reject = NewReview(Act.REJECT, a_finding_id(kept, draft_id), why="a rib")
    desk.reviews.make(draft_id, reject, now=NOW)
    desk.reviews.make(draft_id, NewReview(Act.ADD, statement=a_statement()), now=NOW)
    shown = preview(desk, draft_id)
    row = sign(desk, draft_id, signed_in=who, now=LATER, seen=shown.seen)
    kept_ones = {k: desk.reports.file(row.report_id, k).content for k in shown.forms}
    assert set(kept_ones) == {"pdf", "html", "json", "fhir"}
    assert kept_ones["pdf"].startswith(b"%PDF")
    before, after = json.loads(shown.forms["json"]), json.loads(kept_ones["json"])
    assert before.pop("state") == "DRAFT – NOT SIGNED"  # noqa: RUF001
    assert after.pop("state") == "Signed by ada at 2026-11-20 09:01 UTC"
    assert after.pop("signature")["report_id"] == row.report_id
    assert after.pop("addenda") == []
    assert before == after
    assert after["added"][0]["statement"]["display"] == "Rib fracture"
    bundle = json.loads(kept_ones["fhir"])
    assert bundle["entry"][0]["resource"]["status"] == "final"


def test_a_preview_that_is_out_of_date_is_not_signed(kept: Kept) -> None:
    """The registrar's last click comes before the consultant's signature."""
    draft_id, who = a_kept_draft(kept), signed_in(kept)
    desk = desk_of(kept, who)
    shown = preview(desk, draft_id, ["json"])
    assert set(shown.forms) == {"json"}
    accept = NewReview(Act.ACCEPT, a_finding_id(kept, draft_id))
    kept.ada.reviews.make(draft_id, accept, now=NOW)
    with pytest.raises(Conflict, match="was reviewed since it was looked at"):
        sign(desk, draft_id, signed_in=who, now=NOW, seen=shown.seen)
    assert kept.ada.reports.of_draft(draft_id) is None


def test_an_addendum_is_printed_with_the_report(kept: Kept) -> None:
    """Whoever opens the report afterwards reads both."""
    draft_id, who, bob = a_kept_draft(kept), signed_in(kept), signed_in(kept, "bob")
    row = sign(desk_of(kept, who), draft_id, signed_in=who, now=NOW)
    first = kept.ada.reports.file(row.report_id, "html").content
    after = append(desk_of(kept, bob), row.report_id, "CRP was 180 mg/L.", signed_in=bob, now=LATER)
    page = kept.ada.reports.file(row.report_id, "html").content.decode()
    assert "CRP was 180 mg/L." in page
    assert "Signed by ada at 2026-11-20 09:00 UTC · 1 addendum" in page
    assert kept.ada.reports.file(row.report_id, "html", edition=1).content == first
    assert report_of(kept.ada, after).addenda == after.addenda


def test_signing_needs_the_password_and_a_draft(kept: Kept) -> None:
    """Nothing is printed for nobody."""
    draft_id, who = a_kept_draft(kept), signed_in(kept)
    desk = desk_of(kept, who)
    with pytest.raises(NotSignedIn, match="give it again"):
        sign(desk, draft_id, signed_in=who, now=NOW + timedelta(minutes=6))
    with pytest.raises(NotFound, match="draft nowhere is not there"):
        sign(desk, DraftId("nowhere"), signed_in=who, now=NOW)


def test_of_two_who_press_sign_at_the_same_moment_one_has_signed(kept: Kept) -> None:
    """The whole way, printing included, ends in one report."""
    draft_id = a_kept_draft(kept)
    people = [signed_in(kept), signed_in(kept, "bob")]
    ready = threading.Barrier(len(people))
    rows: list[ReportRow] = []
    told: list[str] = []

    def press(who: SignedIn) -> None:
        ready.wait()
        try:
            rows.append(sign(desk_of(kept, who), draft_id, signed_in=who, now=NOW))
        except Conflict as error:
            told.append(str(error))

    threads = [threading.Thread(target=press, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (row,), (sentence,) = rows, told
    assert f"was signed by {row.signed_by} at" in sentence
    assert kept.ada.reports.of_draft(draft_id) == row
