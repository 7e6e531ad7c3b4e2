"""/guidelines: what may advise here, and what can be computed."""

from typing import Annotated

from fastapi import APIRouter

from osler.records import Action, Purpose
from osler.server.guidelines.schemas import RuleShown, RulesShown, ScoreShown
from osler.server.identity import Caller, allow
from osler.server.service import UseService
from osler.workflow.guidelines import listed_rules
from osler.workflow.scores import listed_scores

router = APIRouter(prefix="/guidelines", tags=["guidelines"])
Reader = Annotated[Caller, allow(Action.READ_MODELS, Purpose.OPERATIONS)]


@router.get("/rules")
def list_rules(caller: Reader, service: UseService) -> RulesShown:
    """List every rule that may advise; one that nobody read in its source is never shown."""
    del caller
    items = [RuleShown(**one) for one in listed_rules(service.guidelines)]
    return RulesShown(
        total=len(items),
        verified=sum(one.verified for one in items),
        reviewed=sum(one.reviewer is not None for one in items),
        items=items,
    )


@router.get("/scores")
def list_scores(caller: Reader, service: UseService) -> list[ScoreShown]:
    """List every score that can be computed, with its source."""
    del caller
    return [ScoreShown(**one) for one in listed_scores(service.guidelines)]
