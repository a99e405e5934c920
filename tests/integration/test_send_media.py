"""Messages that need more than a send, on a real broker: files uploaded first, templates looked up."""

from pathlib import Path

import pytest

from tests.contents import send_job
from tests.integration.brokers import Broker
from tests.integration.harness import until
from tests.integration.sends import enter, sending, sent, told

pytestmark = pytest.mark.broker


def test_a_file_is_uploaded_before_the_first_message_refers_to_it(broker: Broker, tmp_path: Path, unique: str) -> None:
    picture = tmp_path / "banner.png"
    picture.write_bytes(b"\x89PNG a picture")
    with sending(broker, tmp_path, unique) as (infobip, made):
        segments = [{"type": "FILE", "file": str(picture), "content_type": "image/png"}]
        made.configuration["jobs"] = [
            send_job("mms", made.topic, "shipped", name=unique, content={"channel": "mms", "segments": segments})
        ]
        made.publish(enter(number) for number in range(3))
        worker = made.start()
        until(lambda: made.lag() == 0, "all is committed")
        assert worker.stop() == 0
        ((upload_id, upload),) = infobip.simulator.outbox.uploads.items()
        assert (upload.media_type, upload.size) == ("image/png", len(picture.read_bytes()))
        (segment,) = sent(infobip)[0].content["messageSegments"]
        assert segment == {"type": "UPLOADED_REFERENCE", "uploadedContentId": upload_id}
        assert {message.status for message in told(made).values()} == {"enqueued"}


def test_a_file_that_is_not_there_stops_the_job_and_says_so(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        segments = [{"type": "FILE", "file": "nowhere.png", "content_type": "image/png"}]
        made.configuration["jobs"] = [
            send_job("mms", made.topic, "shipped", name=unique, content={"channel": "mms", "segments": segments})
        ]
        made.publish([enter(1)])
        worker = made.start()
        assert worker.process.wait(60) == 2
        assert worker.said(f"jobs[0].content.segments[0].file: there is no file {tmp_path / 'nowhere.png'}\n")
