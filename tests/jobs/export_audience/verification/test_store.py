"""A disk that fails ends what is kept on it while it lasts, and is told as that: by jobs and by commands alike."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from schemas.config.kafka import KafkaSettings
from streams.errors import StreamsError
from streams.jobs.export_audience.verification import store
from streams.jobs.export_audience.verification.run import Setting, ready
from tests.making import export_job

FULL = Exception("IO error: No space left on device:\nWhile appending")
IN_WORDS = r"^kafka\.state_dir: IO error: No space left on device: While appending$"


def test_a_disk_that_is_full_is_told_as_that_and_a_bug_is_one(tmp_path: Path) -> None:
    with pytest.raises(StreamsError, match=IN_WORDS), store.opened(tmp_path / "store"):
        raise FULL
    with pytest.raises(KeyError), store.opened(tmp_path / "store"):
        raise KeyError("a bug")
    assert not (tmp_path / "store").exists()


def test_so_it_is_where_it_is_full_from_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise FULL

    monkeypatch.setattr(store, "open_store", full)
    with pytest.raises(StreamsError, match=IN_WORDS), store.opened(tmp_path):
        pytest.fail("there is nothing to work with")


def test_a_verification_ends_with_the_same_words(tmp_path: Path) -> None:
    kafka = KafkaSettings.model_validate({"brokers": "127.0.0.1:1", "state_dir": str(tmp_path)})
    nobody: Any = None

    async def verify() -> None:
        job, setting = export_job(audiences=["vip"]), Setting(kafka, {}, nobody, nobody, nobody)
        async with ready(job, setting, sample=None, fields=False, say=print, wait=False):
            raise FULL

    with pytest.raises(StreamsError, match=IN_WORDS):
        asyncio.run(verify())
    assert [*tmp_path.iterdir()] == []
