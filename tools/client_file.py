"""Write src/osler/client/_generated: shapes and calls of the client, from the API's description.

Run as ``python tools/client_file.py`` after ``tools/openapi_file.py``; a test holds both to the
application.
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DESCRIPTION = ROOT / "docs" / "reference" / "openapi.json"
FOLDER = ROOT / "src" / "osler" / "client" / "_generated"
WIDTH = 100
Schema = Mapping[str, Any]
PLAIN = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}
# What the client does in a way of its own, or leaves out.
LEFT_OUT_PATHS = ("/", "/docs", "/assets/{name}", "/metrics", "/api/v1/events")
LEFT_OUT_HEADERS = {"If-None-Match", "Last-Event-ID"}
NOTE = "Written by tools/client_file.py from docs/reference/openapi.json; do not edit by hand."


def class_name(name: str) -> str:
    """Return the name of a shape: Page_StudyShown_ becomes PageStudyShown."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name))


def _plain(told: str | None) -> str:
    """Return the type of a value that is neither list nor object."""
    return PLAIN.get(told or "", "Any")


class Shapes:
    """The shapes of all schemas; what is nested without a name gets one."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self.lines: list[str] = []
        for name, schema in schemas.items():
            self._add(class_name(name), schema)

    def kind(self, schema: Schema, name: str) -> str:
        """Return the type of a schema; ``name`` is for one that is nested without a name."""
        if "$ref" in schema:
            return class_name(schema["$ref"].rpartition("/")[2])
        if "anyOf" in schema or "oneOf" in schema:
            several = schema.get("anyOf") or schema["oneOf"]
            kinds = dict.fromkeys(self.kind(one, name) for one in several)
            return " | ".join(kinds)
        choices = [schema["const"]] if "const" in schema else schema.get("enum")
        if choices is not None:
            return f"Literal[{', '.join(json.dumps(one) for one in choices)}]"
        told = schema.get("type")
        if isinstance(told, list):
            kinds = dict.fromkeys(self.kind({**schema, "type": one}, name) for one in told)
            return " | ".join(kinds)
        several_kinds = {"array": self._list, "object": self._object}
        return several_kinds[told](schema, name) if told in several_kinds else _plain(told)

    def _object(self, schema: Schema, name: str) -> str:
        """Return the type of an object: a shape of its own, or a dictionary."""
        if schema.get("properties"):
            self._add(name, schema)
            return name
        values = schema.get("additionalProperties")
        if isinstance(values, Mapping):
            return f"dict[str, {self.kind(values, f'{name}Value')}]"
        return "dict[str, Any]"

    def _list(self, schema: Schema, name: str) -> str:
        """Return the type of a list; JSON has no tuples."""
        if "prefixItems" in schema:
            kinds = dict.fromkeys(self.kind(one, f"{name}Item") for one in schema["prefixItems"])
            return f"list[{' | '.join(kinds)}]"
        return f"list[{self.kind(schema.get('items', {}), f'{name}Item')}]"

    def _add(self, name: str, schema: Schema) -> None:
        """Add a shape, behind those that are nested in it."""
        if not schema.get("properties"):
            self.lines += ["", "", f"{name} = {self.kind(schema, name)}"]
            return
        needed = set(schema.get("required", ()))
        fields = []
        for field, one in schema["properties"].items():
            kind = self.kind(one, f"{name}{class_name(field)}")
            fields.append((field, kind if field in needed else f"NotRequired[{kind}]", one))
        self.lines += ["", "", f"class {name}(TypedDict):"]
        self.lines += docstring(schema.get("description") or f"{name}, as JSON.", "    ")
        self.lines.append("")
        for field, kind, one in fields:
            comment = " ".join(str(one.get("description", "")).split())
            self.lines += textwrap.wrap(
                comment, WIDTH - 4, initial_indent="    # ", subsequent_indent="    # "
            )
            self.lines.append(f"    {field}: {kind}")


def docstring(text: str, indent: str) -> list[str]:
    """Return a docstring."""
    first, _, rest = text.strip().partition("\n\n")
    lines = textwrap.wrap(" ".join(first.split()), WIDTH - len(indent) - 6)
    if rest:
        lines += ["", *textwrap.wrap(" ".join(rest.split()), WIDTH - len(indent))]
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    body = [f"{indent}{line}".rstrip() for line in lines[1:]]
    return [f'{indent}"""{lines[0]}', *body, f'{indent}"""']


def calls(description: Mapping[str, Any], shapes: Shapes) -> Iterator[str]:
    """Yield the lines of a method for each operation."""
    for path, methods in description["paths"].items():
        if path in LEFT_OUT_PATHS:
            continue
        for method, operation in methods.items():
            yield from call(method.upper(), path, operation, shapes=shapes)


def call(method: str, path: str, operation: Schema, *, shapes: Shapes) -> Iterator[str]:
    """Yield the lines of one method, and of the one that goes through all pages."""
    name = operation["operationId"]
    known = [p for p in operation.get("parameters", ()) if p["name"] not in LEFT_OUT_HEADERS]
    parameters = [Parameter(one, shapes, name) for one in known]
    body = body_kind(operation, shapes, name)
    returned = returned_kind(operation, shapes, name)
    yield from signature(name, parameters, body, returned=returned)
    told = operation.get("description") or operation["summary"]
    yield from docstring(told, "        ")
    place = re.sub(r"\{(\w+)\}", r"{quoted(\1)}", path)
    place = f'f"{place}"' if place != path else f'"{path}"'
    handed = [f'"{method}"', place]
    query = [p for p in parameters if p.where == "query"]
    headers = [p for p in parameters if p.where == "header"]
    for word, some in (("query", query), ("headers", headers)):
        if some:
            pairs = ", ".join(f'"{p.name}": {p.variable}' for p in some)
            handed.append(f"{word}={{{pairs}}}")
    if body is not None:
        handed.append("content=content" if body == "bytes" else "body=body")
    if any(p.name == "Idempotency-Key" for p in headers):
        handed.append("is_keyed=True")
    asked = f"self._{'call' if is_json(operation) else 'download'}(\n            "
    asked += ",\n            ".join(handed) + ",\n        )"
    if returned == "None":
        yield f"        {asked}"
    elif is_json(operation):
        yield f"        return cast({json.dumps(returned)}, {asked})"
    else:
        yield f"        return {asked}"
    yield ""
    if any(p.name == "cursor" for p in query) and name.startswith("list_"):
        yield from every(name, parameters, returned)


def every(name: str, parameters: list["Parameter"], page: str) -> Iterator[str]:
    """Yield the lines of the method that goes through all pages of a list."""
    own = [p for p in parameters if p.name not in ("cursor", "limit")]
    item = page.removeprefix("Page")
    yield from signature(name.replace("list_", "all_"), own, None, returned=f"Iterator[{item}]")
    yield f'        """Go through all pages of `{name}`."""'
    yield "        cursor = None"
    yield "        while True:"
    handed = [p.variable if p.where == "path" else f"{p.variable}={p.variable}" for p in own]
    yield f"            page = self.{name}("
    for one in (*handed, "limit=EACH", "cursor=cursor"):
        yield f"                {one},"
    yield "            )"
    yield '            yield from page["items"]'
    yield '            cursor = page["next"]'
    yield "            if cursor is None:"
    yield "                return"
    yield ""


class Parameter:
    """One parameter of a call."""

    def __init__(self, told: Schema, shapes: Shapes, call_name: str) -> None:
        self.name: str = told["name"]
        self.where: str = told["in"]
        self.needed: bool = told.get("required", False)
        self.variable = self.name.replace("-", "_").lower()
        self.kind = shapes.kind(told["schema"], class_name(f"{call_name}_{self.variable}"))

    @property
    def written(self) -> str:
        """The parameter as it stands in the signature."""
        return (
            f"{self.variable}: {self.kind}"
            if self.needed
            else f"{self.variable}: {self.kind} | None = None"
        )


def signature(
    name: str, parameters: list[Parameter], body: str | None, *, returned: str
) -> Iterator[str]:
    """Yield the lines of a signature."""
    first = [p.written for p in parameters if p.where == "path"]
    if body is not None:
        first.append(f"content: {body}" if body == "bytes" else f"body: {body}")
    named = [p.written for p in parameters if p.where != "path" and p.needed]
    named += [p.written for p in parameters if p.where != "path" and not p.needed]
    yield f"    def {name}("
    yield "        self,"
    for one in (*first, *(["*"] if named else []), *named):
        yield f"        {one},"
    yield f"    ) -> {returned}:"


def body_kind(operation: Schema, shapes: Shapes, name: str) -> str | None:
    """Return the type of what is sent."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return None
    if "application/json" not in content:
        return "bytes"
    return shapes.kind(content["application/json"]["schema"], class_name(f"{name}_body"))


def answer_of(operation: Schema) -> Mapping[str, Any]:
    """Return what is sent back by media type."""
    done = next(one for code, one in operation["responses"].items() if code.startswith("2"))
    found: Mapping[str, Any] = done.get("content", {})
    return found


def is_json(operation: Schema) -> bool:
    """Tell whether an answer is JSON, or nothing."""
    return set(answer_of(operation)) <= {"application/json"}


def returned_kind(operation: Schema, shapes: Shapes, name: str) -> str:
    """Return the type of an answer."""
    content = answer_of(operation)
    if not content:
        return "None"
    if not is_json(operation):
        return "Download"
    return shapes.kind(content["application/json"]["schema"], class_name(f"{name}_answer"))


def files() -> dict[str, str]:
    """Return the files by name as they should be now."""
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    shapes = Shapes(description["components"]["schemas"])
    lines = list(calls(description, shapes))
    head = [
        f'"""What goes over the wire, as types. {NOTE}"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any, Literal, NotRequired, TypedDict",
    ]
    used = sorted(
        set(re.findall(r"\b[A-Z]\w+\b", "\n".join(one for one in lines if '"""' not in one)))
        & set(
            re.findall(
                r"^(?:class )?(\w+)(?=\(TypedDict| =)", "\n".join(shapes.lines), re.MULTILINE
            )
        )
    )
    imports = "\n".join(f"    {one}," for one in used)
    operations = [
        f'"""Every call of the API. {NOTE}"""',
        "",
        "from collections.abc import Iterator",
        "from typing import Literal, cast",
        "",
        f"from osler.client._generated.shapes import (\n{imports}\n)",
        "from osler.client.transport import Download, Transport, quoted",
        "",
        "EACH = 200",
        "",
        "",
        "class Operations(Transport):",
        '    """The calls, each named as in the documentation of the API."""',
        "",
        *lines,
    ]
    return {
        "__init__.py": f'"""{NOTE}"""\n',
        "shapes.py": "\n".join((*head, *shapes.lines)) + "\n",
        "operations.py": "\n".join(operations).rstrip() + "\n",
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file_name, text in files().items():
        (FOLDER / file_name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {', '.join(files())}\n")
