"""/studies/{study_id}/result and /assessment. Earlier results are drafts: GET /drafts."""

from typing import Annotated

from fastapi import APIRouter, Response

from osler.records import Action, StudyId
from osler.server.conditional import NOT_CHANGED, IfNoneMatch, answer
from osler.server.identity import Caller, allow
from osler.server.ids import Id
from osler.server.results.schemas import AssessmentShown, ResultShown
from osler.server.service import UseService
from osler.workflow.standing import standing

router = APIRouter(tags=["results"])
Reader = Annotated[Caller, allow(Action.READ_RESULT)]


@router.get("/studies/{study_id}/result", response_model=ResultShown, responses=NOT_CHANGED)
def get_result(
    study_id: Id,
    caller: Reader,
    service: UseService,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> ResultShown | Response:
    """Return the current result of a study: findings, what was not assessed, advice.

    Each finding names its model and version; `calibrations` say how its probability was made one.
    """
    found = standing(caller.desk, service.packages, StudyId(study_id))
    return answer(ResultShown.of(found), response, if_none_match)


@router.get("/studies/{study_id}/assessment", response_model=AssessmentShown, responses=NOT_CHANGED)
def get_assessment(
    study_id: Id,
    caller: Reader,
    service: UseService,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> AssessmentShown | Response:
    """Return the assessment of a study: urgency, weighings, scores, suggestions, trends, notes."""
    found = standing(caller.desk, service.packages, StudyId(study_id))
    return answer(AssessmentShown.of(found), response, if_none_match)
