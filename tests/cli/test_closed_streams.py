"""Commands whose standard input, output or error is closed, as some that start them leave them."""

import subprocess
import sys

import pytest

from streams.cli.configuration import terminal
from tests.docs.pages import ROOT

#: Ends with what the next file would get as its number.
PROGRAM = "import os; from streams.__main__ import open_what_is_closed; open_what_is_closed(); os._exit(os.dup(0))"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_is_opened_gets_none_of_their_numbers(closed: str) -> None:
    command = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, PROGRAM]
    assert subprocess.run(command, cwd=ROOT, check=False, close_fds=True).returncode > 2


def test_tables_go_nowhere_where_standard_output_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    out = terminal()
    out.print("a table")
    assert out.width == 200
