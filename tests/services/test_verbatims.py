from build_results import DISSATISFIED, SATISFIED, make_survey

from survey.services.verbatims import page_of
from survey.services.words import questions_of

TWO_ZONES = {"一片区": 100, "二片区": 30}


def read(survey, **values):
    return page_of(survey.session, survey.round_, **values)


def texts(page):
    return [words.masked for words in page.words]


def test_only_masked_words_with_question_and_language(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    survey.interview(words={"J1": "〔姓名〕很好"})

    (one,) = read(survey).words

    assert (one.masked, one.question.name, one.language) == ("〔姓名〕很好", "J1", "zh")


def test_a_zone_is_named_only_where_its_base_allows(session, vault):
    survey = make_survey(
        session, vault, {**TWO_ZONES, "三片区": 30}, {"一片区": 60, "二片区": 30, "三片区": 20}
    )
    survey.interviews(30, stratum="一片区")
    survey.interviews(9, stratum="三片区")
    survey.interviews(29, stratum="二片区")
    survey.interview(words={"J1": "甲"}, stratum="一片区")
    survey.interview(words={"J1": "乙"}, stratum="二片区")

    zones = {words.masked: words.zone for words in read(survey).words}

    assert zones == {"甲": "一片区", "乙": None}, "the small third zone takes the next smallest with it"


def test_the_order_is_not_that_of_the_calls(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    said = [f"第{number:02}句" for number in range(20)]
    for words in said:
        survey.interview(words={"J1": words})

    found = texts(read(survey))

    assert sorted(found) == said and found not in (said, said[::-1])
    assert texts(read(survey)) == found, "the same order at every look"


def test_pages_follow_one_another_without_gap_or_repeat(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    for number in range(7):
        survey.interview(words={"J1": f"第{number}句"})
    seen, after = [], ""
    while after is not None:
        page = read(survey, after=after, size=3)
        assert page.total == 7
        seen += texts(page)
        after = page.after

    assert len(seen) == 7 and len(set(seen)) == 7


def test_a_percent_sign_is_searched_as_itself(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    survey.interview(words={"J1": "满意 100%"})
    survey.interview(words={"J1": "多办活动"})

    assert texts(read(survey, search="%")) == ["满意 100%"]


def test_a_search_finds_cantonese_by_mandarin_and_traditional_by_simplified(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    survey.interview(words={"J1": "約咗，最後冇人嚟"})
    survey.interview(words={"J1": "多办活动"})

    assert (
        texts(read(survey, search="没有人来")) == texts(read(survey, search="冇人嚟")) == ["約咗，最後冇人嚟"]
    )


def test_words_of_a_voided_interview_are_gone(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    interview = survey.interview(words={"J1": "不算数"})
    interview.case.outcome, interview.case.disposition = None, "D61"
    session.flush()

    assert read(survey).total == 0


def test_words_said_to_a_question_that_left_the_path_are_gone(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    interview = survey.interview(DISSATISFIED, words={"H1a": "约好没有来", "J1": "希望守时"})
    survey.answer(interview, "H1", "5")
    session.flush()

    assert texts(read(survey)) == ["希望守时"]


def test_words_said_anew_replace_the_earlier_ones(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    interview = survey.interview(SATISFIED, words={"J1": "先说的"})
    survey.answer(interview, "J1", None)
    session.flush()

    assert read(survey).total == 0


def test_interviewers_notes_are_not_offered(session, vault):
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100}, questionnaire="full")
    survey.interview(words={"M4a": "像背书"})

    assert read(survey).total == 0 and read(survey, question="M4a").total == 0
    assert "M4a" not in [question.name for question in questions_of(survey.round_)]


def test_a_search_goes_on_where_it_stopped_looking(session, vault, monkeypatch):
    monkeypatch.setattr("survey.services.verbatims.SEARCHED", 4)
    survey = make_survey(session, vault, {"一片区": 120}, {"*": 100})
    for number in range(10):
        survey.interview(words={"J1": f"第{number}句" + ("要找的" if number < 5 else "")})
    seen, looked, after = [], 0, ""
    while after is not None:
        page = read(survey, search="要找的", after=after, size=2)
        looked += page.searched
        seen += texts(page)
        after = page.after

    assert sorted(seen) == [f"第{number}句要找的" for number in range(5)] and looked == 10
