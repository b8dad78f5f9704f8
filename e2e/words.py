"""The widget's own words in a language, read from the sources that it is built from."""

import ast
import re
from functools import cache
from pathlib import Path

from chatwidget.errors import PROVIDER_CODES, RateLimited

SOURCES = Path(__file__).parent.parent / "widget_js" / "src"
ENTRY = re.compile(r"""^\s+(\w+): (?P<value>'.*'|".*"),$""", re.MULTILINE)


@cache
def words_of(lang: str) -> dict[str, str]:
    """Return the words by their names, as in strings.ts; errors as `errors.code`.

    `{n}` stands where a number, or another value, comes.
    """
    names = ("strings", "strings-later") if lang == "en" else (f"strings-{lang}",)
    own, _, errors = "\n".join((SOURCES / f"{name}.ts").read_text() for name in names).partition(
        "  errors: {"
    )
    found = {
        prefix + entry[1]: str(ast.literal_eval(entry["value"]))
        for prefix, text in (("", own), ("errors.", errors))
        for entry in ENTRY.finditer(text)
    }
    told = {code: message for code, (message, _) in PROVIDER_CODES.items()}
    told[RateLimited.code] = RateLimited.message
    # In English what the server says is shown as it is; a code without words has those of another.
    other = found.get("errors.internal")
    return {f"errors.{code}": other or message for code, message in told.items()} | found


def pattern(word: str) -> re.Pattern[str]:
    """Return what matches a word with any value in its place."""
    return re.compile(re.escape(word).replace(r"\{n\}", ".+?"))
