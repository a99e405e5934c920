"""Which version this is."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """The installed version; 0 in a source tree that is not installed."""
    try:
        return version("infobip-streams")
    except PackageNotFoundError:
        return "0"
