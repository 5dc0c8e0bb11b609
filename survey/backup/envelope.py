"""The encrypted file: a header, then chunks sealed with AES-256-GCM under a key that scrypt makes from the passphrase.

Header: magic, format version, log2 of scrypt's n, salt, nonce prefix, and a check value that tells a wrong passphrase
from a damaged file. It is authenticated with every chunk. A chunk's nonce is prefix | number | whether it is the last
one, so chunks cannot be swapped, dropped or cut off unnoticed.
"""

from __future__ import annotations

import hmac
import os
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from survey.errors import N_, Unreadable

MAGIC = b"HUIFANG-BACKUP\n"
VERSION = 1
#: scrypt with n = 2^17, r = 8, p = 1 asks for 128 MB of memory and about half a second
COST = 17
HIGHEST_COST = 20
CHUNK = 1024 * 1024
TAG = 16
FIELDS = struct.Struct(">BB16s7s16s")
HEADER_SIZE = len(MAGIC) + FIELDS.size


@dataclass(frozen=True, slots=True)
class Lock:
    """What seals and opens the chunks of one file."""

    header: bytes
    prefix: bytes
    key: bytes

    def nonce(self, number: int, last: bool) -> bytes:
        return self.prefix + number.to_bytes(4, "big") + bytes([last])


def seal(plain: Iterable[bytes], passphrase: str) -> Iterator[bytes]:
    """The bytes of the file, piece by piece."""
    lock = new_lock(passphrase)
    yield lock.header
    cipher = AESGCM(lock.key)
    for number, (chunk, last) in enumerate(with_last(in_chunks(plain))):
        yield cipher.encrypt(lock.nonce(number, last), chunk, lock.header)


def unseal(file: BinaryIO, passphrase: str) -> Iterator[bytes]:
    """What was sealed, piece by piece. Raises Unreadable when it is no backup, or cut short, or the passphrase differs."""
    lock = read_lock(file, passphrase)
    cipher = AESGCM(lock.key)
    sealed = iter(lambda: file.read(CHUNK + TAG), b"")
    number = -1
    for number, (chunk, last) in enumerate(with_last(sealed)):
        try:
            yield cipher.decrypt(lock.nonce(number, last), chunk, lock.header)
        except InvalidTag:
            raise damaged() from None
    if number < 0:
        raise damaged()


def new_lock(passphrase: str) -> Lock:
    salt, prefix = os.urandom(16), os.urandom(7)
    key, check = derive(passphrase, salt, COST)
    return Lock(MAGIC + FIELDS.pack(VERSION, COST, salt, prefix, check), prefix, key)


def read_lock(file: BinaryIO, passphrase: str) -> Lock:
    header = file.read(HEADER_SIZE)
    if not header.startswith(MAGIC):
        raise Unreadable("backup-foreign", N_("这不是回访系统的备份文件。请选择 survey backup 写出的文件。"))
    if len(header) < HEADER_SIZE:
        raise damaged()
    version, cost, salt, prefix, check = FIELDS.unpack(header[len(MAGIC) :])
    if version != VERSION or cost > HIGHEST_COST:
        raise Unreadable(
            "backup-version",
            N_("备份文件的格式版本是 %(version)s，本程序只认识 %(known)s。请用写出它的程序版本恢复。"),
            version=version,
            known=VERSION,
        )
    key, expected = derive(passphrase, salt, cost)
    if not hmac.compare_digest(check, expected):
        raise Unreadable("backup-passphrase", N_("口令不对，备份没有打开。请检查输入法、大小写和空格。"))
    return Lock(header, prefix, key)


def derive(passphrase: str, salt: bytes, cost: int) -> tuple[bytes, bytes]:
    """The key, and the value by which the passphrase is recognised."""
    secret = unicodedata.normalize("NFKC", passphrase).encode()
    made = Scrypt(salt=salt, length=48, n=2**cost, r=8, p=1).derive(secret)
    return made[:32], made[32:]


def damaged() -> Unreadable:
    return Unreadable(
        "backup-damaged", N_("备份文件不完整或已损坏，什么也没有恢复。请换一份完整的备份文件。")
    )


def in_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of CHUNK; the last one may be shorter, or empty."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    yield bytes(held)


def with_last(items: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each item, and whether it is the last one."""
    iterator = iter(items)
    before = next(iterator, None)
    if before is None:
        return
    for item in iterator:
        yield before, False
        before = item
    yield before, True
