"""Error pages: what happened, where, and the way out; JSON for the desk's own requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from survey.db import db, writing
from survey.errors import N_, SurveyError
from survey.web.problem import http_problem, in_api, problem

Handler = Callable[[Any], ResponseReturnValue]

TITLES = {
    400: N_("请求不完整"),
    401: N_("请先登录"),
    403: N_("没有权限"),
    404: N_("找不到这个页面"),
    405: N_("不能这样打开"),
    409: N_("现在还不能这样做"),
    413: N_("文件太大"),
    422: N_("内容有误"),
    429: N_("操作太频繁"),
    503: N_("系统正忙"),
    500: N_("系统出错"),
}

REMEDIES = {
    400: N_("请返回上一页，刷新后再试；已填写的内容仍在。"),
    401: N_("登录已过期，请重新登录。"),
    403: N_("您的账号没有这项权限，或您在该社工站须回避。如需开通，请联系管理员。"),
    404: N_("网址可能有误，或该内容已删除。请从首页重新进入。"),
    405: N_("请从页面上的按钮操作。"),
    413: N_("单个文件不能超过 30 MB，请删去图片或拆分后再上传。"),
    429: N_("请等一分钟再试。"),
    503: N_("数据库正忙或暂时连不上，您的这一步没有执行。请等几秒再试。"),
    500: N_("未完成的操作已全部撤回，数据没有改动。请再试一次；若仍出错，请把时间告诉管理员。"),
}


def wants_json() -> bool:
    return request.is_json or request.accept_mimetypes.best == "application/json"


def came_from() -> str:
    """The page of this site that led here: where to go back to after an error, or after choosing a language."""
    if request.method == "GET":
        return request.full_path
    parts = urlsplit(request.referrer or "")
    inside = parts.netloc == request.host and parts.path
    return (
        f"{parts.path}?{parts.query}"
        if inside and parts.query
        else parts.path
        if inside
        else url_for("pages.home")
    )


def answer(status: int, code: str, text: str) -> ResponseReturnValue:
    title = gettext(TITLES.get(status, TITLES[500]))
    if in_api():
        return problem(status, code, title, text)
    if wants_json():
        return jsonify(code=code, message=text, title=title), status
    return render_template("error.html", status=status, title=title, text=text, back=came_from()), status


def undone(handler: Handler) -> Handler:
    """Roll back before anything else: after a failed flush even the language of the page could not be looked up."""

    @wraps(handler)
    def rolled_back(error: Any) -> ResponseReturnValue:
        db.session.rollback()
        return handler(error)

    return rolled_back


def survey_error(error: SurveyError) -> ResponseReturnValue:
    return answer(error.status, error.code, error.message.show(gettext))


def csrf_error(error: CSRFError) -> ResponseReturnValue:
    """A form whose token is too old; with nobody signed in any more, the login is what is missing."""
    if current_user.is_authenticated:
        return answer(400, "form-expired", gettext("页面已过期，请刷新后再提交。"))
    if wants_json():
        return answer(401, "http-401", gettext(REMEDIES[401]))
    flash(gettext("登录已过期，请重新登录。刚才提交的内容没有保存，请再填一次。"), "error")
    return redirect(url_for("accounts.login", next=came_from()))


def http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    if in_api():
        return http_problem(error, gettext(TITLES.get(status, error.name)), gettext(REMEDIES.get(status, "")))
    return answer(status, f"http-{status}", gettext(REMEDIES.get(status, REMEDIES[500])))


def busy(error: OperationalError) -> ResponseReturnValue:
    """SQLite's only writer is at work longer than we wait, or the database is gone: nothing was kept, try again."""
    current_app.logger.error("database unavailable at %s: %s", request.path, type(error.orig).__name__)
    writing.set(False)  # the page of the error only reads, and must not wait for the writer again
    try:
        return answer(503, "busy", gettext(REMEDIES[503]))
    except SQLAlchemyError:
        return f"{TITLES[503]}。{REMEDIES[503]}", 503


def overtaken(error: IntegrityError) -> ResponseReturnValue:
    """Two people did what only one can do; the database let one of them through."""
    current_app.logger.warning("overtaken at %s: %s", request.path, type(error.orig).__name__)
    return answer(
        409, "changed-meanwhile", gettext("刚才有人同时改了这里，您的这一步没有执行。请返回刷新后再看。")
    )


def unexpected(error: Exception) -> ResponseReturnValue:
    current_app.logger.exception("unexpected error at %s", request.path)
    if current_app.testing:
        raise error
    return answer(500, "unexpected", gettext(REMEDIES[500]))


HANDLERS: tuple[tuple[type[Exception], Handler], ...] = (
    (SurveyError, survey_error),
    (CSRFError, csrf_error),
    (HTTPException, http_error),
    (OperationalError, busy),
    (IntegrityError, overtaken),
    (Exception, unexpected),
)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(came_from=came_from)
    for kind, handler in HANDLERS:
        app.register_error_handler(kind, undone(handler))
