"""Writes the plain manifests of deploy/kubernetes anew: `python -m tests.deploy`."""

from tests.deploy.chart import PLAIN, manifests

(PLAIN / "infobip-streams.yaml").write_text(manifests())
