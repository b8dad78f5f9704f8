"""What visitors see, and what they may do: every setting, checked when it is made."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from chatwidget.colours import is_colour
from chatwidget.files import is_checkable
from chatwidget.origins import parse_origins

Theme = Literal["auto", "light", "dark"]
Position = Literal["end", "start"]
Anchor = Literal["end", "question"]
Preset = Literal["paper", "compact", "soft", "contrast"]

_FONT = r"""(?:"[^"\\\n;{}]+"|'[^'\\\n;{}]+'|[\w-]+(?: [\w-]+)*)"""
_FONTS = re.compile(rf"{_FONT}(?:\s*,\s*{_FONT})*")

# A rough count serves: the window only has to stay clear of the model's own limit.
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What visitors may ask of us. `None` lifts a rate limit.

    `trusted_proxies` is how many proxies stand in front of us: that many entries at the right end
    of X-Forwarded-For are believed. With 0 behind a proxy, all visitors share one address.
    """

    messages_per_minute: int | None = 20
    messages_per_minute_per_ip: int | None = 60
    sessions_per_minute_per_ip: int | None = 30
    files_per_minute: int | None = 20
    files_per_minute_per_ip: int | None = 60
    message_characters: int = 8_000
    body_bytes: int = 256 * 1024
    trusted_proxies: int = 0
    max_tool_rounds: int = 8

    def __post_init__(self) -> None:
        for name in (
            "messages_per_minute",
            "messages_per_minute_per_ip",
            "sessions_per_minute_per_ip",
            "files_per_minute",
            "files_per_minute_per_ip",
        ):
            _whole(self, name, least=1, or_none=True)
        for name in ("message_characters", "body_bytes"):
            _whole(self, name, least=1)
        for name in ("trusted_proxies", "max_tool_rounds"):
            _whole(self, name, least=0)


@dataclass(frozen=True, kw_only=True)
class Attachments:
    """What files visitors may attach: of which types, of how many `bytes` each, how many `files`
    in one message, and how many `total_bytes` in one conversation (and as many that one visitor
    has not sent yet).

    Images are PNG, JPEG, WebP and GIF; all else is text in UTF-8. SVG and HTML can't be allowed.
    """

    media_types: Sequence[str] = (
        "image/png",
        "image/jpeg",
        "image/webp",
        "image/gif",
        "text/plain",
        "text/markdown",
        "text/csv",
        "application/json",
    )
    bytes: int = 5_000_000
    files: int = 4
    total_bytes: int = 50_000_000

    def __post_init__(self) -> None:
        for name in ("bytes", "files", "total_bytes"):
            _whole(self, name, least=1)
        if isinstance(self.media_types, str) or not self.media_types:
            raise _wrong(self, "media_types", "a list of media types, not empty")
        for media_type in self.media_types:
            if not isinstance(media_type, str) or not is_checkable(media_type):
                raise _wrong(
                    self,
                    "media_types",
                    "image/png, image/jpeg, image/webp, image/gif, application/json, or of text/… "
                    "what no browser would run",
                )


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long an answer may take, in seconds: until its first chunk, between two chunks, whole."""

    first_token: float = 60.0
    idle: float = 60.0
    total: float = 600.0

    def __post_init__(self) -> None:
        for name in ("first_token", "idle", "total"):
            seconds = getattr(self, name)
            number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
            if not number or math.isnan(seconds) or seconds <= 0:
                raise _wrong(self, name, "a number of seconds above 0")


@dataclass(frozen=True, kw_only=True)
class History:
    """How much of a conversation a provider is shown: its newest messages, up to `messages` and
    about `tokens` (counted as four characters each) if that is given.

    Of what visitors attached, the newest `files` and all of the question; earlier ones are only
    named. Text files together have `file_characters`, the newest first; they are cut there.
    """

    messages: int = 100
    tokens: int | None = None
    files: int = 8
    file_characters: int = 200_000

    def __post_init__(self) -> None:
        _whole(self, "messages", least=1)
        _whole(self, "files", least=0)
        _whole(self, "file_characters", least=0)
        _whole(self, "tokens", least=1, or_none=True)


@dataclass(frozen=True, kw_only=True)
class WidgetConfig:
    """What visitors see."""

    title: str = "Chat"
    subtitle: str | None = None
    greeting: str | None = None
    placeholder: str | None = None
    suggestions: Sequence[str] = ()
    disclaimer: str | None = None
    avatar: str | None = None
    theme: Theme = "auto"
    accent: str | None = None
    position: Position = "end"
    anchor: Anchor = "end"
    preset: Preset | None = None
    radius: float | None = None
    font: str | None = None
    density: float | None = None
    attachments: Attachments | None = None
    speech: bool = False
    image_origins: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.title, str) or not self.title.strip():
            raise _wrong(self, "title", "a text that is not empty")
        for name in ("subtitle", "greeting", "placeholder", "disclaimer"):
            if not isinstance(getattr(self, name), str | None):
                raise _wrong(self, name, "a text or None")
        if isinstance(self.suggestions, str) or not all(
            isinstance(text, str) and text.strip() for text in self.suggestions
        ):
            raise _wrong(self, "suggestions", "a list of texts, none of them empty")
        if self.avatar is not None and not _is_image_url(self.avatar):
            raise _wrong(self, "avatar", "an http(s) URL, or a path that begins with one slash")
        if self.accent is not None and not is_colour(self.accent):
            raise _wrong(
                self, "accent", "a CSS colour: '#0a7', 'teal', 'rgb(…)', 'hsl(…)' or 'oklch(…)'"
            )
        for name, choices in (
            ("theme", get_args(Theme)),
            ("position", get_args(Position)),
            ("anchor", get_args(Anchor)),
            ("preset", (None, *get_args(Preset))),
        ):
            if getattr(self, name) not in choices:
                raise _wrong(self, name, " or ".join(repr(choice) for choice in choices))
        _between(self, "radius", 0, 40, "pixels")
        _between(self, "density", 0.5, 2, "times the usual room")
        if self.font is not None and not _is_font_list(self.font):
            raise _wrong(self, "font", "names of fonts, like 'Inter, \"Noto Sans\", sans-serif'")
        if not isinstance(self.attachments, Attachments | None):
            raise _wrong(self, "attachments", "Attachments(…) or None")
        if not isinstance(self.speech, bool):
            raise _wrong(self, "speech", "True or False")
        for origin in parse_origins(self.image_origins, name="image_origins"):
            if origin.scheme not in ("http", "https"):
                raise _wrong(self, "image_origins", "a list of origins that are http or https")

    def public(self, *, version: str, limits: Limits, heartbeat: float) -> dict[str, Any]:
        """Return what `GET /config` says; `heartbeat` is in seconds."""
        return {
            "version": version,
            "title": self.title,
            "subtitle": self.subtitle,
            "greeting": self.greeting,
            "placeholder": self.placeholder,
            "suggestions": list(self.suggestions),
            "disclaimer": self.disclaimer,
            "avatar": self.avatar,
            "theme": self.theme,
            "accent": self.accent,
            "position": self.position,
            "anchor": self.anchor,
            "look": self._look(),
            "features": {
                "stop": True,
                "regenerate": True,
                "feedback": True,
                "conversations": True,
                "continue": True,
                "attachments": self._attachments(),
                "speech": self.speech,
            },
            "limits": {"messageCharacters": limits.message_characters},
            "heartbeat": heartbeat,
            "imageOrigins": self.images_from(),
        }

    def images_from(self) -> list[str]:
        """Return `image_origins` in the one way that browsers write them."""
        return [str(origin) for origin in parse_origins(self.image_origins, name="image_origins")]

    def _look(self) -> dict[str, Any] | None:
        look = {
            "preset": self.preset,
            "radius": self.radius,
            "font": self.font,
            "density": self.density,
        }
        return {name: value for name, value in look.items() if value is not None} or None

    def _attachments(self) -> dict[str, Any] | None:
        if (allowed := self.attachments) is None:
            return None
        return {
            "mediaTypes": list(allowed.media_types),
            "bytes": allowed.bytes,
            "files": allowed.files,
        }


def _whole(settings: object, name: str, *, least: int, or_none: bool = False) -> None:
    value = getattr(settings, name)
    if value is None and or_none:
        return
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        allowed = f"a whole number of at least {least}" + (", or None" if or_none else "")
        raise _wrong(settings, name, allowed)


def _between(settings: object, name: str, least: float, most: float, unit: str) -> None:
    value = getattr(settings, name)
    if value is None:
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not least <= value <= most:
        raise _wrong(settings, name, f"between {least:g} and {most:g} {unit}, or None")


def _wrong(settings: object, name: str, allowed: str) -> ValueError:
    return ValueError(
        f"{type(settings).__name__}: {name}={getattr(settings, name)!r} must be {allowed}"
    )


def _is_font_list(font: object) -> bool:
    # One quoted or plain name after the other: nothing that could end the declaration.
    return isinstance(font, str) and _FONTS.fullmatch(font.strip()) is not None


def _is_image_url(url: object) -> bool:
    # Browsers strip control characters and read a backslash as a slash: neither has a place here.
    if not isinstance(url, str) or "\\" in url or not url.isprintable() or " " in url:
        return False
    if url.startswith("/"):
        return not url.startswith("//")
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
