import re
from pathlib import Path

import pytest
from build import NOON, actor_of, make_round

import survey
from survey.services import accounts, trail
from survey.services.trail_names import ACTION_NAMES

NOUNS = "|".join({action.split(".")[0] for action in ACTION_NAMES})
RECORDED = re.compile(rf'"((?:{NOUNS})\.[a-z-]+)"')
#: what a digest of a number is made for, and what a token may read
NOT_ACTIONS = {"phone.last-four", "results.read"}


@pytest.fixture
def round_(session):
    made = make_round(session)
    session.commit()
    return made


def test_every_action_that_services_and_commands_record_has_a_name():
    sources = [
        path.read_text("utf-8")
        for folder in ("services", "commands")
        for path in (Path(survey.__file__).parent / folder).glob("*.py")
        if path.stem != "trail_names"
    ]
    recorded = {action for source in sources for action in RECORDED.findall(source)}

    assert len(recorded) > 30
    assert recorded - ACTION_NAMES.keys() <= NOT_ACTIONS


def test_a_granted_role_reads_with_person_role_and_round(client, people, round_, session):
    admin, wang = people("admin"), people(None, "王芳")
    accounts.grant(session, actor_of(admin), NOON, wang, "surveyor", round_)
    session.commit()

    text = client.sign_in(admin).get("/trail/").text

    assert "授予角色 三元里街社工服务站 王芳 角色 访问员" in text
    assert "account.granted" not in text and f"user:{wang.id}" not in text


def test_codes_counts_and_digests_read_as_words(client, people, round_, session):
    actor = actor_of(people("coordinator", "林统筹"))
    trail.record(
        session, actor, "call.recorded", NOON, subject="case:H-7KQ2M1T", round_id=round_.id, outcome="D21"
    )
    trail.record(
        session, actor, "design.locked", NOON, round_id=round_.id, allocation={"一片区": 4, "二片区": 5},
        method="proportional", digest="ab" * 32,
    )  # fmt: skip
    session.commit()

    page = client.sign_in(people("admin")).get("/trail/")

    assert "记录通话结果" in page.text and "户 H-7KQ2M1T 结果 预约（定时）" in page.text
    assert "样本 一片区 4、二片区 5 抽法 按层比例抽样 摘要 abababab" in page.text


def test_the_filter_keeps_one_group_of_actions(client, people, round_, session):
    actor = actor_of(people("coordinator", "林统筹"))
    for action in ("roster.confirmed", "case.urgent"):
        trail.record(session, actor, action, NOON, round_id=round_.id)
    session.commit()

    page = client.sign_in(people("admin")).get("/trail/?group=roster")

    assert "记录社工站签字" in page.text and "报告紧急情况" not in page.text
    assert '<option value="roster" selected>' in page.html
