"""What every endpoint has in common: its address, the schema of its answer, and the errors it can end in."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema

View = Callable[..., Any]

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

#: what any endpoint may answer instead
ERRORS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)

HEADERS = {
    "ETag": {"schema": {"type": "string"}, "description": "Send it back in If-None-Match: 304 while nothing changed."},
    "RateLimit-Limit": {"schema": {"type": "string"}, "description": "Requests of this token in a window."},
    "RateLimit-Remaining": {"schema": {"type": "string"}, "description": "What is left of them."},
    "RateLimit-Reset": {"schema": {"type": "string"}, "description": "Seconds until the window begins anew."},
}  # fmt: skip


def endpoint(
    path: str, schema: type[Schema], *, tag: str, query: type[Schema] | None = None
) -> Callable[[View], View]:
    """GET `path` answers with `schema`. `query`: its parameters."""

    def decorate(view: View) -> View:
        found = blueprint.response(200, schema, headers=HEADERS)(view)
        found = blueprint.alt_response(304, "NOT_MODIFIED")(found)
        for status in ERRORS:
            found = blueprint.alt_response(status.value, status.name)(found)
        if query:
            found = blueprint.arguments(query, location="query")(found)
        return blueprint.route(path, tags=[tag])(found)  # type: ignore[no-any-return]

    return decorate
