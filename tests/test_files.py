"""A file is what it says it is, and its name is a label."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import GIF, JPEG, PNG, SVG, WEBP

from chatwidget.errors import FileNotAllowed
from chatwidget.files import (
    LONGEST_NAME,
    StoredFile,
    check_content,
    clean_name,
    file_id,
    is_checkable,
    plain_type,
)

IMAGES = {"image/png": PNG, "image/gif": GIF, "image/jpeg": JPEG, "image/webp": WEBP}


@pytest.mark.parametrize("media_type", IMAGES)
def test_an_image_is_of_its_own_type_and_of_no_other(media_type: str) -> None:
    for other, data in IMAGES.items():
        if other == media_type:
            check_content(media_type, data)
        else:
            with pytest.raises(FileNotAllowed):
                check_content(media_type, data)


@pytest.mark.parametrize("media_type", [*IMAGES, "text/plain"])
@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x89PNG\r\n", b"RIFF\0\0\0\0WAVE", b"GIF88a;\xff"]
)
def test_anything_else_is_no_file_of_that_type(media_type: str, data: bytes) -> None:
    with pytest.raises(FileNotAllowed):
        check_content(media_type, data)


def test_a_page_is_no_image() -> None:
    for data in (SVG, b"<html><script>alert(1)</script>"):
        for media_type in IMAGES:
            with pytest.raises(FileNotAllowed):
                check_content(media_type, data)


@pytest.mark.parametrize("data", ["Grüße 😀".encode(), b"\xef\xbb\xbfa,b\n1,2", b" ", SVG])
def test_text_is_utf8(data: bytes) -> None:
    check_content("text/csv", data)


@pytest.mark.parametrize("data", ["Grüße".encode("latin-1"), "Hi".encode("utf-16"), PNG, b"a\0b"])
def test_nothing_else_is_text(data: bytes) -> None:
    with pytest.raises(FileNotAllowed) as caught:
        check_content("text/plain", data)
    assert caught.value.message == "This file is not readable as text."


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("notes.txt", "notes.txt"),
        ("Grüße aus Köln.md", "Grüße aus Köln.md"),
        ("报告.csv", "报告.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("...", "file"),
        (".htaccess", "htaccess"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\r\nSet-Cookie: x=1\r\n.txt", "a Set-Cookie_ x=1 .txt"),
        ("a\0b\x1b[31m.txt", "ab[31m.txt"),
        ('"><img src=x>.png', "_img src=x_.png"),
        ("  a \t b .txt ", "a b .txt"),
        ("e\u0301.txt", "é.txt"),
        ("x" * 10_000 + ".png", "x" * 96 + ".png"),
        ("x" * 10_000, "x" * 100),
        ("a." + "x" * 10_000, "x" * 100),
    ],
)
def test_a_name_is_cleaned(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


@given(st.text(max_size=300) | st.text('/\\.:"<>\r\n\u202e\0 ab', max_size=300))
def test_no_name_is_dangerous(sent: str) -> None:
    name = clean_name(sent)
    assert 0 < len(name) <= LONGEST_NAME
    assert not re.search(r'[/\\<>:"|?*`]', name)
    assert not name.startswith(".")
    assert all(unicodedata.category(c)[0] != "C" for c in name)
    assert clean_name(name) == name
    name.encode()


def test_the_same_file_in_the_same_place_has_the_same_id() -> None:
    place = ("c_1", "v_1", "a.txt", "text/plain", b"A")
    ids = {
        file_id(*place),
        file_id("c_2", *place[1:]),
        file_id("c_1", "v_2", *place[2:]),
        file_id("c_1", "v_1", "b.txt", *place[3:]),
        file_id("c_1", "v_1", "a.txt", "text/csv", b"A"),
        file_id(*place[:4], b"B"),
    }
    assert len(ids) == 6
    assert file_id(*place) in ids


@pytest.mark.parametrize(
    "media_type", ["text/plain", "text/x-python", "application/json", "image/png", "text/csv"]
)
def test_types_that_can_be_checked(media_type: str) -> None:
    assert is_checkable(media_type)


def test_a_type_is_compared_without_its_parameters() -> None:
    assert plain_type(" Text/Plain; charset=UTF-8") == "text/plain"


def test_a_provider_reads_text_without_its_mark_and_nothing_of_an_image() -> None:
    text = StoredFile(id="f", name="a.csv", media_type="text/csv", data=b"\xef\xbb\xbfa,b")
    image = StoredFile(id="f", name="a.png", media_type="image/png", data=PNG)
    assert (text.text, text.is_image) == ("a,b", False)
    assert (image.text, image.is_image) == ("", True)
