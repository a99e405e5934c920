"""Every command and every option that `--help` shows stands on the page."""

import re

import pytest
from typer.testing import CliRunner

from streams.cli.main import cli
from tests.docs.commands import commands
from tests.docs.pages import DOCS

PAGE = (DOCS / "commands.md").read_text()
_OPTION = re.compile(r"^  (?:-\w, )?(--[a-z-]+)", re.MULTILINE)
_COMMAND = re.compile(r"^  ([a-z-]+)  ", re.MULTILINE)


def help_of(*words: str) -> str:
    done = CliRunner().invoke(cli, [*words, "--help"])
    assert done.exit_code == 0
    return done.output


def commands_in(told: str) -> list[str]:
    return _COMMAND.findall(told.partition("Commands:")[2])


def section(command: str) -> str:
    return PAGE.partition(f"\n## {command}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("command", commands())
def test_each_option_is_in_the_section_of_its_command(command: str) -> None:
    shown = set(_OPTION.findall(help_of(*command.split()))) - {"--help"}
    assert shown == set(re.findall(r"^\|[^|]*`(--[a-z-]+)`", section(command), re.MULTILINE))


def test_each_command_has_its_section() -> None:
    shown = [*_COMMAND.findall(help_of().partition("Commands:")[2])]
    groups = ("dead-letters", "history", "subscriptions", "templates")
    inside = [f"{group} {name}" for group in groups for name in commands_in(help_of(group))]
    wanted = {*shown, *inside} - {*groups}
    assert wanted == set(commands())
    assert [name for name in sorted(wanted) if not section(name)] == []
