"""Passwords hashed and compared with scrypt; a hash is one word that fits into jobs.yaml."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from secrets import token_bytes

#: 32 MiB and some tenths of a second, as OWASP's cheat sheet on storing passwords asks for.
N, R, P = 2**15, 8, 3
#: The most that a hash of jobs.yaml may cost.
MEMORY_MAX = 256 * 1024 * 1024
SALT_BYTES, HASH_BYTES = 16, 32


def hash_of(password: str) -> str:
    """A new hash of a password."""
    salt = token_bytes(SALT_BYTES)
    return ":".join(("scrypt", str(N), str(R), str(P), _text(salt), _text(_derived(password, salt, N, R, P))))


def is_password(password: str, kept: str) -> bool:
    """Whether a password is the one of a hash; takes as long for one that is not. False for what is no hash."""
    try:
        _, n, r, p, salt, wanted = kept.split(":")
        derived = _derived(password, _bytes(salt), int(n), int(r), int(p))
    except ValueError:  # of numbers that scrypt does not take, too
        return False
    return hmac.compare_digest(derived, _bytes(wanted))


def _derived(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=MEMORY_MAX, dklen=HASH_BYTES)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
