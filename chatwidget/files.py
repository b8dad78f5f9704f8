"""Files that visitors attach: what is kept of them, and whether they are what they say they are.

Knows no HTTP and no store. A file's name is a label and never a path.
"""

import hashlib
import re
import unicodedata

from msgspec import Struct

from chatwidget.errors import FileNotAllowed

LONGEST_NAME = 100
"""Characters of a name that are kept."""

_LONGEST_EXTENSION = 16
_STARTS = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
_TEXT = re.compile(r"text/[a-z0-9][a-z0-9.+-]*|application/(json|yaml|toml|x-ndjson)")
# What a browser would run, or read as a page: no header is worth relying on alone.
_ACTIVE = re.compile(r".*(html|xml|xsl|script|css).*")
_UNFIT = re.compile(r'[<>:"|?*`]+')
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class FileRecord(Struct, frozen=True, kw_only=True):
    """What is known of a file; `size` in bytes. It is `owner`'s alone."""

    id: str
    conversation_id: str
    owner: str
    name: str
    media_type: str
    size: int


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file that a visitor attached, as a provider gets it."""

    id: str
    name: str
    media_type: str
    data: bytes

    @property
    def is_image(self) -> bool:
        return is_image(self.media_type)

    @property
    def text(self) -> str:
        """The content of a text file; nothing for an image."""
        return "" if self.is_image else self.data.decode("utf-8-sig", "replace")


def is_image(media_type: str) -> bool:
    """Whether files of this type go to a model as images."""
    return media_type.startswith("image/")


def is_checkable(media_type: str) -> bool:
    """Whether we can tell a file of this type from one that only says so, and may serve it."""
    if media_type in _STARTS:
        return True
    return bool(_TEXT.fullmatch(media_type)) and not _ACTIVE.fullmatch(media_type)


def plain_type(media_type: str) -> str:
    """Return the media type without parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def check_content(media_type: str, data: bytes) -> None:
    """Raise `FileNotAllowed` unless the content is what `media_type` says."""
    if not data:
        raise FileNotAllowed("This file is empty.")
    if start := _STARTS.get(media_type):
        if not start.match(data):
            raise FileNotAllowed(hint=f"the content is no {media_type}")
        return
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise FileNotAllowed(
            "This file is not readable as text.", hint=f"{media_type} has to be UTF-8: {error}"
        ) from error
    if "\0" in text:
        raise FileNotAllowed("This file is not readable as text.", hint="there is a NUL in it")


def clean_name(name: str) -> str:
    """Return a name that is safe to show, to quote in a header and to save under: the last part of
    a path, without anything unseen, of at most `LONGEST_NAME` characters."""
    # The end of it is what is kept, and normalizing a name of megabytes would take a while.
    name = re.split(r"[/\\]", name[-8 * LONGEST_NAME :])[-1]
    name = unicodedata.normalize("NFC", name)
    seen = (" " if c.isspace() else c for c in name)
    name = "".join(c for c in seen if unicodedata.category(c) not in _UNSEEN)
    name = " ".join(_UNFIT.sub("_", name).split()).strip(". ")
    if len(name) > LONGEST_NAME:
        stem, dot, extension = name.rpartition(".")
        if not dot or len(extension) > _LONGEST_EXTENSION:
            stem, dot, extension = name, "", ""
        name = stem[: LONGEST_NAME - len(dot + extension)].rstrip(". ") + dot + extension
    return name or "file"


def file_id(conversation_id: str, owner: str, name: str, media_type: str, data: bytes) -> str:
    """Return the file's id: the same file sent again to the same place is the same file."""
    place = "\0".join((conversation_id, owner, name, media_type, ""))
    return "f_" + hashlib.sha256(place.encode() + data).hexdigest()[:32]
