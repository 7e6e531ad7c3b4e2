"""The description of the API, as programs read it (OpenAPI 3.1)."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from osler.server.problems import MEDIA_TYPE
from osler.workflow.standing import report_schema

REPORT = "Report"
_REF = "#/components/schemas/"


def operation_id(route: APIRoute) -> str:
    """Return the name of an endpoint: that of its function, by which the client knows it too."""
    return route.name


def description(app: FastAPI) -> dict[str, Any]:
    """Return the description: errors are problem+json, results hold to the schema of report.json.

    It is made once.
    """
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        for path in made["paths"].values():
            for operation in path.values():
                _describe_errors(operation)
                _describe_parameters(operation)
        schemas = made["components"]["schemas"]
        schemas["ResultShown"]["properties"]["report"] = {"$ref": f"{_REF}{REPORT}"}
        schemas.update(_report())
        app.openapi_schema = made
    return app.openapi_schema


def _describe_errors(operation: dict[str, Any]) -> None:
    """Say that errors are problem+json, unless the endpoint describes that answer itself."""
    for status, answer in operation["responses"].items():
        for one in list(answer.get("content", {}).values()):
            if int(status) >= 400 and one.get("schema", {}).get("$ref") == f"{_REF}Problem":
                answer["content"] = {MEDIA_TYPE: one}


def _describe_parameters(operation: dict[str, Any]) -> None:
    """Say what a parameter may be when it is there: it is left out, never null."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        kinds = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        if len(kinds) == 1:
            del schema["anyOf"]
            parameter["schema"] = {**kinds[0], **schema}


def _report() -> dict[str, Any]:
    """Return the schema of report.json as schemas of the API."""
    schema = report_schema()
    parts = schema.pop("$defs")
    for name in ("$schema", "$id"):
        schema.pop(name)
    named = {f"{REPORT}{''.join(w.title() for w in n.split('_'))}": one for n, one in parts.items()}
    places = {f"#/$defs/{n}": f"{_REF}{new}" for n, new in zip(parts, named, strict=True)}
    moved = {name: _moved(one, places) for name, one in named.items()}
    return {REPORT: _moved(schema, places), **moved}


def _moved(schema: Any, places: dict[str, str]) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a schema whose references lead to the schemas of the API."""
    if isinstance(schema, dict):
        return {
            name: places[one] if name == "$ref" else _moved(one, places)
            for name, one in schema.items()
        }
    return [_moved(one, places) for one in schema] if isinstance(schema, list) else schema
