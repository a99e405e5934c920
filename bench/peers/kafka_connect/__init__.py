"""A peer: Kafka Connect, standalone, with the HTTP sink of io.github.clescot, posting in batches.

A task waits for its calls before it takes more, and each of eight tasks has a partition. With the retries configured
below, a call answered 429 was not seen to be tried again: it was committed, its records were lost. Why is not known;
the connector has code to retry, so better settings may exist.
"""

import math
import shutil
from pathlib import Path

from bench.peers import Options, Peer
from streams.errors import StreamsError
from tests.integration.kafka_jars import OLDEST_JAVA, java_version, run_java_tool

VERSION = "0.8.84"
BATCH = 1000
TASKS = 8
MARGIN = 1.02  # evenly spaced calls arrive unevenly; without it every tenth is one too many
UNLIMITED = 1_000_000
RETRY = {
    "retries": 20,
    "retry.delay.in.ms": 250,
    "retry.max.delay.in.ms": 5000,
    "retry.delay.factor": 2,
    "retry.jitter.in.ms": 100,
}

SOURCES = Path(__file__).parent
JARS = Path(__file__).parents[3] / ".cache/kafka-connect/jars"
MAIN = "org.apache.kafka.connect.cli.ConnectStandalone"
# Its class for publishing answers to a topic, which we do not, names one of Confluent's that Maven Central lacks. The
# verifier alone would look for it: the jars are run as they are, unverified.
UNVERIFIED = ["-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote"]
HEAP = ["-Xms256M", "-Xmx2G"]  # what Kafka's own script gives it
LOG = "-Dorg.slf4j.simpleLogger."
# It warns of each call that it makes.
QUIET = [f"{LOG}defaultLogLevel=warn", f"{LOG}log.io.github.clescot.kafka.connect.http.client.HttpClient=error"]
JAVA = ["java", *UNVERIFIED, *HEAP, *QUIET]


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    """Write the files of its worker and of its connector, and give the command that runs both."""
    worker, connector = (options.folder / f"{group}.{name}.properties" for name in ("worker", "connector"))
    _write(worker, worker_settings(broker, options.folder / f"{group}.offsets"))
    _write(connector, connector_settings(topic, url, group, options.rate))
    return [*JAVA, "-cp", f"{JARS}/*", MAIN, str(worker), str(connector)]


def worker_settings(broker: str, offsets: Path) -> dict[str, object]:
    """Give the settings of the worker."""
    return {
        "bootstrap.servers": broker,
        "listeners": "http://127.0.0.1:0",
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.storage.file.filename": offsets,  # of sources; a sink's are its group's
        "offset.flush.interval.ms": 1000,
    }


def connector_settings(topic: str, url: str, group: str, rate: float | None) -> dict[str, object]:
    """Give the settings of the connector: records as they are, grouped to JSON arrays."""
    calls, milliseconds = (1, math.ceil(MARGIN / rate * 1000)) if rate else (UNLIMITED, 1000)
    return {
        "name": group,
        "connector.class": "io.github.clescot.kafka.connect.http.sink.HttpSinkConnector",
        "topics": topic,
        "tasks.max": TASKS,
        "consumer.override.group.id": group,
        "consumer.override.auto.offset.reset": "earliest",
        "consumer.override.max.poll.records": BATCH,
        # What one fetch brings is cut into calls: the more, the fewer that are not full.
        "consumer.override.max.partition.fetch.bytes": 8 * 1024 * 1024,
        # By default a killed process keeps its partitions for 45 s.
        "consumer.override.session.timeout.ms": 10_000,
        "http.request.mapper.default.mode": "JEXL",
        "http.request.mapper.default.url": f"'{url}/records'",
        "http.request.mapper.default.method": "'POST'",
        "http.request.mapper.default.body": "sinkRecord.value()",
        "request.grouper.ids": "array",
        "request.grouper.array.start": "[",
        "request.grouper.array.separator": ",",
        "request.grouper.array.end": "]",
        "request.grouper.array.message.limit": BATCH,
        "config.default.enrich.request.static.header.names": "Content-Type",
        "config.default.enrich.request.static.header.Content-Type": "application/json",
        "config.default.okhttp.connection.pool.max.idle.connections": TASKS,
        "config.default.okhttp.connection.pool.keep.alive.duration": 60_000,
        "config.default.okhttp.read.timeout": 60_000,
        # 400 is also what it makes of a connection that failed.
        "config.default.retry.policy.response.code.regex": "^(400|429|5[0-9][0-9])$",
        # As its manual has them, and without the prefix, as a task of 0.8.84 reads them.
        **{f"{scope}retry.policy.{name}": value for scope in ("config.default.", "") for name, value in RETRY.items()},
        # One limit for all tasks; unset, it is one call a second for each.
        "config.default.rate.limiter.scope": "static",
        "config.default.rate.limiter.max.executions": calls,
        "config.default.rate.limiter.period.in.ms": milliseconds,
    }


def _write(path: Path, settings: dict[str, object]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


def missing() -> str | None:
    """Resolve its jars where that was not done since the poms changed; why it cannot be, None where they are there."""
    version = java_version()
    if version is None or version < OLDEST_JAVA:
        return f"no Java {OLDEST_JAVA} or newer"
    poms = [SOURCES / "pom.xml", SOURCES / "parent/pom.xml"]
    if JARS.is_dir() and JARS.stat().st_mtime > max(pom.stat().st_mtime for pom in poms):
        return None
    if shutil.which("mvn") is None:
        return "no Maven"
    fresh = JARS.with_name("fresh")
    for folder in (fresh, JARS):
        shutil.rmtree(folder, ignore_errors=True)
    wanted = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"]
    try:
        run_java_tool(["mvn", "-q", "-B", "-f", str(poms[0]), *wanted], "Maven cannot resolve it")
    except StreamsError as error:
        return str(error)
    fresh.rename(JARS)
    return None


PEER = Peer(
    name=f"Kafka Connect, HTTP sink {VERSION}", does="posts records as they are", command=command, missing=missing
)
