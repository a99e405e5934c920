"""Certificates for a broker of ours and its clients, good ones and bad ones, made anew for each run."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KEY_PASSWORD = "key-secret"
ADDRESS = "127.0.0.1"
DAY = timedelta(days=1)


class Pair(NamedTuple):
    """A certificate and its key; `both` is one file that holds them, as brokers take them."""

    certificate: Path
    key: Path
    both: Path


class Authority:
    """Whoever signs certificates."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        uses = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
        allowed = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False, **uses
        )
        made = (
            self._begun(self._name, self._key.public_key(), now - DAY, now + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(allowed, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = folder / f"{name}.pem"
        self.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def sign(self, name: str, *, host: str = ADDRESS, expired: bool = False) -> Pair:
        """Sign a certificate for a name and, where it is a broker's, its host."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        end = now - DAY / 2 if expired else now + DAY
        hosts = [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)]
        made = (
            self._begun(subject, key.public_key(), now - DAY, end)
            .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate = made.public_bytes(serialization.Encoding.PEM)
        pair = Pair(*(self._folder / f"{name}.{kind}.pem" for kind in ("certificate", "key", "both")))
        pair.certificate.write_bytes(certificate)
        pair.key.write_bytes(_written(key))
        pair.both.write_bytes(_written(key) + certificate)
        return pair

    def _begun(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def encrypted(pair: Pair, password: str = KEY_PASSWORD) -> Path:
    """Write a pair's key once more, under a password."""
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    kind = serialization.BestAvailableEncryption(password.encode())
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kind)
    file = pair.key.with_suffix(".encrypted.pem")
    file.write_bytes(written)
    return file


def _written(key: ec.EllipticCurvePrivateKey) -> bytes:
    unlocked = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unlocked)
