"""/health, /ready and /metrics: for those who run it; no id, no name."""

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from osler.errors import OslerError
from osler.server.identity import anybody
from osler.server.metrics import LISTENERS, REGISTRY, WAITING, WORKERS
from osler.server.service import UseService

router = APIRouter(tags=["health"], dependencies=[Depends(anybody)])


class Health(BaseModel):
    """The process lives."""

    status: str = "alive"


class Readiness(BaseModel):
    """What it needs is there."""

    ready: bool
    database: str
    objects: str
    workers: int


@router.get("/health")
def get_health() -> Health:
    """Return 200 while the process lives."""
    return Health()


@router.get("/ready", responses={503: {"model": Readiness, "description": "Not ready."}})
def get_readiness(service: UseService, response: Response) -> Readiness:
    """Return 200 when database and object store answer, 503 otherwise."""
    database = objects = "answers"
    workers = 0
    try:
        workers = len(service.own_desk.workers.list())
    except OslerError as error:
        database = str(error)
    try:
        service.records.objects.free_bytes()
    except OslerError as error:
        objects = str(error)
    is_ready = database == objects == "answers"
    response.status_code = 200 if is_ready else 503
    return Readiness(ready=is_ready, database=database, objects=objects, workers=workers)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text."}},
)
def get_metrics(service: UseService) -> Response:
    """Return counts for Prometheus."""
    LISTENERS.set(len(service.broadcast))
    try:
        WAITING.set(service.own_desk.jobs.waiting())
        WORKERS.set(len(service.own_desk.workers.list()))
    except OslerError:
        WAITING.set(float("nan"))
        WORKERS.set(float("nan"))
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
