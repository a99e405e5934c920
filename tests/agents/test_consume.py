"""What we reach into Faust for is still there: without it nothing would break, and everything would be slower."""

import asyncio

from schemas.settings import KafkaSettings
from streams.agents.consume import FETCH_WAIT_MS, Consuming, hurry
from streams.agents.lease import Lease
from tests.making import export_job

BROKERS = KafkaSettings.model_validate({"brokers": "127.0.0.1:1"})


def test_the_waits_that_faust_has_no_settings_for_are_shortened() -> None:
    async def run() -> None:
        app = Consuming(export_job(), BROKERS, Lease("vip")).app
        thread = app.consumer._thread
        thread.thread_loop = asyncio.get_running_loop()
        stock = thread._create_worker_consumer(app.transport)
        assert stock._fetch_max_wait_ms > FETCH_WAIT_MS, "Faust, or aiokafka, has changed"
        hurry(app.consumer, Lease("vip"))
        assert thread._create_worker_consumer(app.transport)._fetch_max_wait_ms == FETCH_WAIT_MS
        async with asyncio.timeout(0.5):
            await app.consumer.sleep(1)

    asyncio.run(run())
