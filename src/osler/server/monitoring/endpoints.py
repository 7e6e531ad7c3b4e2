"""/monitoring: watches, alerts, agreement, proposals."""

from typing import Annotated

from fastapi import APIRouter, Query

from osler.records import Action, Purpose
from osler.server.identity import Caller, allow
from osler.server.ids import Id
from osler.server.monitoring.schemas import (
    AgreementShown,
    AlertShown,
    CalibrationShown,
    Closure,
    ProposalShown,
    WatchShown,
)
from osler.server.service import UseService
from osler.workflow.monitoring import calibration, proposal, reports

router = APIRouter(prefix="/monitoring", tags=["monitoring"])
Watcher = Annotated[Caller, allow(Action.READ_MONITORING, Purpose.OPERATIONS)]
Closer = Annotated[Caller, allow(Action.SET_MODEL, Purpose.OPERATIONS)]
Word = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


@router.get("/watches")
def list_watches(caller: Watcher, service: UseService) -> list[WatchShown]:
    """Return where every watch on what comes in stands."""
    del caller
    limit = service.settings.films_between_false_alarms
    return [WatchShown.of(one) for one in reports(service.own_desk, limit=limit)]


@router.get("/alerts")
def list_alerts(
    caller: Watcher,
    only_open: Annotated[bool, Query(description="Only those that nobody closed.")] = False,  # noqa: FBT002 - a query
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AlertShown]:
    """Return alerts, the newest first."""
    found = caller.desk.monitoring.alerts(only_open=only_open, limit=limit)
    return [AlertShown.of(one) for one in found]


@router.post("/alerts/{alert_id}/closure", status_code=204)
def close_alert(alert_id: Id, body: Closure, caller: Closer, service: UseService) -> None:
    """Say that an alert was looked into, and what was found."""
    caller.desk.monitoring.close_alert(alert_id, remark=body.remark, now=service.clock())


@router.get("/agreement")
def get_agreement(caller: Watcher) -> list[AgreementShown]:
    """Return how often readers agreed with models, by output and sex."""
    return [AgreementShown.of(one) for one in caller.desk.monitoring.agreement()]


@router.get("/calibration")
def get_calibration(model: Word, version: Word, name: Word, caller: Watcher) -> CalibrationShown:
    """Return how an output's probabilities agree with its reviewed cases; 404: too few."""
    found = calibration(caller.desk, model=model, version=version, name=name)
    return CalibrationShown.of(found)


@router.get("/proposal")
def get_proposal(model: Word, version: Word, name: Word, caller: Watcher) -> ProposalShown:
    """Return the recalibration that reviewed cases suggest; 404 where they are too few."""
    return ProposalShown.of(proposal(caller.desk, model=model, version=version, name=name))
