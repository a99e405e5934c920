# The image for workers: `docker build -t infobip-streams .`; it has no simulator, no demo and no broker. Those are in
# the one of `docker build --target demo -t infobip-streams:demo .`, and OpenTelemetry besides the workers in the one of
# `docker build --target otel -t infobip-streams:otel .`
#
# Releases and suites are pinned; pin digests, too, where you build for production:
#   docker build --build-arg RUNTIME=python:3.12.12-slim-bookworm@sha256:... .
ARG BUILDER=python:3.12.12-bookworm
ARG RUNTIME=python:3.12.12-slim-bookworm

# The compilers stay in this stage: some dependencies have no wheel for every machine.
FROM ${BUILDER} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.txt requirements-dev.txt ./
RUN python -m venv /opt/infobip-streams \
 && /opt/infobip-streams/bin/pip install --require-hashes -r requirements.txt
# Of the developers' lock only the build backend, so that it is pinned, too.
RUN awk '/^[a-z]/ { keep = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } keep' \
      requirements-dev.txt > requirements-build.txt \
 && python -m venv backend && backend/bin/pip install --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY streams streams
RUN backend/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/infobip-streams/bin/pip install --no-deps dist/*.whl

# What the simulator and the demo need besides: again of the developers' lock.
FROM build AS build-demo
RUN awk '/^[a-z]/ { keep = /^(noida-db|trustme|cryptography|cffi|pycparser)==/ } keep' \
      requirements-dev.txt > requirements-demo.txt \
 && /opt/infobip-streams/bin/pip install --require-hashes -r requirements-demo.txt

FROM build AS build-worker
RUN cd /opt/infobip-streams/lib/python3.*/site-packages/streams && rm -r simulator demo

# What tells spans to a collector, likewise.
FROM build-worker AS build-otel
RUN awk '/^[a-z]/ { keep = /^(charset-normalizer|googleapis-common-protos|opentelemetry-api|opentelemetry-exporter-http-transport|opentelemetry-exporter-otlp-common|opentelemetry-exporter-otlp-proto-common|opentelemetry-exporter-otlp-proto-http|opentelemetry-proto|opentelemetry-sdk|opentelemetry-semantic-conventions|protobuf|requests|urllib3)==/ } keep' \
      requirements-dev.txt > requirements-otel.txt \
 && /opt/infobip-streams/bin/pip install --require-hashes -r requirements-otel.txt

FROM ${RUNTIME} AS runtime
LABEL org.opencontainers.image.title="infobip-streams" \
      org.opencontainers.image.description="Keeps Kafka audiences and Infobip people in step, both ways." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/infobip-streams/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home streams \
 && install -d -o 10001 /var/lib/infobip-streams
# For `kafka.state_dir`: what jobs of kind track_messages, and exports with keep_members, keep on disk, worth a volume of each process's own.
# Where jobs.yaml is looked for, and the files that it names.
WORKDIR /etc/infobip-streams
# As a number, because Kubernetes takes no name for somebody who is not root.
USER 10001
ENTRYPOINT ["infobip-streams"]
CMD ["--help"]

FROM runtime AS demo
COPY --from=build-demo /opt/infobip-streams /opt/infobip-streams

FROM runtime AS otel
COPY --from=build-otel /opt/infobip-streams /opt/infobip-streams
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["python", "-m", "streams.alive"]

FROM runtime
COPY --from=build-worker /opt/infobip-streams /opt/infobip-streams
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["python", "-m", "streams.alive"]
