"""Settings: what is wrong is said when it is set, with its name, its value and what is allowed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwidget.colours import is_colour
from chatwidget.config import Attachments, History, Limits, Timeouts, WidgetConfig


def test_the_defaults_are_valid() -> None:
    assert Limits().messages_per_minute == 20
    assert Timeouts().first_token == 60
    assert History().messages == 100
    assert WidgetConfig().title == "Chat"


def test_public_is_what_the_widget_is_told() -> None:
    config = WidgetConfig(
        title="Ask us", suggestions=("Where is my order?",), accent="#0a7", avatar="/cat.png"
    )
    told = config.public(version="1.2.3", limits=Limits(message_characters=500), heartbeat=15)
    assert json.loads(json.dumps(told)) == {
        "version": "1.2.3",
        "title": "Ask us",
        "subtitle": None,
        "greeting": None,
        "placeholder": None,
        "suggestions": ["Where is my order?"],
        "disclaimer": None,
        "avatar": "/cat.png",
        "theme": "auto",
        "accent": "#0a7",
        "position": "end",
        "anchor": "end",
        "look": None,
        "features": {
            "stop": True,
            "regenerate": True,
            "feedback": True,
            "conversations": True,
            "continue": True,
            "attachments": None,
            "speech": False,
        },
        "limits": {"messageCharacters": 500},
        "heartbeat": 15,
        "imageOrigins": [],
    }


@pytest.mark.parametrize(
    ("kind", "name", "value", "told"),
    [
        (Limits, "messages_per_minute", 0, "a whole number of at least 1, or None"),
        (Limits, "messages_per_minute_per_ip", 2.5, "a whole number of at least 1, or None"),
        (Limits, "sessions_per_minute_per_ip", "9", "a whole number of at least 1, or None"),
        (Limits, "message_characters", None, "a whole number of at least 1"),
        (Limits, "body_bytes", -1, "a whole number of at least 1"),
        (Limits, "trusted_proxies", True, "a whole number of at least 0"),
        (Limits, "max_tool_rounds", -1, "a whole number of at least 0"),
        (Timeouts, "first_token", 0, "a number of seconds above 0"),
        (Timeouts, "idle", "60", "a number of seconds above 0"),
        (Timeouts, "total", float("nan"), "a number of seconds above 0"),
        (History, "messages", 0, "a whole number of at least 1"),
        (History, "tokens", 0, "a whole number of at least 1, or None"),
        (History, "files", -1, "a whole number of at least 0"),
        (Attachments, "bytes", 0, "a whole number of at least 1"),
        (Attachments, "files", None, "a whole number of at least 1"),
        (Attachments, "media_types", "image/png", "a list of media types"),
        (Attachments, "media_types", (), "a list of media types"),
        (WidgetConfig, "attachments", True, "Attachments(…) or None"),
        (WidgetConfig, "speech", 1, "True or False"),
        (WidgetConfig, "title", " ", "a text that is not empty"),
        (WidgetConfig, "title", None, "a text that is not empty"),
        (WidgetConfig, "greeting", 7, "a text or None"),
        (WidgetConfig, "suggestions", "Hello?", "a list of texts"),
        (WidgetConfig, "suggestions", ["Hello?", ""], "a list of texts"),
        (WidgetConfig, "theme", "blue", "'auto' or 'light' or 'dark'"),
        (WidgetConfig, "position", "left", "'end' or 'start'"),
        (WidgetConfig, "anchor", "top", "'end' or 'question'"),
        (WidgetConfig, "preset", "Paper", "'paper'"),
        (WidgetConfig, "radius", 41, "between 0 and 40 pixels"),
        (WidgetConfig, "radius", "8px", "between 0 and 40 pixels"),
        (WidgetConfig, "density", True, "between 0.5 and 2"),
        (WidgetConfig, "density", float("nan"), "between 0.5 and 2"),
        (WidgetConfig, "font", "a; b", "names of fonts"),
        (WidgetConfig, "font", "", "names of fonts"),
        (WidgetConfig, "font", "'a", "names of fonts"),
        (WidgetConfig, "font", "url(x)", "names of fonts"),
        (WidgetConfig, "accent", "blurple", "a CSS colour"),
        (WidgetConfig, "avatar", "cat.png", "an http"),
        (WidgetConfig, "image_origins", ["ftp://a.example"], "http or https"),
    ],
)
def test_a_wrong_value_is_refused_by_name(kind: Any, name: str, value: Any, told: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        kind(**{name: value})
    text = str(caught.value)
    assert text.startswith(f"{kind.__name__}: {name}={value!r} must be ")
    assert told in text


def test_of_the_look_only_what_was_set_is_told() -> None:
    config = WidgetConfig(preset="soft", radius=0, font="Inter, 'Noto Sans', sans-serif")
    told = config.public(version="1", limits=Limits(), heartbeat=15)
    assert told["look"] == {"preset": "soft", "radius": 0, "font": "Inter, 'Noto Sans', sans-serif"}


@pytest.mark.parametrize(
    "media_type",
    [
        "image/svg+xml",
        "text/html",
        "application/xhtml+xml",
        "text/xml",
        "text/javascript",
        "application/javascript",
        "application/pdf",
        "image/*",
        "*/*",
        "text/",
        "",
        None,
    ],
)
def test_what_a_browser_would_run_can_not_be_allowed(media_type: Any) -> None:
    with pytest.raises(ValueError, match="media_types="):
        Attachments(media_types=["image/png", media_type])


def test_the_widget_is_told_what_may_be_attached() -> None:
    config = WidgetConfig(
        attachments=Attachments(media_types=["image/png"], bytes=1000, files=2),
        speech=True,
    )
    told = config.public(version="1", limits=Limits(), heartbeat=15)
    assert told["features"]["speech"] is True
    assert told["features"]["attachments"] == {
        "mediaTypes": ["image/png"],
        "bytes": 1000,
        "files": 2,
    }


def test_the_widget_is_told_where_images_may_come_from_as_a_browser_writes_it() -> None:
    given = ["https://Images.example:443", "http://localhost:80", "http://[0:0::1]:9000"]
    told = WidgetConfig(image_origins=given).public(version="1", limits=Limits(), heartbeat=15)
    assert told["imageOrigins"] == [
        "https://images.example",
        "http://localhost",
        "http://[::1]:9000",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "https://images.example",
        ["*"],
        ["https://*.example"],
        ["https://images.example/"],
        ["https://images.example/path"],
        ["images.example"],
        ["null"],
        ["data:"],
        [None],
    ],
)
def test_images_come_from_exact_origins_only(wrong: Any) -> None:
    with pytest.raises(ValueError, match="image_origins"):
        WidgetConfig(image_origins=wrong)


@pytest.mark.parametrize(
    "url",
    ["https://cdn.example/cat.png?v=1#x", "http://localhost:8000/cat.png", "/static/cat.png", "/"],
)
def test_an_avatar_is_a_url_or_a_path(url: str) -> None:
    assert WidgetConfig(avatar=url).avatar == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "//evil.example/cat.png",
        "/\\evil.example/cat.png",
        "\\\\evil.example",
        "https:cat.png",
        "https://",
        "https://[",
        "java\nscript:x",
        "/\t/evil.example",
        "https://a b/",
        "",
    ],
)
def test_an_avatar_is_nothing_else(url: str) -> None:
    with pytest.raises(ValueError, match="avatar="):
        WidgetConfig(avatar=url)


@pytest.mark.parametrize(
    "colour",
    [
        "#abc",
        "#ABCD",
        "#a1b2c3",
        "#a1b2c3d4",
        "teal",
        "RebeccaPurple",
        "rgb(1, 2, 3)",
        "rgb(1 2 3)",
        "rgba(1,2,3,.5)",
        "rgb(10% 20% 30% / 50%)",
        "hsl(210, 50%, 40%)",
        "hsl(210deg 50% 40% / 0.5)",
        "oklch(0.6 0.2 250)",
        "oklch(60% 0.2 -110.5deg/50%)",
    ],
)
def test_plain_colours(colour: str) -> None:
    assert is_colour(colour)


@pytest.mark.parametrize(
    "colour",
    [
        "",
        "#ab",
        "#abcde",
        "#ggg",
        "blurple",
        "inherit",
        "red;",
        "red}",
        "red\n",
        "rgb(1,2)",
        "rgb(1,2 3)",
        "rgb(1 2 3",
        "rgb(1 2 3) url(x)",
        "rgb(var(--x) 2 3)",
        "calc(1)",
        "url(https://evil.example)",
        "oklch(0.6 0.2 250);background:url(x)",
        "expression(1)",
        "rgb(\u0661 2 3)",
        None,
        7,
    ],
)
def test_everything_else_is_no_colour(colour: object) -> None:
    assert not is_colour(colour)


@given(st.text() | st.text("rgbhslokc()#,./% 0123456789degturn;{}\n\\"))
def test_a_colour_never_carries_anything_else_into_a_style_sheet(text: str) -> None:
    if is_colour(text):
        assert not set(text) & set(";{}\"'\\:@<>\n\t*!")
        assert "url" not in text.lower()
