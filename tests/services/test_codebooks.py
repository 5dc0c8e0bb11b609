from dataclasses import replace

import pytest
from build import NOON, actor_of
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from survey.errors import Conflict, Invalid
from survey.models.trail import AuditEntry
from survey.services import codebooks
from survey.verbatim.codebook import Theme, by_key, shipped

PETS = Theme("PETS", {"zh": "宠物", "en": "Pets"}, "养宠物的事。", ("request",))


@pytest.fixture
def evaluator(people):
    return actor_of(people("evaluator"))


def test_the_shipped_codebook_holds_until_its_first_use_stores_it_as_version_1(session):
    assert codebooks.newest(session) is None and codebooks.themes_in_force(session) == shipped()

    first = codebooks.current(session, NOON)

    assert (first.version, first.created_by_id) == (1, None)
    assert codebooks.current(session, NOON) is first


def test_a_theme_is_added_as_a_new_version_with_a_note(session, evaluator):
    made = codebooks.add_theme(session, evaluator, NOON, PETS, "两户提到养猫", seen=0)

    assert (made.version, made.note) == (2, "两户提到养猫")
    assert codebooks.themes_in_force(session) == (*shipped(), PETS)
    assert [one.version for one in codebooks.versions(session)] == [2, 1]
    assert session.query(AuditEntry).filter_by(action="codebook.version-added").count() == 2


def test_a_changed_theme_keeps_its_place_and_its_earlier_version(session, evaluator):
    care = replace(by_key(shipped())["CARE"], definition="只看态度。", retired=True)
    codebooks.change_theme(session, evaluator, NOON, care, "改窄", seen=0)
    _, first = codebooks.versions(session)

    assert by_key(codebooks.themes_in_force(session))["CARE"] == care
    assert codebooks.themes_of(first) == shipped()


def test_a_theme_can_be_retired_and_not_removed(session, evaluator):
    with pytest.raises(Invalid) as refused:
        codebooks.new_version(session, evaluator, NOON, shipped()[1:], "去掉一个", seen=0)

    assert refused.value.code == "theme-removed"


def test_the_key_of_a_theme_is_never_given_to_another(session, evaluator):
    with pytest.raises(Invalid) as refused:
        codebooks.add_theme(session, evaluator, NOON, replace(PETS, key="CARE"), "又一个", seen=0)

    assert refused.value.code == "repeated-theme"


def test_a_version_without_a_note_is_refused(session, evaluator):
    with pytest.raises(Invalid) as refused:
        codebooks.add_theme(session, evaluator, NOON, PETS, "  ", seen=0)

    assert refused.value.code == "note-missing"


def test_who_changed_an_earlier_version_than_the_newest_is_told(session, evaluator):
    codebooks.add_theme(session, evaluator, NOON, PETS, "两户提到养猫", seen=1)

    with pytest.raises(Conflict):
        codebooks.change_theme(session, evaluator, NOON, replace(PETS, retired=True), "没有用", seen=1)


@pytest.mark.parametrize("change", ["UPDATE codebook_version SET note = 'x'", "DELETE FROM codebook_version"])
def test_a_stored_version_never_changes(session, change):
    codebooks.current(session, NOON)

    with pytest.raises(DatabaseError, match="only followed by a new version"):
        session.execute(text(change))
    session.rollback()
