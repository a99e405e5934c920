"""Proofs that a caller is Infobip: a secret, a token in the address, or a signature; all compared in constant time."""

import base64
import binascii
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

#: What stands before the token in an address that carries its proof.
LEAD = "/t/"


@dataclass(frozen=True, slots=True)
class Signature:
    """How Infobip signs what it posts: the header, the digest as hashlib names it, and how the digest is written."""

    header: str
    algorithm: str
    encoding: Literal["hex", "base64"]


class Proofs:
    """What a caller may prove itself by: any of the secrets, and any of the tokens made from them."""

    def __init__(self, secrets: Sequence[str], tokens: Iterable[str], signature: Signature | None = None) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._tokens = [token.encode() for token in tokens]
        self.signature = signature

    def without_token(self, path: str) -> tuple[str, bool]:
        """The address without its token, and whether the token is one of ours."""
        if not path.startswith(LEAD):
            return path, False
        token, slash, rest = path[len(LEAD) :].partition("/")
        return slash + rest, _is_any(token.encode(errors="surrogateescape"), self._tokens)

    def authorizes(self, header: str) -> bool:
        """Whether an Authorization header holds a secret: as Bearer token, or as password of Basic."""
        scheme, _, given = header.strip().partition(" ")
        match scheme.lower():
            case "bearer":
                return _is_any(given.strip().encode(errors="surrogateescape"), self._secrets)
            case "basic":
                return _is_any(_password(given.strip()), self._secrets)
            case _:
                return False

    def signs(self, body: bytes, given: str) -> bool:
        """Whether a signature is that of a body as it came, before it is unpacked, under any of the secrets."""
        signature = self.signature
        if signature is None:
            return False
        said = given.strip().rpartition("=")[2] if signature.encoding == "hex" else given.strip()
        mine = [_written(hmac.digest(secret, body, signature.algorithm), signature) for secret in self._secrets]
        return _is_any((said.lower() if signature.encoding == "hex" else said).encode(errors="surrogateescape"), mine)


def _written(digest: bytes, signature: Signature) -> bytes:
    return digest.hex().encode() if signature.encoding == "hex" else base64.b64encode(digest)


def _password(given: str) -> bytes:
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


def _is_any(given: bytes, known: Sequence[bytes]) -> bool:
    """Whether it is one of them; all are looked at, so that time tells nothing."""
    found = [hmac.compare_digest(given, one) for one in known]
    return any(found)
