"""Apache Kafka's jars: resolved by Maven once, and kept in the user's cache."""

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

from streams.errors import StreamsError

POM = Path(__file__).parent / "kafka" / "pom.xml"
OLDEST_JAVA = 17


def resolve_jars() -> Path:
    """Return the folder of Kafka's jars, resolved by Maven once and kept by version.

    Raises:
        StreamsError: there is no Java 17 or no Maven, or Maven cannot resolve them.

    """
    if not _java_is_new():
        raise StreamsError(f"no Java {OLDEST_JAVA} or newer")
    jars = _folder()
    if jars.is_dir():
        return jars
    if shutil.which("mvn") is None:
        raise StreamsError("no Maven")
    fresh = jars.with_name(f"{jars.name}.{os.getpid()}")
    maven = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"]
    try:
        run_java_tool(maven, "Maven cannot resolve Apache Kafka")
        fresh.rename(jars)
    except OSError:  # somebody else was quicker
        if not jars.is_dir():
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return jars


def jars_found() -> bool:
    """Whether the jars are here or can be fetched, and there is a Java to run them."""
    return _java_is_new() and (_folder().is_dir() or shutil.which("mvn") is not None)


def _java_is_new() -> bool:
    version = java_version()
    return version is not None and version >= OLDEST_JAVA


def _folder() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "infobip-streams" / "kafka" / kafka_version()


def java_version() -> int | None:
    """Return the major version of the machine's Java, None where there is none."""
    if shutil.which("java") is None:
        return None
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else None


def kafka_version() -> str:
    """Return the version that pom.xml names."""
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    version = ET.parse(POM).getroot().findtext(".//m:dependency/m:version", namespaces=space)  # noqa: S314 - our own
    if not version:
        raise StreamsError(f"{POM} names no version of Kafka")
    return version


def run_java_tool(command: list[str], complaint: str) -> None:
    """Run it to its end; what it says first is the reason when it fails."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        lines = [line for line in f"{ran.stdout}\n{ran.stderr}".splitlines() if line.strip()] or ["it said nothing"]
        raise StreamsError(f"{complaint}: {lines[0].strip()}")
