"""The shelf of channels: a module for each, which says how its messages are sent in a value called CHANNEL."""

from collections.abc import Mapping
from importlib import import_module

from schemas.channels import CHANNELS
from streams.channels.channel import Channel

SHELF: Mapping[str, Channel] = {name: import_module(f"streams.channels.{name}").CHANNEL for name in CHANNELS}
