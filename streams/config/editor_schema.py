"""jobs.yaml described for editors."""

from typing import Any

from schemas.configuration import Configuration
from streams.config.yaml_file import OWN_BUSINESS


def json_schema() -> dict[str, Any]:
    """Describe jobs.yaml for editors, as JSON Schema 2020-12; a variable may stand for a number or a flag."""
    schema = Configuration.model_json_schema() | {"patternProperties": {f"^{OWN_BUSINESS}": True}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_with_variables(schema),
        "title": "jobs.yaml of infobip-streams",
    }


def _with_variables(schema: Any) -> Any:
    """Let `${NAME}` stand where a schema wants a number or a flag."""
    if isinstance(schema, list):
        return [_with_variables(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") not in ("integer", "number", "boolean"):
        return {key: _with_variables(part) for key, part in schema.items()}
    notes = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    form = {key: part for key, part in schema.items() if key not in notes}
    return {**notes, "anyOf": [form, {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-.*)?\}$"}]}
