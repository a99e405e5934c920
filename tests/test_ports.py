"""Ports that tests give to brokers: two that start at the same moment get none alike."""

import random
import subprocess
import sys

import pytest

from tests.integration.apache_kafka import free_ports

TAKE = """
import sys
from tests.integration.apache_kafka import free_ports
print(*free_ports(1), flush=True)
sys.stdin.read()
"""


def test_a_port_is_given_once_though_nobody_listens_on_it_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = free_ports(1)
    (other,) = free_ports(1)
    offered = iter([first, other, 14_999])
    monkeypatch.setattr(random, "choice", lambda _: next(offered))
    assert free_ports(1) == (14_999,)


def test_another_process_is_not_given_it_either_for_as_long_as_its_owner_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as one:
        assert one.stdout is not None
        taken = int(one.stdout.readline())
        offered = iter([taken, 14_998])
        monkeypatch.setattr(random, "choice", lambda _: next(offered))
        assert free_ports(1) == (14_998,)
        one.kill()
    monkeypatch.setattr(random, "choice", lambda _: taken)
    assert free_ports(1) == (taken,)
