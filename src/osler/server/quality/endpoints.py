"""/quality."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from osler.records import Action, Purpose
from osler.server.identity import Caller, allow
from osler.server.quality.schemas import QualityShown
from osler.server.service import UseService

router = APIRouter(prefix="/quality", tags=["quality"])
Reader = Annotated[Caller, allow(Action.READ_QUALITY, Purpose.OPERATIONS)]
Days = Annotated[int, Query(ge=1, le=366, description="Refusals of so many days are counted.")]


@router.get("")
def get_quality(caller: Reader, service: UseService, days: Days = 7) -> QualityShown:
    """Return what is kept, by state, and what came in that was not right."""
    since = service.clock() - timedelta(days=days)
    return QualityShown.of(caller.desk.upkeep.quality(since=since))
