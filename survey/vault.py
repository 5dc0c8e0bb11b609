"""All cryptography: sealed texts (AES-256-GCM with key id and context), keyed blind indexes, and the file of keys.

A sealed value is `version | key-id length | key id | nonce | ciphertext`. The context (for instance
`contact.phones:H-7KQ2`) is authenticated but not stored, so a ciphertext moved to another row or column does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from survey.errors import N_, SurveyError

VERSION = b"\x01"
NONCE_BYTES = 12
#: half of the eight digits that `scramble` permutes, and how often it mixes the halves
HALF = 10_000
TURNS = 10


class VaultError(SurveyError):
    """A sealed value or the file of keys cannot be used."""

    status = 500


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secrets of one installation.

    `current` names the key that seals; older keys stay so that what they sealed still opens. `index` keys the blind
    indexes and never changes, `session` signs cookies, `password_salt` is the pepper of password hashes.
    """

    current: str
    keys: dict[str, bytes]
    index: bytes
    session: str
    password_salt: str

    def seal_bytes(self, data: bytes, context: str) -> bytes:
        key_id = self.current.encode()
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, data, context.encode())
        return VERSION + bytes([len(key_id)]) + key_id + nonce + sealed

    def open_bytes(self, sealed: bytes, context: str) -> bytes:
        """Raises VaultError when the key is unknown, the context differs or a byte was changed."""
        key_end = 2 + sealed[1]
        key = self.keys.get(sealed[2:key_end].decode())
        if sealed[:1] != VERSION or key is None:
            raise VaultError(
                "key-unknown",
                N_("密钥“%(key)s”不在密钥文件中，请恢复与数据库同时备份的密钥。"),
                key=sealed[2:key_end].decode(errors="replace"),
            )
        nonce, body = sealed[key_end : key_end + NONCE_BYTES], sealed[key_end + NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, body, context.encode())
        except InvalidTag:
            raise VaultError(
                "seal-broken",
                N_("加密内容无法打开（%(context)s）：内容被改动，或不属于此处。"),
                context=context,
            ) from None

    def seal(self, text: str, context: str) -> bytes:
        return self.seal_bytes(text.encode(), context)

    def open(self, sealed: bytes, context: str) -> str:
        return self.open_bytes(sealed, context).decode()

    def blind(self, value: str, purpose: str) -> str:
        """A keyed hash (hex, 128 bits) by which equal values can be found without storing them."""
        return hmac.new(self.index, f"{purpose}|{value}".encode(), hashlib.sha256).hexdigest()[:32]

    def scramble(self, number: int, purpose: str) -> int:
        """Another number below 10⁸ for each number below 10⁸: a keyed permutation (a Feistel network of HMACs), so two
        numbers never meet and nobody without the key tells one from the other."""
        if not 0 <= number < HALF * HALF:
            raise ValueError(f"not a number of eight digits: {number}")
        left, right = divmod(number, HALF)
        for turn in range(TURNS):
            left, right = right, (left + int(self.blind(f"{turn}|{right}", purpose), 16)) % HALF
        return left * HALF + right

    def to_json(self) -> str:
        return json.dumps(
            {
                "current": self.current,
                "keys": {name: key.hex() for name, key in self.keys.items()},
                "index": self.index.hex(),
                "session": self.session,
                "password_salt": self.password_salt,
            },
            indent=1,
        )


def new_keyring() -> Keyring:
    name = "k" + secrets.token_hex(3)
    return Keyring(
        current=name,
        keys={name: os.urandom(32)},
        index=os.urandom(32),
        session=secrets.token_urlsafe(48),
        password_salt=secrets.token_urlsafe(24),
    )


def keyring_from_json(text: str) -> Keyring:
    try:
        content = json.loads(text)
        return Keyring(
            current=content["current"],
            keys={name: bytes.fromhex(key) for name, key in content["keys"].items()},
            index=bytes.fromhex(content["index"]),
            session=content["session"],
            password_salt=content["password_salt"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VaultError(
            "keys-unreadable", N_("密钥文件内容不完整（%(why)s），请用备份恢复。"), why=str(error)
        ) from error


def load_or_create(path: Path) -> Keyring:
    """Read the file of keys; make it (mode 0600) at the first start. Two first starts at once agree on one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return keyring_from_json(path.read_text())
    with os.fdopen(descriptor, "w") as file:
        keyring = new_keyring()
        file.write(keyring.to_json())
    return keyring
