"""What `schema` writes is AsyncAPI, as its official parser reads it; `make test` installs that.

Without it this is skipped, and in CI it fails.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from schemas.records.examples import EXAMPLES
from schemas.records.topics import TOPICS
from streams.cli import schema_files

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".cache" / "asyncapi" / "node_modules"
#: Of what the parser says: an error, a warning.
SERIOUS = 1


def parsed(text: str, folder: Path) -> Any:
    """What the official parser reads in a document, and what it finds wrong."""
    if not MODULES.exists() or shutil.which("node") is None:
        missing = f"{MODULES} is not there: make test installs it"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    (folder / "asyncapi.yaml").write_text(text)
    command = ["node", str(Path(__file__).parent / "parse.cjs"), str(folder / "asyncapi.yaml")]
    environ = {**os.environ, "NODE_PATH": str(MODULES)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    said = orjson.loads(done.stdout)
    return [fault for fault in said["faults"] if fault["severity"] <= SERIOUS], said["topics"]


def text() -> str:
    return schema_files.texts()["asyncapi.yaml"]


def test_the_official_parser_finds_no_fault_and_every_topic_with_its_records(tmp_path: Path) -> None:
    faults, topics = parsed(text(), tmp_path)
    assert faults == []
    assert [*topics] == [topic.name.replace("<job>", "{job}") for topic in TOPICS]
    shown = {topic: [one for message in messages for one in message["examples"]] for topic, messages in topics.items()}
    assert shown == {
        topic.name.replace("<job>", "{job}"): [EXAMPLES[form.record] for form in topic.forms if not form.own]
        for topic in TOPICS
    }
    assert [message["name"] for messages in topics.values() for message in messages if not message["key"]] == []


def test_the_official_parser_would_find_a_topic_that_is_none_of_the_document(tmp_path: Path) -> None:
    document = yaml.safe_load(text())
    document["operations"]["send_infobip_flushes"]["channel"]["$ref"] = "#/channels/infobip_flush"
    faults, _ = parsed(yaml.safe_dump(document), tmp_path)
    assert {fault["code"] for fault in faults} == {"invalid-ref"}


def test_the_same_release_writes_the_same_bytes() -> None:
    assert schema_files.texts() == schema_files.texts()


def test_what_must_not_be_lost_of_a_topic_is_said() -> None:
    channels = yaml.safe_load(text())["channels"]
    compacted = [name for name, channel in channels.items() if "bindings" in channel]
    assert compacted == [topic.short for topic in TOPICS if topic.keeps != "records"]
    assert channels["infobip_contacts"]["bindings"]["kafka"]["topicConfiguration"] == {"cleanup.policy": ["compact"]}
    assert channels["infobip_messages"]["x-written-by"] == ["send_message", "webhook"]
    assert channels["infobip_messages"]["x-read-by"] == [
        *("send_message", "webhook", "track_messages", "store_history", "`trace`", "your services"),
    ]
