"""What only a reviewed or signed report has, as JSON; a draft as it was made has none of it."""

from datetime import UTC, datetime
from typing import Any

from osler.clinical import Draft, Report, Review, Statement
from osler.report.reviewing import draft_of

Object = dict[str, Any]


def review_parts(said: Draft | Report) -> Object:
    """Describe findings that people added, the signature and the addenda, where there are such."""
    parts: Object = {}
    if by_people := draft_of(said).added:
        parts["added"] = [review_part(one) for one in by_people]
    if isinstance(said, Report):
        parts["signature"] = {
            "report_id": said.report_id,
            "by": said.signed_by,
            "at": _time(said.signed_at),
            "replaces": said.replaces,
        }
        parts["addenda"] = [
            {"text": one.text, "by": one.by, "at": _time(one.at)} for one in said.addenda
        ]
    return parts


def review_part(review: Review) -> Object:
    """Describe the act in force on a finding."""
    return {
        "act": str(review.act),
        "by": review.by,
        "at": _time(review.at),
        "why": review.why,
        "present": review.present,
        "statement": _statement(review.statement) if review.statement is not None else None,
    }


def _statement(said: Statement) -> Object:
    """Describe what a person stated."""
    code = said.code
    return {
        "display": said.display,
        "present": said.present,
        "code": {"system": code.system, "code": code.code, "display": code.display}
        if code is not None
        else None,
        "place": said.place,
        "certainty": said.certainty,
        "remark": said.remark,
        "instance": said.instance_uid,
        "contour": [list(point) for point in said.contour],
    }


def _time(time: datetime) -> str:
    """Write a time in UTC."""
    return time.astimezone(UTC).isoformat()
