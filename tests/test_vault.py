import stat

import pytest

from survey.vault import VaultError, keyring_from_json, load_or_create, new_keyring


def test_what_is_sealed_opens_in_the_same_context_only(vault):
    sealed = vault.seal("13900000000", "contact.phones:H-1")

    assert vault.open(sealed, "contact.phones:H-1") == "13900000000"
    with pytest.raises(VaultError):
        vault.open(sealed, "contact.phones:H-2")


def test_equal_values_seal_differently_but_index_equally(vault):
    assert vault.seal("x", "c") != vault.seal("x", "c")
    assert vault.blind("x", "phone") == vault.blind("x", "phone") != vault.blind("x", "file-number")


def test_a_changed_byte_is_noticed(vault):
    sealed = bytearray(vault.seal("陈女士", "c"))
    sealed[-1] ^= 1

    with pytest.raises(VaultError):
        vault.open(bytes(sealed), "c")


def test_old_keys_still_open_after_a_new_one_seals(vault):
    from dataclasses import replace

    sealed = vault.seal("旧", "c")
    newer = replace(vault, keys={**vault.keys, "k2": b"2" * 32}, current="k2")

    assert newer.open(sealed, "c") == "旧"
    assert newer.open(newer.seal("新", "c"), "c") == "新"


def test_the_file_of_keys_is_made_once_and_is_private(tmp_path):
    path = tmp_path / "keys.json"

    first, second = load_or_create(path), load_or_create(path)

    assert first == second
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_file_of_keys_says_so():
    with pytest.raises(VaultError, match="备份"):
        keyring_from_json('{"current": "k"}')


def test_keys_survive_their_file():
    keyring = new_keyring()

    assert keyring_from_json(keyring.to_json()) == keyring
