"""Error pages: what happened, where, and the way out; JSON for the desk's own requests."""

from __future__ import annotations

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from survey.db import db
from survey.errors import N_, SurveyError

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
    500: N_("未完成的操作已全部撤回，数据没有改动。请再试一次；若仍出错，请把时间告诉管理员。"),
}


def wants_json() -> bool:
    return request.is_json or request.accept_mimetypes.best == "application/json"


def answer(status: int, code: str, text: str) -> ResponseReturnValue:
    db.session.rollback()
    title = gettext(TITLES.get(status, TITLES[500]))
    if wants_json():
        return jsonify(code=code, message=text, title=title), status
    return render_template("error.html", status=status, title=title, text=text, code=code), status


def init_app(app: Flask) -> None:
    @app.errorhandler(SurveyError)
    def survey_error(error: SurveyError) -> ResponseReturnValue:
        return answer(error.status, error.code, error.message.show(gettext))

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError) -> ResponseReturnValue:
        return answer(400, "form-expired", gettext("页面已过期，请刷新后再提交。"))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error
        return answer(status, f"http-{status}", gettext(REMEDIES.get(status, REMEDIES[500])))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        app.logger.exception("unexpected error at %s", request.path)
        if app.testing:
            raise error
        return answer(500, "unexpected", gettext(REMEDIES[500]))
