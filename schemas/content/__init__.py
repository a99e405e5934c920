"""What can be said on each channel: a module for each, which says so in a model called CONTENT."""

from collections.abc import Mapping
from importlib import import_module
from typing import Annotated

from schemas.channels import CHANNELS
from schemas.content.base import MessageContent
from schemas.tagged import tagged

CONTENTS: Mapping[str, type[MessageContent]] = {
    name: import_module(f"schemas.content.{name}").CONTENT for name in CHANNELS
}
Content = Annotated[MessageContent, tagged("channel", CONTENTS, "channel")]
