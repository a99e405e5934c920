"""A job's settings as YAML, without a secret. Quiet."""

from typing import Any

import yaml
from pydantic import BaseModel

#: Whatever is called so is hidden, whether or not its model knows it for a secret.
SECRETS = ("password", "secret", "token", "api_key", "apikey", "authorization_header", "credential", "cookie")
HIDDEN = "(hidden)"


def shown(job: BaseModel) -> str:
    """What the file says of a job beyond the defaults; what pydantic knows for a secret is stars."""
    said = job.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return yaml.safe_dump(_without_secrets(said), sort_keys=False, allow_unicode=True)


def _without_secrets(said: Any) -> Any:
    match said:
        case dict():
            return {
                name: HIDDEN if _is_secret(str(name)) and value is not None else _without_secrets(value)
                for name, value in said.items()
            }
        case list():
            return [_without_secrets(one) for one in said]
        case _:
            return said


def _is_secret(name: str) -> bool:
    return any(word in name.lower().replace("-", "_") for word in SECRETS)
