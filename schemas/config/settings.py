"""The base of every part of jobs.yaml."""

from pydantic import ConfigDict

from schemas.wire import Wire


class Settings(Wire):
    """A part of jobs.yaml: takes what YAML and environment variables can say, and shows no value in its errors.

    Its validator is made when the first of its sort is read: most of them are in no file.
    """

    model_config = ConfigDict(strict=False, hide_input_in_errors=True, validate_default=True, defer_build=True)
