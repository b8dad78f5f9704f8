"""What people may import: exactly these names, each of them documented."""

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import chatwidget
import chatwidget.providers
import chatwidget.stores

README = (Path(__file__).parents[1] / "README.md").read_text()

NAMES = {
    "Attachments",
    "ChatError",
    "ChatRequest",
    "ChatWidget",
    "Data",
    "History",
    "Limits",
    "Provider",
    "ProviderError",
    "ReasoningDelta",
    "SourceUrl",
    "Status",
    "Suggestions",
    "StepEnd",
    "StoredFile",
    "TextDelta",
    "Timeouts",
    "ToolError",
    "tool",
}
PROVIDERS = {
    "Anthropic",
    "ChatRequest",
    "Demo",
    "Function",
    "Gate",
    "OpenAI",
    "Provider",
    "Scripted",
    "ToolSpec",
    "as_provider",
    "fail",
    "pause",
}
STORES = {"Memory", "Redis", "SQLite", "Store"}


def public(module: ModuleType) -> set[str]:
    return {
        name
        for name in dir(module)
        if not name.startswith("_") and not inspect.ismodule(getattr(module, name))
    }


def test_the_package_has_these_names() -> None:
    assert public(chatwidget) == NAMES


def test_the_providers_are_these() -> None:
    assert public(chatwidget.providers) == PROVIDERS


def test_the_stores_are_these() -> None:
    assert public(chatwidget.stores) == STORES


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    nothing: Any = chatwidget.providers
    with pytest.raises(AttributeError):
        _ = nothing.Nothing


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_is_explained(name: str) -> None:
    assert inspect.getdoc(getattr(chatwidget, name))
    assert f"{name}" in README, f"{name} is not in the README"


def test_the_version_is_the_packages() -> None:
    from importlib.metadata import version

    assert chatwidget.__version__ == version("chatwidget")
