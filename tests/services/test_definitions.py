from dataclasses import replace

import pytest
from build import NOON

from survey.errors import Invalid
from survey.models.season import DefinitionVersion
from survey.services import definitions
from survey.stats.definition import DEFAULT


def test_the_default_is_stored_once_and_read_back_as_it_is(session):
    first, again = definitions.ensure_default(session, NOON), definitions.ensure_default(session, NOON)
    session.commit()
    session.refresh(first)

    assert first is again and definitions.load(first) == DEFAULT


def test_by_default_only_complete_interviews_count(session):
    assert definitions.counted_classes(definitions.ensure_default(session, NOON)) == {"I"}


def test_a_definition_may_count_partial_ones_too():
    content = definitions.content_of(replace(DEFAULT, counted=definitions.COMPLETE_OR_PARTIAL))

    assert definitions.counted_classes(DefinitionVersion(name="满意率", version=2, content=content)) == {
        "I",
        "P",
    }


def test_a_row_that_lacks_something_is_refused_by_name():
    content = definitions.content_of(DEFAULT)
    del content["score_map"]

    with pytest.raises(Invalid, match="score_map") as caught:
        definitions.load(DefinitionVersion(name="满意率", version=3, content=content))
    assert caught.value.code == "definition-incomplete"


def test_an_unknown_rule_of_what_counts_is_refused():
    row = DefinitionVersion(name="满意率", version=4, content={"counted": "everything"})

    with pytest.raises(Invalid, match="everything"):
        definitions.counted_classes(row)


@pytest.mark.parametrize(
    ("text", "code"), [("5", 5), ("0", 0), ("00", "00"), ("1 3", "1 3"), ("no_contact", "no_contact")]
)
def test_codes_are_numbers_only_where_nothing_is_lost(text, code):
    assert definitions.as_code(text) == code
