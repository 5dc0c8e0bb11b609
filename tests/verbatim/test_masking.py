"""What leads to a person is masked; what people said can still be read."""

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.verbatim.folding import as_digits, fold
from survey.verbatim.masking import Masked, mask
from verbatim.labelled import KNOWN, UNSEEN, figures, measure, sentences

EXAMPLES = [
    ("负责我的社工叫李晓敏，电话13800138000。", "负责我的社工叫〔姓名〕，电话〔电话〕。"),
    ("陈姨说王医生没来", "〔姓名〕说〔姓名〕医生没来"),
    ("姓李的社工好有心", "姓〔姓名〕的社工好有心"),
    ("我住在广园西路12号3栋502房", "我住在〔地址〕"),
    ("我有高血压、糖尿病，儿子精神分裂", "我有〔疾病〕、〔疾病〕，儿子〔疾病〕"),
    ("陳美玲姑娘成日打電話嚟", "〔姓名〕成日打電話嚟"),
    ("電話係一三八　零零一三　八零零零", "電話係〔电话〕"),
    ("身份证440103193805121234", "身份证〔证件号〕"),
    ("卡号6222 0213 8001 3800 012", "卡号〔卡号〕"),
    ("微信号是liu_gy1938", "微信号是〔账号〕"),
]


@pytest.mark.parametrize(("said", "masked"), EXAMPLES)
def test_readable_tokens_stand_where_a_person_was_named(said, masked):
    assert mask(said).text == masked


ADDRESSED = [
    ("社工林姑娘好好人", "社工〔姓名〕好好人"),
    ("感谢林姑娘", "感谢〔姓名〕"),
    ("美玲姑娘帮我申请", "〔姓名〕帮我申请"),
    ("小林姑娘来过", "〔姓名〕来过"),
    ("阿玲姑娘好", "〔姓名〕好"),
    ("Amy姑娘打电话嚟", "〔姓名〕打电话嚟"),
    ("多谢林生", "多谢〔姓名〕"),
    ("陈太讲得啱", "〔姓名〕讲得啱"),
    ("李主任几好", "〔姓名〕主任几好"),
    ("黄sir成日嚟", "〔姓名〕成日嚟"),
    ("张Sir好", "〔姓名〕好"),
    ("张阿Sir好", "〔姓名〕好"),
    ("Miss Lee好好", "〔姓名〕好好"),
    ("MissLee好", "〔姓名〕好"),
    ("Miss李好", "〔姓名〕好"),
    ("阿May常来", "〔姓名〕常来"),
]


@pytest.mark.parametrize(("said", "masked"), ADDRESSED)
def test_a_name_goes_whole_with_the_form_of_address(said, masked):
    assert mask(said).text == masked


@pytest.mark.parametrize(
    "said", ["多谢姑娘", "社工姑娘好好人", "有个小姑娘嚟过", "有个missed call", "佢太太好"]
)
def test_a_form_of_address_alone_is_no_name(said):
    assert mask(said).text == said


SEED_LIKE = [
    "约好上门没来",
    "想要一件羽绒服",
    "希望安排讲粤语的社工",
    "换了社工之后活动少了",
    "视力残障且不懂普通话，希望安排社工进行粤语沟通",
    "社工团队更换后，活动频次减少、主动联系不足",
    "感谢活动邀请、上门探访，微心愿达成了",
]


@pytest.mark.parametrize("said", SEED_LIKE)
def test_ordinary_remarks_are_left_alone(said):
    assert mask(said) == Masked(said, ())


LABELLED = sentences()
MEASURED = {name: measure(sentences(name)) for name in (KNOWN, UNSEEN)}


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize(
    ("kind", "least"), [("P", 0.98), ("I", 0.98), ("N", 0.95), ("A", 0.95), ("D", 0.95), ("W", 0.95)]
)
def test_recall_on_the_labelled_sentences(name, kind, least):
    assert MEASURED[name].recall(kind) >= least, figures(name, MEASURED[name])


@pytest.mark.parametrize(("name", "least"), [(KNOWN, 0.98), (UNSEEN, 0.95)])
def test_precision_on_the_labelled_sentences(name, least):
    sys.stdout.write(figures(name, MEASURED[name]) + "\n")
    assert MEASURED[name].precision >= least


def test_the_sentences_to_measure_on_are_many_and_those_unseen_are_others():
    known, unseen = ({one.text for one in sentences(name)} for name in (KNOWN, UNSEEN))
    assert len(known) >= 300 and len(unseen) >= 120
    assert not known & unseen


def test_spans_point_into_the_original_and_name_their_token():
    said = "社工叫李晓敏，打13800138000找我"
    masked = mask(said)
    assert [(span.kind, said[span.start : span.end], span.replaced_by) for span in masked.spans] == [
        ("name", "李晓敏", "〔姓名〕"),
        ("phone", "13800138000", "〔电话〕"),
    ]


def test_the_households_own_names_are_masked_in_any_context_and_script():
    masked = mask("美玲好钟意跳舞，陳美 玲都话好，叫陈美玲去", known_names=["陈美玲"])
    assert masked.text == "〔姓名〕好钟意跳舞，〔姓名〕都话好，叫〔姓名〕去"


def test_the_stations_own_places_are_masked():
    assert mask("石榴橋嗰边好暗", known_places=["石榴桥"]).text == "〔地址〕嗰边好暗"
    assert mask("石榴桥那边很暗").text == "石榴桥那边很暗"


def test_one_character_is_never_taken_for_a_known_name():
    assert mask("陈皮很好", known_names=["陈", ""]).text == "陈皮很好"


def test_the_longest_find_wins_over_the_parts_inside_it():
    (span,) = mask("卡号6222021380013800012").spans
    assert span.kind == "card"


def test_a_known_name_cannot_break_a_token_already_there():
    masked = mask("打〔电话〕找〔姓名〕", known_names=["电话", "姓名"])
    assert masked.text == "打〔电话〕找〔姓名〕"


@pytest.mark.parametrize("said", ["", " ", "。", "〔", "电话", "1" * 300, "陈美玲" * 200])
def test_odd_texts_are_no_trouble(said):
    once = mask(said).text
    assert mask(once).text == once


DIGIT_STYLES = [
    "0123456789",
    "０１２３４５６７８９",
    "零一二三四五六七八九",
    "〇壹贰叁肆伍陆柒捌玖",
    "○幺貳參肆伍陸柒捌玖",
    "洞幺两三四五六拐八勾",
    "⓪①②③④⑤⑥⑦⑧⑨",
]
SEPARATORS = ["", " ", "-", "－", "，", "、", ".", "·", "—", " - ", "　", "\u200b", "，再", "，然后"]
AROUND = ["", "电话", "我嘅號碼係", "。", "打俾我，", "住3栋，", "找陈姨", "〔电话〕", "123", "x"]


@st.composite
def spelled_mobiles(draw: st.DrawFn) -> str:
    number = "1" + draw(st.sampled_from("3456789")) + draw(st.text("0123456789", min_size=9, max_size=9))
    styles = draw(st.lists(st.sampled_from(DIGIT_STYLES), min_size=11, max_size=11))
    gaps = draw(st.lists(st.sampled_from(SEPARATORS), min_size=11, max_size=11))
    return "".join(style[int(d)] + gap for d, style, gap in zip(number, styles, gaps, strict=True))


def _digits_of(text: str) -> str:
    return re.sub(r"\D", "", as_digits(fold(text)))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(AROUND), spelled_mobiles(), st.sampled_from(AROUND))
def test_no_mobile_number_survives_in_any_spelling(before, number, after):
    masked = mask(before + number + after).text
    assert not re.search(r"1[3-9]\d{9}", _digits_of(masked))


PIECES = st.sampled_from(
    [piece for s in LABELLED for piece in re.split(r"(?<=[，。、])", s.text) if piece]
    + ["13800138000", "〔姓名〕", "陈", "小", "姓", "叫", "3栋", "路", "12号", "癌", "一三八", "社工", "姑娘"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=6).map("".join))
def test_masking_twice_is_masking_once(said):
    once = mask(said)
    assert mask(once.text) == Masked(once.text, ())


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=6).map("".join))
def test_the_spans_rebuild_the_masked_text_from_the_original(said):
    masked = mask(said)
    rebuilt, at = "", 0
    for span in masked.spans:
        assert span.start >= at
        rebuilt += said[at : span.start] + span.replaced_by
        at = span.end
    assert rebuilt + said[at:] == masked.text


@given(st.text())
def test_folding_keeps_every_character_in_its_place(text):
    assert len(fold(text)) == len(text)
    assert len(as_digits(fold(text))) == len(text)
