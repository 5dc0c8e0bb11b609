"""Sealed identities that anybody can check with one line of shell."""

import hashlib
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import SurveyError
from survey.sampling.commitment import (
    commit,
    commitment_digest,
    commitment_file,
    new_household_id,
    new_salt,
)

SALT = bytes(range(32))
IDENTITY = "陈大文|三元里一巷 1 号"


def test_a_commitment_is_the_hash_of_salt_id_and_identity():
    expected = hashlib.sha256(f"{SALT.hex()}|H-01|{IDENTITY}".encode()).hexdigest()
    assert commit(SALT, "H-01", IDENTITY) == expected


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="needs sha256sum")
def test_one_line_of_shell_checks_a_commitment():
    line = 'printf "%s|%s|%s" "$1" "$2" "$3" | sha256sum | cut -c1-64'
    shell = ["bash", "-c", line, "check", SALT.hex(), "H-01", IDENTITY]
    assert subprocess.check_output(shell, text=True).strip() == commit(SALT, "H-01", IDENTITY)


@given(st.text("H-01", min_size=1), st.text("|a"), st.text("H-01", min_size=1), st.text("|a"))
def test_different_households_or_identities_never_share_a_commitment(id_a, who_a, id_b, who_b):
    same = commit(SALT, id_a, who_a) == commit(SALT, id_b, who_b)
    assert same == ((id_a, who_a) == (id_b, who_b))


def test_another_salt_hides_the_same_identity():
    assert commit(new_salt(), "H-01", IDENTITY) != commit(new_salt(), "H-01", IDENTITY)


@pytest.mark.parametrize(("salt", "id_"), [(b"short", "H-01"), (SALT, "H|01"), (SALT, "")])
def test_a_short_salt_or_an_ambiguous_id_is_refused(salt, id_):
    with pytest.raises(SurveyError):
        commit(salt, id_, IDENTITY)


def test_the_digest_is_that_of_the_sorted_list():
    commitments = {"H-2": "b" * 64, "H-1": "a" * 64}
    assert commitment_file(commitments).decode() == f"id,commitment\nH-1,{'a' * 64}\nH-2,{'b' * 64}\n"
    assert commitment_digest(commitments) == hashlib.sha256(commitment_file(commitments)).hexdigest()


def test_household_ids_are_random_and_cannot_be_misread():
    ids = {new_household_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(re.fullmatch("H-[0-9A-HJKMNP-TV-Z]{10}", id_) for id_ in ids)
