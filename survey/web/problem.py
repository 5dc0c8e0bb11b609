"""What went wrong in the API, for programs: RFC 9457. The pages have theirs in mistakes.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, g, jsonify, request
from flask_babel import get_locale, gettext
from werkzeug.exceptions import HTTPException

from survey.errors import N_

API = "/api/"
TYPE = "application/problem+json"
NO_TOKEN = "token-missing"

#: what to do, where the sentence for pages would not help a program
REMEDIES: Mapping[int, str] = {
    403: N_("令牌或所属账号没有这项权限，或该账号在这个社工站须回避。"),
    404: N_("没有这个地址，或它所指的内容不存在。"),
    405: N_("接口只供读取，请用 GET。"),
    422: N_("参数有误：%(names)s。"),
}


def in_api() -> bool:
    """Whether a program asks: it is known by its token and answered in JSON, whatever cookies it sends."""
    return request.path.startswith(API)


def problem(status: int, code: str, title: str, text: str, **more: Any) -> Response:
    """`code` is ours and stable; a plain HTTP error has no type of its own."""
    kind = "about:blank" if code.startswith("http-") else f"urn:huifang:problem:{code}"
    body = {"type": kind, "code": code, "title": title, "status": status, "detail": text}
    response = jsonify(body | {"instance": request.path} | more)
    response.status_code, response.mimetype = status, TYPE
    response.headers["Content-Language"] = get_locale().language
    if status in (401, 403):
        response.headers["WWW-Authenticate"] = challenge(status, code)
    return response


def challenge(status: int, code: str) -> str:
    """RFC 6750: nothing more is said to who shows no token at all."""
    if code == NO_TOKEN:
        return 'Bearer realm="huifang"'
    error = "invalid_token" if status == 401 else "insufficient_scope"
    needed = f', scope="{g.scope_needed}"' if status == 403 and "scope_needed" in g else ""
    return f'Bearer realm="huifang", error="{error}"{needed}'


def http_problem(error: HTTPException, title: str, text: str) -> Response:
    """With the headers that belong to the error, such as Allow and Retry-After, and each parameter that is wrong."""
    status = error.code or 500
    wrong = [{"name": name, "detail": detail} for name, detail in parameters(error)]
    names = "、".join(dict.fromkeys(each["name"] for each in wrong))
    text = gettext(REMEDIES[status]) % {"names": names} if status in REMEDIES else text
    response = problem(status, f"http-{status}", title, text, **({"errors": wrong} if wrong else {}))
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def parameters(error: HTTPException) -> Iterator[tuple[str, str]]:
    """Parameters that were refused, and why, as the parser of arguments notes them on the error."""
    noted = getattr(error, "data", None) or {}
    for place in noted.get("messages", {}).values():
        for name, faults in place.items():
            yield from ((str(name), gettext(fault)) for fault in faults)
