"""Passwords and their hashes."""

import pytest
from pydantic import ValidationError

from schemas.config.console import Console
from streams.console.passwords import hash_of, is_password


def test_only_the_password_fits_its_hash() -> None:
    kept = hash_of("correct horse")
    assert is_password("correct horse", kept)
    assert not is_password("correct horse ", kept)
    assert hash_of("correct horse") != kept
    assert "correct" not in kept


@pytest.mark.parametrize("kept", ["", "scrypt", "scrypt:1:2:3:a:b", "scrypt:x:8:1:AAAA:AAAA", "scrypt:3:8:1:AAAA:AAAA"])
def test_nothing_fits_what_is_no_hash(kept: str) -> None:
    assert not is_password("", kept)


def test_a_hash_is_what_jobs_yaml_takes_and_a_password_is_not() -> None:
    assert Console.model_validate({"users": {"ann": hash_of("pass")}}).asks
    with pytest.raises(ValidationError, match="must be what `infobip-streams console --hash-password` prints"):
        Console.model_validate({"users": {"ann": "pass"}})
