"""JSON for programs: read only, by token, described in OpenAPI. Views find, then give out what reports/document.py says;
web/access.py allows."""

from __future__ import annotations

from flask import Flask, Response, request

from survey.api import certificates, description, results, seasons, verbatims
from survey.api.endpoint import blueprint
from survey.web import rate
from survey.web.problem import in_api

__all__ = ["certificates", "init_app", "results", "seasons", "verbatims"]


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.register_blueprint(description.blueprint)
    app.after_request(finish)


def finish(response: Response) -> Response:
    """A program may keep an answer and ask whether it still holds; nobody on the way may."""
    if not in_api():
        return response
    rate.state(response)
    response.headers["Vary"] = "Authorization, Accept-Language"
    if response.status_code == 200 and request.method in ("GET", "HEAD"):
        response.cache_control.private = response.cache_control.no_cache = True
        response.add_etag()
        response.make_conditional(request)
    return response
