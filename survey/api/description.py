"""/api/v1/openapi.json: what there is to ask, in OpenAPI 3.1, made when somebody first wants it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue

from survey.api import endpoint
from survey.api.schemas import ProblemSchema
from survey.web.problem import TYPE

blueprint = Blueprint("api_description", __name__, url_prefix="/api/v1")

INTRODUCTION = """Results of client-satisfaction surveys, read only.

Shares are 0 to 1, scores are points, counts are households, times are ISO 8601 in UTC; nothing is rounded. A figure
that must not be shown carries no number but the reason. Texts follow `Accept-Language` (zh, en); keys and codes never
change. Send a token from your account's page as `Authorization: Bearer huifang_…`. It opens what its scopes say, as
far as its owner may at that moment. Errors are problem+json (RFC 9457) with a stable `code`.
"""


class Api(flask_smorest.Api):  # type: ignore[misc]
    """smorest without its error handlers, which would answer the pages' errors in JSON too: web/mistakes.py has ours."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """None of smorest's."""

    def _register_responses(self) -> None:
        """Errors are problem+json, and unchanged answers have no body."""
        for status in endpoint.ERRORS:
            content = {TYPE: {"schema": self.ERROR_SCHEMA}}
            said = {"description": status.phrase, "content": content}
            self.spec.components.response(status.name, said, lazy=True)
        unchanged = {"description": HTTPStatus.NOT_MODIFIED.phrase}
        self.spec.components.response(HTTPStatus.NOT_MODIFIED.name, unchanged, lazy=True)


def describe(app: Flask) -> dict[str, Any]:
    api = Api(
        spec_kwargs={
            "title": "Huifang 回访",
            "version": "1",
            "openapi_version": "3.1.0",
            "info": {"description": INTRODUCTION},
            "security": [{"token": []}],
        }
    )
    api.init_app(app)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    endpoint.blueprint.register_views_in_doc(
        api, app, api.spec, name=endpoint.blueprint.name, parameters=None
    )
    described: dict[str, Any] = api.spec.to_dict()
    return described


@blueprint.get("/openapi.json")
def document() -> ResponseReturnValue:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if "api_description" not in app.extensions:
        app.extensions["api_description"] = describe(app)
    return current_app.json.response(app.extensions["api_description"])
