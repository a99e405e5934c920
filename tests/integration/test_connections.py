"""Every client over logins, and topics as producers compress them."""

from pathlib import Path

import pytest

from tests.integration.brokers import PASSWORD, USERNAME, Broker
from tests.integration.harness import SimulatorThread, corridor, until

pytestmark = [pytest.mark.kafka]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_every_client_logs_in(broker: Broker, sasl_bootstrap: str, tmp_path: Path, unique: str, mechanism: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        security = {"protocol": "SASL_PLAINTEXT", "mechanism": mechanism, "username": USERNAME, "password": PASSWORD}
        made.configuration["kafka"].update(brokers=sasl_bootstrap, security=security)
        made.change(audiences=["vip", "new"])  # the state is read back over a login too
        made.publish(
            {"action": "enter", "audience": "vip", "profile_id": f"u-{n}", "profile": {"email": f"p{n}@example.com"}}
            for n in range(100)
        )
        worker = made.start()
        until(lambda: made.lag() == 0, "all events committed")
        assert worker.stop() == 0
        assert len(infobip.tagged("VIP")) == 100
        assert not worker.said(PASSWORD)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_compressed_topics_are_read(broker: Broker, tmp_path: Path, unique: str, codec: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish(
            (
                {
                    "action": "enter",
                    "audience": "vip",
                    "profile_id": f"u-{n}",
                    "profile": {"email": f"p{n}@example.com"},
                }
                for n in range(50)
            ),
            compression=codec,
        )
        worker = made.start()
        until(lambda: made.lag() == 0, "all events committed", 60)
        assert worker.stop() == 0
        assert len(infobip.tagged("VIP")) == 50
