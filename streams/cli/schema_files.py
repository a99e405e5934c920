"""What `schema` writes: for machines, and for editors."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from schemas.records import asyncapi, exported
from streams.config.editor_schema import json_schema
from streams.release import release

ASYNCAPI = "asyncapi.yaml"


class _Dumper(yaml.SafeDumper):
    """Writes what is said twice twice: references of YAML's are not what readers of such documents expect."""

    def ignore_aliases(self, data: Any) -> bool:
        """Refer to nothing."""
        del data
        return True


def contents() -> Mapping[str, dict[str, Any]]:
    """By the name of its file: the JSON Schema of each record and of jobs.yaml, and all topics as AsyncAPI."""
    return {
        **exported.records(),
        "jobs.schema.json": json_schema(),
        ASYNCAPI: asyncapi.document(release()),
    }


def texts() -> Mapping[str, str]:
    """The same as they are written; the same bytes for the same release."""
    return {name: _yaml(said) if name == ASYNCAPI else _json(said) for name, said in contents().items()}


def _json(said: dict[str, Any]) -> str:
    return json.dumps(said, indent=2) + "\n"


def _yaml(said: dict[str, Any]) -> str:
    return yaml.dump(said, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
