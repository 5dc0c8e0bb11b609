"""`survey report`: the Word file of a round without a browser."""

import pytest
from build import NOON
from build_report import paragraphs, read
from build_results import make_survey

from survey.app import create_app
from survey.commands.opening import ensure_database
from survey.db import db
from survey.services import reporting
from survey.services.reporting import Text
from survey.services.trail import SYSTEM


@pytest.fixture
def made(installed):
    app = create_app()
    ensure_database(app)
    with app.app_context():
        found = make_survey(db.session(), app.extensions["vault"], {"一片区": 100}, {"*": 40})
        found.interviews(12, 2)
        found.session.commit()
        yield found
        db.session.remove()
        db.engine.dispose()


def test_the_draft_is_written_until_a_text_was_saved(survey, made, tmp_path):
    path = tmp_path / "报告.docx"

    done = survey("report", "1", "--out", str(path))

    assert done.code == 0, done.err
    assert "草稿" in done.out
    assert any("总体满意率为 85.7%" in text for text in paragraphs(read(path.read_bytes())))


def test_the_newest_saved_text_is_written(survey, made, tmp_path):
    text = Text("方法。", ("保存过的话。",), ())
    reporting.save(made.session, SYSTEM, NOON, made.round_, text, stage="draft", facts={}, open_findings=0)
    made.session.commit()
    path = tmp_path / "报告.docx"

    assert "第 1 版" in survey("report", "1", "--out", str(path)).out
    assert "（1）保存过的话。" in paragraphs(read(path.read_bytes()))


def test_a_file_that_is_there_or_no_word_file_is_refused(survey, installed, tmp_path):
    there = tmp_path / "有.docx"
    there.write_bytes(b"x")

    assert "已存在" in survey("report", "1", "--out", str(there)).err and there.read_bytes() == b"x"
    assert "要以 .docx 结尾" in survey("report", "1", "--out", str(tmp_path / "a.pdf")).err
