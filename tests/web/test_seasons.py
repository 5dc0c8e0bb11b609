from datetime import timedelta

from build import make_round, make_season

from survey.models.season import Round, Season

SEASON = {
    "name": "2025 年末期评估", "evaluator": "某市社会组织联合会", "commissioner": "某街道办事处",
    "verification_phone": "020-81234567", "period_from": "2024-05-24", "period_to": "2025-05-23",
    "fieldwork_from": "2025-04-01", "fieldwork_to": "2025-04-30",
}  # fmt: skip

ROUND = {
    "station": "三元里街社工服务站", "street": "三元里街", "district": "白云区", "target_group": "困难群众和特殊群体",
    "target_completes": "100", "questionnaire": "short", "fieldwork_from": "2025-04-01", "fieldwork_to": "2025-04-30",
}  # fmt: skip


def test_a_coordinator_makes_a_season_and_a_round_and_sees_the_next_step(client, people, session):
    client.sign_in(people("coordinator"))
    client.post("/seasons/new", SEASON)
    season = session.query(Season).one()
    page = client.post(f"/seasons/{season.id}/rounds/new", ROUND)

    shown = client.get(page.location)

    assert "三元里街社工服务站" in shown.text and "下一步：名册" in shown.text


def test_how_long_nobody_is_drawn_again_is_set_for_the_season(client, people, session):
    client.sign_in(people("coordinator"))
    client.post("/seasons/new", SEASON | {"burden_months": "18"})
    season = session.query(Season).one()
    assert season.burden_months == 18

    page = client.post(f"/seasons/{season.id}/edit", SEASON | {"burden_months": "99"}, status=422)
    assert "请填 0 到 60" in page.text
    session.expire_all()
    assert session.query(Season).one().burden_months == 18


def test_dates_in_the_wrong_order_are_named_and_nothing_is_kept(client, people, session):
    client.sign_in(people("coordinator"))

    page = client.post("/seasons/new", SEASON | {"period_from": "2026-01-01"}, status=422)

    assert "评估周期" in page.text and session.query(Season).count() == 0


def test_a_station_has_one_round_a_season(client, people, session):
    client.sign_in(people("coordinator"))
    season = make_season(session)
    session.commit()
    client.post(f"/seasons/{season.id}/rounds/new", ROUND)

    page = client.post(f"/seasons/{season.id}/rounds/new", ROUND, status=422)
    assert "已有一轮" in page.text and 'value="白云区"' in page.html, "what was typed is still there"

    assert session.query(Round).count() == 1


def test_an_evaluator_of_one_round_sees_that_round_only(client, people, session):
    season = make_season(session)
    mine = make_round(session, season)
    from build import make_station

    make_round(session, season, make_station(session, "另一个社工服务站", "另一街"))
    session.commit()
    client.sign_in(people("evaluator", round_=mine))

    page = client.get(f"/seasons/{season.id}")

    assert "三元里街社工服务站" in page.text and "另一个社工服务站" not in page.text


def test_the_season_page_asks_the_database_no_more_for_many_rounds(client, people, session):
    from build import make_station
    from sqlalchemy import event

    from survey.db import db

    season = make_season(session)
    for number in range(12):
        make_round(session, season, make_station(session, f"第{number}社工服务站", "某街"))
    session.commit()
    client.sign_in(people("coordinator"))
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    client.get(f"/seasons/{season.id}")

    assert len(statements) < 15


def test_after_the_design_is_locked_the_target_stays(client, people, session, vault):
    from build import NOON, actor_of
    from build_frame import make_sealed_frame

    from survey.services import designs

    round_ = make_round(session)
    coordinator = people("coordinator")
    make_sealed_frame(session, vault, round_, {"一片区": 300})
    choice, later = designs.Choice("srs", 100), NOON + timedelta(hours=1)
    designs.save_draft(session, actor_of(coordinator), later, round_, choice)
    designs.lock(session, actor_of(coordinator), later, round_)
    session.commit()
    client.sign_in(coordinator)

    client.post(f"/rounds/{round_.id}/edit", ROUND | {"target_completes": "120"}, status=422)

    assert session.get(Round, round_.id).target_completes == 100


def test_the_form_of_a_round_shows_its_questionnaire(client, people, session):
    client.sign_in(people("coordinator"))
    season = make_season(session)
    session.commit()
    page = client.post(f"/seasons/{season.id}/rounds/new", ROUND | {"questionnaire": "full"})

    edit = client.get(f"{page.location}/edit")

    assert '<option selected value="full">' in edit.html
