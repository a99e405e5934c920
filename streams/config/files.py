"""The files that authorizations name: keys are read from them, certificates are looked at."""

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr, TypeAdapter, ValidationError

from schemas.config.values import ApiKey
from schemas.configuration import Configuration
from streams.config.yaml_file import Fault
from streams.errors import ConfigurationError

#: No key is nearly as long; a file that is may never end.
KEY_MAX = 64 * 1024
FILES = ("api_key_file", "ca_file")
_KEY: TypeAdapter[SecretStr] = TypeAdapter(ApiKey)


class Unusable(ConfigurationError):
    """A file is not what it is named for; the text names it and says what it lacks."""

    def __init__(self, text: str) -> None:
        super().__init__([text])


def look_at_files(authorizations: Sequence[Any]) -> tuple[Mapping[int, SecretStr], list[Fault]]:
    """Read what authorizations name, once each: keys by the number of the authorization, and what cannot be used.

    What is no name of a file is passed over: that is told by the models.
    """
    keys: dict[int, SecretStr] = {}
    faults: list[Fault] = []
    for number, said in enumerate(authorizations):
        for option in FILES:
            name = said.get(option) if isinstance(said, Mapping) else None
            if not isinstance(name, str) or not name.strip() or "\0" in name:
                continue
            try:
                if option == "api_key_file":
                    keys[number] = _read_key(Path(name))
                else:
                    _read_certificates(Path(name))
            except Unusable as fault:
                faults.append(Fault(("authorizations", number, option), str(fault)))
    return keys, faults


def with_keys(configuration: Configuration, keys: Mapping[int, SecretStr]) -> Configuration:
    """Give authorizations the keys that were read for them."""
    authorizations = [
        one.model_copy(update={"api_key": keys[number]}) if number in keys else one
        for number, one in enumerate(configuration.authorizations)
    ]
    return configuration.model_copy(update={"authorizations": tuple(authorizations)})


def trusting(ca_file: str | None) -> ssl.SSLContext | None:
    """What trusts the certificates of a file and no others; None without one. Raises `Unusable`."""
    return None if ca_file is None else _read_certificates(Path(ca_file))


def _read_key(path: Path) -> SecretStr:
    try:
        with path.open("rb") as file:
            content = file.read(KEY_MAX)
    except OSError as error:
        raise Unusable(_why(path, error)) from None
    key = content.decode("utf-8-sig", "replace").rstrip("\r\n")
    if not key.strip():
        raise Unusable(f"{path} is empty")
    try:
        return _KEY.validate_python(key)
    except ValidationError:
        raise Unusable(f"what {path} holds must be one line of plain characters without spaces") from None


def _read_certificates(path: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise Unusable(f"{path} holds no certificates that can be read (PEM)") from None
    except OSError as error:
        raise Unusable(_why(path, error)) from None


def _why(path: Path, error: OSError) -> str:
    return f"there is no file {path}" if isinstance(error, FileNotFoundError) else f"{path}: {error.strerror}"
