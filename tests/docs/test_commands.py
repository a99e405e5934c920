"""Every command and every option that `--help` shows stands on the page."""

import re
import shlex
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from streams.cli.main import cli
from streams.jobs.shelf import KINDS
from tests.docs.commands import commands
from tests.docs.pages import DOCS, ROOT, pages

PAGE = (DOCS / "commands.md").read_text()
#: A command as pages show it, on a line of a block or within a sentence.
_SHOWN = re.compile(r"(?:^|`)infobip-streams ([^`\n#…]+)", re.MULTILINE)
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


def test_a_default_is_shown_as_it_is_typed() -> None:
    assert "| `--log-format` | `text` |" in section("run")


def test_what_a_pause_holds_is_told_of_each_kind() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", section("pause").partition("| kind |")[2].partition("<!--")[0], re.MULTILINE)
    assert sorted(kind for row in rows for kind in re.findall(r"`(\w+)`", row)) == sorted(KINDS)


def test_each_command_has_its_section() -> None:
    shown = [*_COMMAND.findall(help_of().partition("Commands:")[2])]
    groups = ("dead-letters", "history", "subscriptions", "templates")
    inside = [f"{group} {name}" for group in groups for name in commands_in(help_of(group))]
    wanted = {*shown, *inside} - {*groups}
    assert wanted == set(commands())
    assert [name for name in sorted(wanted) if not section(name)] == []


def shown() -> Iterator[tuple[str, str]]:
    """Each command that a page shows, with the page."""
    for page in pages():
        for words in _SHOWN.findall(page.read_text()):
            yield page.relative_to(ROOT).as_posix(), words.strip()


@pytest.mark.parametrize(("page", "words"), sorted(set(shown())))
def test_each_command_that_is_shown_is_one_with_options_that_it_has(page: str, words: str) -> None:
    said = shlex.split(words)
    known = commands()
    name = next((name for name in (" ".join(said[:2]), said[0]) if name in known), None)
    groups = {one.partition(" ")[0] for one in known if " " in one}
    if name is None:
        assert [word for word in said if word not in groups | {"COMMAND"}] == [], page
        return
    options = {one for parameter in known[name].params for one in (*parameter.opts, *parameter.secondary_opts)}
    assert [one for one in said if one.startswith("-") and one not in options] == [], page
