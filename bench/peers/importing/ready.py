"""The floor: as many contacts, made ready beforehand, written by confluent-kafka, and nobody asked for them."""

import resource
import sys
import time

import orjson
from confluent_kafka import Producer

from bench.peers.importing.plain import contact
from bench.people import person

FLUSH_EVERY = 10_000


def main(broker: str, topic: str, count: str) -> None:
    people = (person(number, "2026-01-01T00:00:00") for number in range(int(count)))
    # Copied, because what orjson gives holds on to kilobytes that it reserved.
    records = [(str(one["id"]), bytes(bytearray(orjson.dumps(contact(one))))) for one in people]
    headers = [("modifiedAt", b"2026-01-01T00:00:00")]
    settings = {"bootstrap.servers": broker, "enable.idempotence": True, "compression.type": "lz4", "linger.ms": 5}
    producer = Producer(settings)
    producer.list_topics(topic, 30)
    began, cpu = time.monotonic(), time.process_time()
    for number, (key, value) in enumerate(records):
        producer.produce(topic, value, key, headers=headers)
        if number % FLUSH_EVERY == 0:
            producer.flush(60)
    if unsent := producer.flush(60):
        sys.exit(f"{unsent} records were not taken")
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(orjson.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak}).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
