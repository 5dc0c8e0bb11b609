from build import make_round
from build_frame import make_sealed_frame

from survey.services import personal
from survey.vault import new_keyring


def test_other_keys_than_those_that_sealed_the_contacts_are_noticed(session, vault):
    assert personal.sealed_with(session, vault), "nothing is sealed yet"
    make_sealed_frame(session, vault, make_round(session), {"一片区": 2})

    assert personal.sealed_with(session, vault)
    assert not personal.sealed_with(session, new_keyring())


def test_a_number_shows_its_first_three_and_last_four_digits_only():
    assert personal.PhoneNumber(1, "13900000017").masked == "139****0017"
    assert personal.PhoneNumber(1, "12345").masked == "****"
