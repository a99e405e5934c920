"""Mappings that say by a key what they are: a job by its kind, a content by its channel, a button by its type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from pydantic import (
    BaseModel,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """Reads a mapping as the model that its key names, so that its faults are told in this model's words alone.

    Validators of models that nobody names are not made: they would take longer than all else of reading a file.
    """

    key: str
    models: Mapping[str, type[BaseModel]]
    what: str

    def read(self, given: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Read a mapping; raises ValidationError."""
        if isinstance(given, BaseModel):
            return given
        key, models, what = self.key, self.models, self.what
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

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How it is read; written it is as its base says, or, of several models, as the one that it is."""
        written = handler(source) if isinstance(source, type) else core_schema.any_schema()
        return core_schema.with_info_wrap_validator_function(self.read, written)

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe all of them: editors complete from that."""
        return handler(TypeAdapter(self.json_schema_input_type).core_schema)

    @property
    def json_schema_input_type(self) -> Any:
        """What may be given, as pydantic's own validators call it."""
        return Union[tuple(self.models.values())]  # noqa: UP007 - made at run time


def tagged(key: str, models: Mapping[str, type[BaseModel]], what: str) -> Tagged:
    """Read a mapping as the model that its `key` names; `what` is what faults call it."""
    return Tagged(key, models, what)
