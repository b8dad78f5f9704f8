"""The version, as it was installed."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("chatwidget")
except PackageNotFoundError:
    __version__ = "0+unknown"
