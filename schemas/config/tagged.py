"""Mappings that say by a key what they are: a job by its kind, a content by its channel, a button by its type."""

from collections.abc import Mapping
from typing import Any, Union

from pydantic import BaseModel, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError


def tagged(key: str, models: Mapping[str, type[BaseModel]], what: str) -> WrapValidator:
    """Read a mapping as the model that its `key` names, so that its faults are told in this model's words alone."""

    def read(given: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        if isinstance(given, BaseModel):
            return given
        name = given.get(key) if isinstance(given, dict) else None
        if isinstance(name, str) and name in models:
            return models[name].model_validate(given, context=info.context)
        if name is not None:
            told = {"what": what, "choices": ", ".join(sorted(models))}
            fault = InitErrorDetails(
                type=PydanticCustomError("unknown_choice", "unknown", told), loc=(key,), input=name
            )
        elif isinstance(given, dict):
            fault = InitErrorDetails(type="missing", loc=(key,), input=given)
        else:
            fault = InitErrorDetails(type="model_type", loc=(), input=given, ctx={"class_name": what})
        raise ValidationError.from_exception_data(what, [fault])

    # Editors complete from all of them.
    return WrapValidator(read, json_schema_input_type=Union[tuple(models.values())])  # noqa: UP007 - made at run time
