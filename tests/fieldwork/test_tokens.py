"""受访编号: what a mishearing turns it into is never another token."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import Invalid
from survey.fieldwork.tokens import check_digit, read, shown, token_of
from survey.vault import Keyring, new_keyring

NUMBERS = st.integers(0, 10**8 - 1)
KEYS = new_keyring()


@given(NUMBERS)
def test_what_is_shown_is_read_again(number):
    assert read(shown(token_of(number))) == token_of(number)


@given(NUMBERS, st.integers(0, 8), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(number, place, more):
    token = token_of(number)
    wrong = token[:place] + str((int(token[place]) + more) % 10) + token[place + 1 :]

    with pytest.raises(Invalid) as found:
        read(wrong)

    assert found.value.code == "token-check"


@given(NUMBERS, st.integers(0, 7))
def test_any_swap_of_neighbours_is_noticed(number, place):
    token = token_of(number)
    swapped = token[:place] + token[place + 1] + token[place] + token[place + 2 :]

    if swapped == token:
        assert read(swapped) == token
    else:
        with pytest.raises(Invalid, match="相邻两位"):
            read(swapped)


def test_the_check_digit_is_damms():
    assert check_digit("572") == "4"
    assert check_digit("5724") == "0"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "token-length"),
        ("1234", "token-length"),
        ("123 456 7890", "token-length"),
        ("12E 456 789", "token-characters"),
        ("一二三 456 789", "token-characters"),
    ],
)
def test_what_is_no_token_says_what_is_wrong_with_it(typed, code):
    with pytest.raises(Invalid) as found:
        read(typed)

    assert found.value.code == code


@pytest.mark.parametrize("between", ["", " ", "-", "，", "\u3000", " . "])
def test_it_may_be_typed_with_anything_between_and_in_wide_digits(between):
    token = token_of(31415926)
    wide = token.translate(str.maketrans("0123456789", "０１２３４５６７８９"))

    assert read(between.join(token)) == token
    assert read(f" {between.join(wide)} ") == token


@given(st.sets(NUMBERS, min_size=2, max_size=40), st.text(max_size=5))
def test_two_cases_never_get_one_number(numbers, purpose):
    scrambled = {KEYS.scramble(number, purpose) for number in numbers}

    assert len(scrambled) == len(numbers)
    assert all(0 <= number < 10**8 for number in scrambled)


def test_neighbouring_cases_get_numbers_that_tell_nothing_of_their_order():
    numbers = [KEYS.scramble(number, "token") for number in range(1, 200)]
    other = Keyring(KEYS.current, KEYS.keys, b"another", KEYS.session, KEYS.password_salt)

    rising = sum(a < b for a, b in pairwise(numbers))
    assert 60 < rising < 140
    assert [other.scramble(number, "token") for number in range(1, 200)] != numbers


@pytest.mark.parametrize("number", [-1, 10**8])
def test_a_number_beyond_eight_digits_is_refused(number):
    with pytest.raises(ValueError, match="eight digits"):
        KEYS.scramble(number, "token")
