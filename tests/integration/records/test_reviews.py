"""Reviews: each act a row, the later naming the earlier, about what a model had said."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from make.draft import a_finding
from make.kept import NOW, Kept
from make.review import a_claim, a_finding_id, a_kept_draft, a_statement, signed_in
from osler.clinical import Act, in_force
from osler.errors import Conflict, InputRefused, NotAllowed, NotFound
from osler.records import DraftId, EventKind, FindingId, NewReview, Role
from osler.records.tables import reviews

LATER = NOW + timedelta(minutes=1)
ACCEPT, EDIT, REJECT, ADD = Act.ACCEPT, Act.EDIT, Act.REJECT, Act.ADD


def test_an_act_says_who_when_why_and_what_the_model_had_said(kept: Kept) -> None:
    """A year later somebody asks how often the model was overruled, and on what."""
    draft_id = a_kept_draft(kept)
    finding_id = a_finding_id(kept, draft_id)
    made = kept.ada.reviews.make(
        draft_id, NewReview(REJECT, finding_id, why="  rib shadow "), now=NOW
    )
    assert (made.by, made.at, made.why, made.agrees) == ("ada", NOW, "rib shadow", False)
    assert made.claim == a_claim(a_finding())
    assert kept.ada.reviews.list(draft_id) == (made,)
    with kept.records.database.reader.connect() as connection:
        row = connection.execute(select(reviews)).one()
    assert (row.model, row.model_version, row.name) == ("cxr-adult", "1.2.0", "pneumonia")
    assert (row.probability, row.is_positive, row.agrees) == (0.62, True, False)


def test_a_later_act_names_the_earlier_one_and_both_are_kept(kept: Kept) -> None:
    """The registrar rejected it, the consultant took it back: both must be found again."""
    draft_id = a_kept_draft(kept)
    finding_id = a_finding_id(kept, draft_id)
    first = kept.ada.reviews.make(draft_id, NewReview(REJECT, finding_id, why="rib"), now=NOW)
    second = kept.as_role(Role.READER).reviews.make(
        draft_id, NewReview(ACCEPT, finding_id), now=LATER
    )
    assert (second.by, second.supersedes) == ("somebody", first.review_id)
    both = kept.ada.reviews.list(draft_id)
    assert both == (first, second)
    assert in_force(both) == (second,)
    assert kept.ada.reviews.finding(finding_id).review == second


def test_a_finding_that_a_person_adds_is_reviewed_like_any_other(kept: Kept) -> None:
    """What no model looked for is the reader's own; a colleague may think otherwise."""
    draft_id = a_kept_draft(kept)
    added = kept.ada.reviews.make(draft_id, NewReview(ADD, statement=a_statement()), now=NOW)
    finding_id = FindingId(added.finding_id)
    row = kept.ada.reviews.finding(finding_id)
    assert (row.claim, row.review, row.certainty) == (None, added, "certain")
    gone = kept.ada.reviews.make(
        draft_id, NewReview(REJECT, finding_id, why="old fracture"), now=LATER
    )
    assert (gone.supersedes, gone.statement, gone.agrees) == (
        added.review_id,
        a_statement(),
        None,
    )
    assert [one.claim is None for one in kept.ada.reviews.findings(draft_id)] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (lambda one: NewReview(REJECT, one), "is rejected for a reason"),
        (lambda one: NewReview(EDIT, one), "a statement is needed"),
        (lambda one: NewReview(ACCEPT, one, statement=a_statement()), "takes no statement"),
        (lambda one: NewReview(ADD, one, statement=a_statement()), "that is added gets an id"),
        (lambda _: NewReview(ADD), "a statement is needed"),
        (lambda _: NewReview(ACCEPT), "names no finding"),
    ],
)
def test_an_act_that_lacks_what_it_needs_is_refused(
    kept: Kept, wanted: Callable[[FindingId], NewReview], message: str
) -> None:
    """An override without a reason teaches nobody."""
    draft_id = a_kept_draft(kept)
    with pytest.raises(InputRefused, match=message):
        kept.ada.reviews.make(draft_id, wanted(a_finding_id(kept, draft_id)), now=NOW)
    assert kept.ada.reviews.list(draft_id) == ()


def test_a_finding_of_another_draft_is_not_found(kept: Kept) -> None:
    """A click that arrives late must not mark another patient's film."""
    one, other = a_kept_draft(kept, 1), a_kept_draft(kept, 2)
    with pytest.raises(NotFound, match="is not one of this draft"):
        kept.ada.reviews.make(other, NewReview(ACCEPT, a_finding_id(kept, one)), now=NOW)
    with pytest.raises(NotFound, match="draft nowhere is not there"):
        kept.ada.reviews.list(DraftId("nowhere"))
    with pytest.raises(NotFound, match="finding nothing is not one"):
        kept.ada.reviews.finding(FindingId("nothing"))


def test_a_draft_that_was_superseded_or_signed_takes_no_act(kept: Kept) -> None:
    """Reading an old answer while the new one is there is how things are missed."""
    old = a_kept_draft(kept)
    finding_id = a_finding_id(kept, old)
    new = a_kept_draft(kept)
    with pytest.raises(Conflict, match=f"draft {old} was superseded at .* by {new}"):
        kept.ada.reviews.make(old, NewReview(ACCEPT, finding_id), now=NOW)
    who = signed_in(kept)
    report = kept.ada.reports.begin(kept.ada.results.draft(new), signed_in=who, now=NOW)
    kept.ada.reports.sign(report, {"pdf": b"%PDF"}, signed_in=who)
    with pytest.raises(Conflict, match="was signed by ada at 2026-11-20T09:00:00"):
        kept.ada.reviews.make(new, NewReview(ACCEPT, a_finding_id(kept, new)), now=NOW)


def test_an_act_on_what_somebody_else_has_changed_meanwhile_is_refused_where_asked(
    kept: Kept,
) -> None:
    """Two readers at two screens: the second sees the first one's act before overruling it."""
    draft_id = a_kept_draft(kept)
    accept = NewReview(ACCEPT, a_finding_id(kept, draft_id))
    first = kept.ada.reviews.make(draft_id, accept, now=NOW, seen=())
    with pytest.raises(Conflict, match="has 1 acts that were not seen"):
        kept.ada.reviews.make(draft_id, accept, now=LATER, seen=())
    kept.ada.reviews.make(draft_id, accept, now=LATER, seen=(first.review_id,))


def test_only_those_who_read_may_review_and_each_act_is_in_the_trail_and_the_events(
    kept: Kept,
) -> None:
    """The administrator keeps the machine going; he does not read films."""
    draft_id = a_kept_draft(kept)
    accept = NewReview(ACCEPT, a_finding_id(kept, draft_id))
    with pytest.raises(NotAllowed, match="may not review"):
        kept.as_role(Role.ADMINISTRATOR).reviews.make(draft_id, accept, now=NOW)
    made = kept.ada.reviews.make(draft_id, accept, now=NOW)
    event = kept.osler.events.after(0)[-1]
    assert (event.kind, event.draft_id) == (EventKind.REVIEW_MADE, draft_id)
    assert event.detail == {
        "review": made.review_id,
        "finding": made.finding_id,
        "act": "accept",
    }
    trail = [one for one in kept.ada.audit.list() if one.action == "review"]
    assert [(one.outcome, one.subject) for one in trail if one.outcome == "done"] == [
        ("done", f"draft/{draft_id}")
    ]
    assert kept.ada.audit.verify().faults == ()
