"""The OpenAPI document, completed: the framework gives paths and shapes, this module names, groups and errors.

The errors of a route follow from its kind (private or public, reading or changing, with a body or with parameters), so
they are declared once, here, and a new route cannot forget them.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from coterie.errors import Entry

READING: Final = {"GET", "HEAD"}
SUCCESSES: Final = {"200": "The response.", "201": "Created.", "204": "Done. The response has no body."}
ERROR: Final = "An error: a sentence for people, a stable code for programs, and which fields are wrong and why."
SECTIONS: Final = {"registration": "accounts", "profiles": "accounts", "avatars": "files", "roles": "permissions"}
"""Packages whose routes are in another's section."""


def described(app: Litestar) -> dict[str, Any]:
    """The document of all routes of the application, whose state has the catalogue of errors."""
    catalogue: Sequence[Entry] = app.state.errors
    document: dict[str, Any] = app.openapi_schema.to_schema()
    tags: dict[str, str] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            operations = document["paths"].get(route.path_format, {})
            for method, (handler, _) in route.route_handler_map.items():
                if method.lower() in operations:
                    tags.setdefault(_section(handler), _purpose(handler))
                    _complete(operations[method.lower()], method, handler)
    document["tags"] = [{"name": name, "description": purpose} for name, purpose in tags.items()]
    document["components"]["schemas"]["Error"] = _error(catalogue)
    document["components"]["responses"] = _refusals(catalogue)
    return document


def _complete(operation: dict[str, Any], method: str, handler: HTTPRouteHandler) -> None:
    summary, _, more = operation.pop("description", "").partition(". ")
    operation["tags"] = [_section(handler)]
    operation["operationId"] = f"{_section(handler)}_{handler.handler_name}"
    operation["summary"] = " ".join(summary.split()).rstrip(".")
    if more:
        operation["description"] = " ".join(more.split())
    if handler.opt.get("public"):
        operation["security"] = []
    responses = {
        status: {**response, "description": SUCCESSES.get(status, response["description"])}
        for status, response in operation["responses"].items()
        if status != "400"
    }
    responses.get("204", {}).pop("content", None)
    for status in sorted(_refused_with(operation, method, handler) - {int(known) for known in responses}):
        responses[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    operation["responses"] = responses


def _refused_with(operation: dict[str, Any], method: str, handler: HTTPRouteHandler) -> set[int]:
    is_private, is_reading = not handler.opt.get("public"), method in READING
    places = {parameter["in"] for parameter in operation.get("parameters", [])}
    statuses = {408, 503, *handler.opt.get("refusals", ())}
    if not handler.opt.get("unlimited"):
        statuses.add(429)
    if is_private:
        statuses |= {401, 403}
    if places:
        statuses.add(400)
    if "path" in places:
        statuses.add(404)
    if not is_reading:
        statuses |= {400, 401, 403, 404, 409}
    if "requestBody" in operation:
        statuses |= {413, 415, 422}
    if "206" in operation["responses"]:
        statuses.add(416)
    return statuses


def _error(catalogue: Sequence[Entry]) -> dict[str, Any]:
    return {
        "title": "Error",
        "description": ERROR,
        "type": "object",
        "properties": {
            "error": {"type": "string"},
            "code": {"type": "string", "enum": sorted({entry.code for entry in catalogue})},
            "fields": {"type": "object", "additionalProperties": {"type": "string"}},
            "retry_after": {"type": "number", "description": "Seconds to wait before trying again, with fractions."},
        },
        "required": ["error", "code"],
    }


def _refusals(catalogue: Sequence[Entry]) -> dict[str, Any]:
    """One answer for each status, with its possible codes."""
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in catalogue:
        entries[entry.status].append(entry)
    return {_name(status): _refusal(status, found) for status, found in sorted(entries.items())}


def _refusal(status: int, entries: list[Entry]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": "\n".join(f"- `{entry.code}`: {entry.sentence}" for entry in entries),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        answer["headers"] = {
            "Retry-After": {
                "description": "Seconds to wait before trying again.",
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return answer


def _name(status: int) -> str:
    return f"Refusal{status}"


def _section(handler: HTTPRouteHandler) -> str:
    """The section of a route. Clients are generated from these names, so they stay when packages are renamed."""
    package = handler.fn.__module__.split(".")[1]
    return SECTIONS.get(package, package)


def _purpose(handler: HTTPRouteHandler) -> str:
    """What a section's routes are for, from the docstring of their module."""
    words = (sys.modules[handler.fn.__module__].__doc__ or "").partition("\n\n")[0]
    purpose = " ".join(words.split()).removeprefix("The routes of ")
    return purpose[:1].upper() + purpose[1:]
