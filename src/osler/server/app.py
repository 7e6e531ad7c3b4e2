"""The application: every resource under /api/v1, and what runs around each request."""

from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from osler.server.account import endpoints as account
from osler.server.audit import endpoints as audit
from osler.server.drafts import endpoints as drafts
from osler.server.events import endpoints as events
from osler.server.findings import endpoints as findings
from osler.server.guidelines import endpoints as guidelines
from osler.server.health import endpoints as health
from osler.server.images import endpoints as images
from osler.server.jobs import endpoints as jobs
from osler.server.middleware import Guard
from osler.server.models import endpoints as models
from osler.server.monitoring import endpoints as monitoring
from osler.server.openapi import description, operation_id
from osler.server.pages import endpoints as pages
from osler.server.patients import endpoints as patients
from osler.server.problems import Problem, answer_problems
from osler.server.quality import endpoints as quality
from osler.server.rates import new_limiter
from osler.server.reports import endpoints as reports
from osler.server.results import endpoints as results
from osler.server.reviews import endpoints as reviews
from osler.server.service import Service
from osler.server.studies import endpoints as studies
from osler.server.uploads import endpoints as uploads
from osler.server.users import endpoints as users

API = "/api/v1"
RESOURCES: tuple[APIRouter, ...] = (
    account.router,
    studies.router,
    images.router,
    results.router,
    patients.router,
    drafts.router,
    findings.router,
    reviews.router,
    reports.router,
    uploads.router,
    uploads.whole,
    jobs.router,
    models.router,
    guidelines.router,
    monitoring.router,
    quality.router,
    users.router,
    audit.router,
    events.router,
)
# Served without the prefix: for those who run it, not for programs that use it.
PLAIN: tuple[APIRouter, ...] = (pages.router, health.router)
_ERRORS = (400, 401, 403, 404, 409, 412, 413, 422, 429, 500, 503)


def create_app(service: Service) -> FastAPI:
    """Return the application that serves what is kept."""
    app = _routed()
    app.state.service = service
    app.state.limiter = new_limiter()
    app.state.methods_at = methods_at
    answer_problems(app)
    app.add_middleware(Guard)
    return app


def methods_at(path: str) -> list[str]:
    """Return the methods that are known at an address."""
    found: set[str] = set()
    for prefix, routers in ((API, RESOURCES), ("", PLAIN)):
        routes = (route for router in routers for route in router.routes)
        for route in routes:
            if isinstance(route, APIRoute) and route.path_regex.match(path.removeprefix(prefix)):
                found |= route.methods or set()
    return sorted(found)


def described() -> dict[str, Any]:
    """Return the description of the API (OpenAPI 3.1), for which nothing needs to be kept."""
    return description(_routed())


def _routed() -> FastAPI:
    """Return an application that knows every endpoint."""
    app = FastAPI(
        title="Osler",
        version=version("osler"),
        description="An open diagnostic assistant. It assists; the doctor decides.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        responses={code: {"model": Problem, "description": "See `detail`."} for code in _ERRORS},
    )
    for router in RESOURCES:
        app.include_router(router, prefix=API)
    for router in PLAIN:
        app.include_router(router)
    app.openapi = partial(description, app)  # type: ignore[method-assign]  # as FastAPI says
    return app
