"""Salted commitments: seal today who each household id stands for, open some of them later.

commitment = SHA-256(UTF-8(salt | household id | identity)), the salt as lower-case hexadecimal. Salt and id
hold no `|`, so the three parts cannot be shifted against one another; the identity may hold anything and is
taken in Unicode NFC. Check:

    printf '%s|%s|%s' "$salt" "$id" "$identity" | sha256sum

The list of all commitments is a CSV file, `id,commitment`, sorted by id; its SHA-256 stands in the
certificate. One line an id, so that nobody can keep two answers ready for the same household.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Mapping

from survey.errors import N_, Invalid

SALT_BYTES = 32
# Crockford's base32: no I, L, O or U to misread. Thanks to the prefix no spreadsheet takes an id for 1E5.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID = re.compile(r'[^|,"=\n]+')


def new_household_id() -> str:
    """A random public id of a household: `H-` and ten characters (50 bits)."""
    return "H-" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commit(salt: bytes, household_id: str, identity: str) -> str:
    """The commitment, hexadecimal; raises Invalid for a short salt or an id that holds a separator."""
    if len(salt) < 16:
        raise Invalid("salt-short", N_("承诺的盐值太短，至少需要 16 字节。"))
    if not _ID.fullmatch(household_id):
        raise Invalid("household-id", N_("户编号“%(value)s”为空或含有分隔符。"), value=household_id[:80])
    text = f"{salt.hex()}|{household_id}|{unicodedata.normalize('NFC', identity)}"
    return hashlib.sha256(text.encode()).hexdigest()


def commitment_file(commitments: Mapping[str, str]) -> bytes:
    """The list `id,commitment` as a file: header, LF, UTF-8, sorted by id bytes."""
    lines = [f"{id_},{commitment}\n" for id_, commitment in sorted(commitments.items())]
    return "".join(["id,commitment\n", *lines]).encode()


def commitment_digest(commitments: Mapping[str, str]) -> str:
    """SHA-256 of the list, hexadecimal."""
    return hashlib.sha256(commitment_file(commitments)).hexdigest()
