"""The denominator: the same stream read by confluent-kafka and orjson, and nothing done with it."""

import resource
import sys
import time

import orjson
from confluent_kafka import Consumer

AT_ONCE = 1000
PATIENCE_SECONDS = 60


def main(broker: str, topic: str, group: str, count: str) -> None:
    events = int(count)
    settings = {"bootstrap.servers": broker, "group.id": group, "auto.offset.reset": "earliest"}
    consumer = Consumer({**settings, "enable.auto.commit": False})
    consumer.subscribe([topic])
    read, began, cpu = 0, 0.0, 0.0
    while read < events:
        records = consumer.consume(AT_ONCE, PATIENCE_SECONDS)
        if not records:
            sys.exit(f"no more than {read} of {events} records came")
        if not began:
            began, cpu = time.monotonic(), time.process_time()
        for record in records:
            orjson.loads(record.value())
        read += len(records)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    consumer.close()
    print(orjson.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak}).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
