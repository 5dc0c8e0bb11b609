"""The certificate with which surveyors' machines speak to this one over the office network.

It is made here and signed by itself: nobody outside vouches for it, so people compare its fingerprint once.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from survey.errors import N_, Unreadable
from survey.private import write_private

VALID = timedelta(days=730)
RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pair:
    """Files of a certificate and its private key, both PEM."""

    certificate: Path
    key: Path


def own_pair(folder: Path, names: Sequence[str], now: datetime) -> Pair:
    """The pair kept in `folder`; made anew (mode 0600) when it is missing, near its end or lacks one of `names`."""
    pair = Pair(folder / "lan-certificate.pem", folder / "lan-key.pem")
    if not still_serves(pair, names, now):
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(pair.key, [pem_of_key(key)])
        write_private(pair.certificate, [sign(key, names, now).public_bytes(serialization.Encoding.PEM)])
    return pair


def still_serves(pair: Pair, names: Sequence[str], now: datetime) -> bool:
    try:
        check_pair(pair)
    except Unreadable:
        return False
    lasts = read_certificate(pair.certificate).not_valid_after_utc - now
    return lasts > RENEW_BEFORE and set(names_of(pair.certificate)).issuperset(names)


def sign(key: ec.EllipticCurvePrivateKey, names: Sequence[str], now: datetime) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Huifang"),
            x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64]),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks of office machines disagree
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names_of(path: Path) -> list[str]:
    """Names and addresses that the certificate is for, as text."""
    extensions = read_certificate(path).extensions
    try:
        held = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in held]


def fingerprint(path: Path) -> str:
    """SHA-256 as browsers show it: AB:CD:…"""
    return read_certificate(path).fingerprint(hashes.SHA256()).hex(":").upper()


def check_pair(pair: Pair) -> None:
    """Raises Unreadable when the files are missing, damaged, or do not belong together."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key, password="")
    except (OSError, ssl.SSLError) as error:
        raise Unreadable(
            "certificate-unusable",
            N_(
                "证书 %(certificate)s 与私钥 %(key)s 不能使用（%(reason)s）。两者都须为 PEM 格式、属于同一份证书、私钥不带口令。"
            ),
            certificate=str(pair.certificate),
            key=str(pair.key),
            reason=error.strerror or str(error),
        ) from None
