"""The headers of a post: static ones, and the proof of who posts it."""

import base64
import hmac
from collections.abc import Mapping
from typing import Any

from streams.simulator.options import SimulatorOptions

_DIGESTS: Mapping[str, str] = {
    "HMAC_MD5": "md5",
    "HMAC_SHA_1": "sha1",
    "HMAC_SHA_224": "sha224",
    "HMAC_SHA_256": "sha256",
    "HMAC_SHA_384": "sha384",
    "HMAC_SHA_512": "sha512",
}
JSON = "application/json"


def headers_of(
    body: bytes, profile: Mapping[str, Any], security: Mapping[str, Any] | None, options: SimulatorOptions
) -> dict[str, str]:
    """Return the headers of a post by a profile; what is signed is the body as it is sent."""
    headers = {"Content-Type": profile.get("webhook", {}).get("contentType") or JSON, **profile.get("headers", {})}
    kind = (security or {}).get("type")
    if kind == "BASIC":
        # Headers have no case: one of the profile must not stand beside it.
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    credentials = (security or {}).get("credentials", {})
    match kind:
        case "BASIC":
            pair = f"{credentials['username']}:{credentials['password']}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        case "HMAC":
            headers[options.hmac_header] = _signature(body, credentials, options)
    return headers


def _signature(body: bytes, credentials: Mapping[str, Any], options: SimulatorOptions) -> str:
    digest = hmac.new(credentials["secretKey"].encode(), body, _DIGESTS[credentials["algorithm"]])
    return digest.hexdigest() if options.hmac_encoding == "hex" else base64.b64encode(digest.digest()).decode()
