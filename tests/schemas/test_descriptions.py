"""What editors show of each option of jobs.yaml."""

from typing import Any

import jsonschema

from streams.config.load import json_schema

Schema = dict[str, Any]

SCHEMA = json_schema()
MODELS = {"jobs.yaml": SCHEMA, **SCHEMA["$defs"]}
OPTIONS: dict[str, Schema] = {
    f"{model}.{name}": option for model, found in MODELS.items() for name, option in found.get("properties", {}).items()
}


def test_editors_complete_no_default_that_they_would_refuse() -> None:
    refused = {
        name: option["default"]
        for name, option in OPTIONS.items()
        if "default" in option
        and not jsonschema.Draft202012Validator({**option, "$defs": SCHEMA["$defs"]}).is_valid(option["default"])
    }
    assert refused == {}
