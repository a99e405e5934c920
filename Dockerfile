# The compilers stay in the first stage: some dependencies have no wheel for every machine.
FROM python:3.12 AS build
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

FROM python:3.12-slim
ENV PATH=/opt/infobip-streams/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home streams
COPY --from=build /opt/infobip-streams /opt/infobip-streams
USER streams
ENTRYPOINT ["infobip-streams"]
CMD ["--help"]
