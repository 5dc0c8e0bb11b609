from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.backup import envelope
from survey.errors import Unreadable

PASSPHRASE = "一句很长的话 2025"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """The cost of the passphrase is not what these tests are about."""
    monkeypatch.setattr(envelope, "COST", 4)
    monkeypatch.setattr(envelope, "CHUNK", 16)


def sealed(*pieces: bytes) -> bytes:
    return b"".join(envelope.seal(pieces, PASSPHRASE))


def unsealed(file: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return b"".join(envelope.unseal(BytesIO(file), passphrase))


def code_of(file: bytes, passphrase: str = PASSPHRASE) -> str:
    with pytest.raises(Unreadable) as refused:
        unsealed(file, passphrase)
    return refused.value.code


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_what_is_sealed_opens_again_whatever_its_size(pieces):
    original = (envelope.COST, envelope.CHUNK)
    envelope.COST, envelope.CHUNK = 4, 16
    try:
        assert unsealed(sealed(*pieces)) == b"".join(pieces)
    finally:
        envelope.COST, envelope.CHUNK = original


def test_the_real_cost_opens_again(monkeypatch):
    monkeypatch.setattr(envelope, "COST", 17)

    assert unsealed(sealed(b"content")) == b"content"


def test_another_passphrase_is_told_apart_from_damage():
    assert code_of(sealed(b"content"), "另一句很长的话 2025") == "backup-passphrase"


def test_full_width_letters_of_another_input_method_are_the_same_passphrase():
    file = b"".join(envelope.seal([b"content"], "ＡＢＣ　2025"))

    assert unsealed(file, "ABC 2025") == b"content"


@pytest.mark.parametrize("size", [1, 15, 16, 17, 32, 33, 64])
def test_a_file_cut_anywhere_is_refused(size):
    file = sealed(b"x" * size)

    codes = {code_of(file[:end]) for end in range(len(envelope.MAGIC), len(file))}

    assert codes == {"backup-damaged"}


def test_swapped_doubled_or_appended_chunks_are_refused():
    file = sealed(b"a" * 16 + b"b" * 16 + b"c" * 16)
    size = envelope.CHUNK + envelope.TAG
    head, first, second, third = (
        file[: envelope.HEADER_SIZE],
        *(file[envelope.HEADER_SIZE + n * size : envelope.HEADER_SIZE + (n + 1) * size] for n in range(3)),
    )

    for forged in ([second, first, third], [first, first, third], [first, second, third, third]):
        assert code_of(head + b"".join(forged)) == "backup-damaged"


@pytest.mark.parametrize("place", range(len(envelope.MAGIC) + 18, envelope.HEADER_SIZE + 8))
def test_a_changed_byte_is_refused(place):
    file = bytearray(sealed(b"content"))
    file[place] ^= 1

    assert code_of(bytes(file)) in ("backup-damaged", "backup-passphrase")


def test_another_version_of_the_format_is_named():
    file = bytearray(sealed(b"content"))
    file[len(envelope.MAGIC)] = 9

    with pytest.raises(Unreadable, match="9"):
        unsealed(bytes(file))


def test_something_else_is_not_taken_for_a_backup():
    assert code_of(b"PK\x03\x04 a zip file") == "backup-foreign"
    assert code_of(b"") == "backup-foreign"
