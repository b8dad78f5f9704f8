"""The README says what is there: prose that nothing checks drifts."""

import inspect
import json
import re
import tomllib
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import Path

import pytest

from chatwidget import Attachments, ChatWidget, History, Limits, Timeouts, errors

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=[f"block {n}" for n in range(len(BLOCKS))])
def test_its_python_is_python(block: str) -> None:
    compile(block, "README.md", "exec")


def test_it_names_every_option() -> None:
    options = list(inspect.signature(ChatWidget).parameters)
    assert [name for name in options if f"`{name}`" not in README] == []


@pytest.mark.parametrize("settings", [Limits, Timeouts, History, Attachments])
def test_it_tells_every_default(settings: type) -> None:
    told = [
        f"{field.name}={field.default}"
        for field in fields(settings)
        if type(field.default) in (int, float) and field.default
    ]
    assert [each.removesuffix(".0") for each in told if each.removesuffix(".0") not in README] == []


def test_it_names_every_code() -> None:
    classes = [each for each in vars(errors).values() if inspect.isclass(each)]
    codes = {each.code for each in classes if issubclass(each, errors.ChatError)}
    codes |= set(errors.PROVIDER_CODES)
    assert [code for code in sorted(codes) if f"`{code}`" not in README] == []


def test_it_gives_a_reason_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    python = {re.split(r"[\[<>=]", line)[0] for line in lines} - {"chatwidget"}
    package = json.loads((ROOT / "widget_js" / "package.json").read_text())
    script = set(package.get("dependencies", {})) | set(package["devDependencies"]) - {"ai-v6"}
    tables = README[README.index("## What it is built on") :]
    assert [name for name in sorted(python | script) if name not in tables] == []


def test_its_map_has_every_module() -> None:
    shown = re.findall(r"`([\w*.-]+)`", README[README.index("## The map") :])
    modules = [*(ROOT / "chatwidget").glob("*.py"), *(ROOT / "widget_js" / "src").glob("*.ts")]
    names = [path.name for path in modules if not path.name.startswith("__")]
    assert [name for name in names if not any(fnmatch(name, each) for each in shown)] == []


def test_every_file_it_points_at_is_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
