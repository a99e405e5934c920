"""What only this machine can say of kafka.security: whether its files are there and fit, and so does its function."""

import ssl
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas.config.kafka import Security
from streams.config.paths import Loc
from streams.kafka.tokens import NoToken, provider_of

CERTIFICATE, KEY = "CERTIFICATE-----", "PRIVATE KEY-----"
#: No certificates are nearly as long; a file that is may never end.
FILE_MAX = 16 * 1024 * 1024


def security_faults(said: Any) -> Iterator[tuple[Loc, str]]:
    """What is wrong with the files and the function that kafka.security names, with places in it.

    What the model tells of is passed over; so is all else while it does.
    """
    try:
        security = Security.model_validate(said)
    except ValidationError:
        yield from _unreadable(said)
        return
    yield from _files(security)
    if security.token_provider is not None:
        yield from _provider(security.token_provider)


def _unreadable(said: Any) -> Iterator[tuple[Loc, str]]:
    """Files that cannot be read, of what is wrong besides."""
    for name in ("ca_file", "certificate_file", "key_file"):
        file = said.get(name) if isinstance(said, Mapping) else None
        if isinstance(file, str) and file.strip() and "\0" not in file and (fault := _read(file)[1]):
            yield (name,), fault


def _read(file: str) -> tuple[str, str]:
    """The text of a file, or what keeps us from it."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(FILE_MAX).decode("ascii", "replace"), ""
    except FileNotFoundError:
        return "", f"{file}: no such file"
    except OSError as error:
        return "", f"{file}: {(error.strerror or type(error).__name__).lower()}"


def _files(security: Security) -> Iterator[tuple[Loc, str]]:
    sound = True
    for name, file, what in (
        ("ca_file", security.ca_file, CERTIFICATE),
        ("certificate_file", security.certificate_file, CERTIFICATE),
        ("key_file", security.key_file, KEY),
    ):
        if file is not None and (fault := _fault(file, what)):
            sound = sound and name == "ca_file"
            yield (name,), fault
    if sound and security.certificate_file is not None:
        yield from _pair(security)


def _fault(file: str, what: str) -> str:
    text, fault = _read(file)
    if fault:
        return fault
    if what not in text:
        held = "no certificate" if what == CERTIFICATE else "no private key"
        return f"{file}: holds {held} in PEM form (-----BEGIN ...)"
    if what == CERTIFICATE:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
        except ssl.SSLError:
            return f"{file}: holds a certificate that cannot be read"
    return ""


def _pair(security: Security) -> Iterator[tuple[Loc, str]]:
    """Whether the key can be read, and belongs to the certificate."""
    asked = False

    def password() -> str:
        nonlocal asked
        asked = True
        return "" if security.key_password is None else security.key_password.get_secret_value()

    file = security.key_file
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(str(security.certificate_file), file, password)
    except ssl.SSLError as error:
        if error.reason in {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"}:
            yield ("key_file",), f"{file}: is the key of another certificate than certificate_file"
        elif asked and security.key_password is None:
            yield ("key_file",), f"{file}: is encrypted: give its kafka.security.key_password"
        elif asked:
            yield ("key_password",), f"does not open {file}"
        else:
            yield ("key_file",), f"{file}: holds a private key that cannot be read"
    except ValueError:  # OpenSSL takes no password of more than 1,024 bytes
        yield ("key_password",), f"does not open {file}"


def _provider(name: str) -> Iterator[tuple[Loc, str]]:
    try:
        provider_of(name)
    except NoToken as error:
        yield ("token_provider",), str(error)


def find_beside(folder: Path) -> None:
    """Have modules found beside jobs.yaml, behind all others."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
