"""The golden contract, from its Python end; `widget_js/test` reads the same files."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwidget import wire
from chatwidget.chunks import Status, TextDelta, ToolOutputAvailable, Wire

CONTRACT = sorted((Path(__file__).parent / "wire").glob("*.json"))


@pytest.fixture(params=CONTRACT, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(request.param.read_text())
    return loaded


def test_the_contract_is_there() -> None:
    assert len(CONTRACT) > 5


def test_chunks_become_exactly_the_golden_frames(golden: dict[str, Any]) -> None:
    chunks = [msgspec.convert(chunk, Wire) for chunk in golden["chunks"]]
    entries = [wire.encode(chunk) for chunk in chunks]
    frames = wire.ui_frames(golden["run"], 0, entries) + wire.DONE
    assert frames.decode() == golden["ui"]


def test_much_is_cut_into_pieces_and_stays_the_same() -> None:
    entries = [b"x" * size for size in (1, 50_000, 50_000, 200_000, 2, 3)]
    pieces = list(wire.ui_pieces("abcdefgh", 7, entries))
    assert b"".join(pieces) == wire.ui_frames("abcdefgh", 7, entries)
    assert [piece.count(b"id: ") for piece in pieces] == [3, 1, 2]
    assert list(wire.ui_pieces("abcdefgh", 0, [])) == []


def test_chunks_become_exactly_the_golden_plain_frames(golden: dict[str, Any]) -> None:
    plain = wire.PlainFrames()
    frames = [f for c in golden["chunks"] for f in plain.frames(msgspec.convert(c, Wire))]
    assert b"".join(frames).decode() == golden["plain"]


def test_what_is_encoded_is_decoded_again(golden: dict[str, Any]) -> None:
    for chunk in golden["chunks"]:
        decoded = msgspec.convert(chunk, Wire)
        assert wire.decode(wire.encode(decoded)) == decoded


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_can_forge_a_frame(text: str) -> None:
    frames = wire.ui_frames("abcdefgh", 7, [wire.encode(TextDelta(text, "p1"))]).decode()
    head, data, *rest = frames.split("\n")
    assert (head, rest) == ("id: abcdefgh-7", ["", ""])
    assert "\r" not in frames
    assert json.loads(data.removeprefix("data: "))["delta"] == text


@given(st.text())
def test_a_plain_frame_is_ascii_on_one_line(text: str) -> None:
    frames = wire.PlainFrames().frames(TextDelta(text, "p1"))
    assert all(frame.isascii() and frame.count(b"\n") == 2 for frame in frames)
    contents = [json.loads(frame.removeprefix(b"data: "))["content"] for frame in frames]
    assert "".join(contents) == text


def test_a_plain_frame_fits_into_one_packet() -> None:
    text = "\N{GRINNING FACE}" * 2048
    frames = wire.PlainFrames().frames(TextDelta(text, "p1"))
    assert max(len(frame) for frame in frames) < 1400
    contents = [json.loads(frame.removeprefix(b"data: "))["content"] for frame in frames]
    assert "".join(contents) == text


def test_lone_surrogates_are_replaced_and_pairs_are_joined() -> None:
    mended = wire.mend(ToolOutputAvailable("c", {"\ud83d": ["a\ud83d", "\ud83d\ude00"]}))
    assert mended == ToolOutputAvailable("c", {"\ufffd": ["a\ufffd", "😀"]})
    assert wire.mend(Status("\udc00")) == Status("\ufffd")


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("k3J9xQ2a-0", ("k3J9xQ2a", 0)),
        ("k3J9xQ2a-4711", ("k3J9xQ2a", 4711)),
        (None, None),
        ("", None),
        ("4711", None),
        ("k3J9xQ2a--1", None),
        ("k3J9xQ2a-01", None),
        ("k3J9xQ2a-1\n", None),
        ("k3J9xQ2a-99999999999999999999", None),
        ("k3J9xQ2a-\N{ARABIC-INDIC DIGIT ONE}", None),
    ],
)
def test_a_cursor_is_ours_or_none(text: str | None, cursor: tuple[str, int] | None) -> None:
    assert wire.read_cursor(text) == cursor
