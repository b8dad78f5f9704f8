"""Imports point down only, and what is heavy is imported by those alone who need it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "chatwidget"

# A module imports only from the lines above its own. Providers and stores are many, and one step
# each: their modules may import one another.
LEVELS = """
chunks errors ids colours client_address responses signatures shutdown threads version
files origins
config messages parts coalesce wire tokens transcript
fold history replay bodies pages rate_limits sse providers.base stores.base
access tools providers stores cut_answers
toolbox environment orphan
run keeper uploads file_window
engine file_routes
routes continuation
refusals
app
__init__
gradio demo_app
cli
__main__
"""
LEVEL = {name: level for level, line in enumerate(LEVELS.split("\n")) for name in line.split()}

# Who may import what is not the standard library's.
NEEDED_BY = {
    "anthropic": ("providers.anthropic",),
    "anyio": ("tools",),
    "docstring_parser": ("signatures",),
    "gradio": ("gradio",),
    "httpx2": ("providers.upstream_errors",),
    "jinja2": ("pages", "demo_app"),
    "jwt": ("tokens",),
    "limits": ("access", "rate_limits"),
    "msgspec": ("",),
    "openai": ("providers.openai",),
    "redis": ("stores.redis", "stores.redis_connection"),
    "starlette": (
        "access",
        "app",
        "bodies",
        "demo_app",
        "file_routes",
        "origins",
        "pages",
        "refusals",
        "responses",
        "routes",
        "sse",
    ),
    "uvicorn": ("cli",),
}


def modules() -> dict[str, Path]:
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in FILES}
    return {name.removesuffix(".__init__"): path for name, path in paths.items()}


def imports(path: Path) -> set[str]:
    """Return every module that the file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = whole.removeprefix("chatwidget.") in MODULES
                found.add(whole if is_module else str(node.module))
    return found


FILES = sorted(ROOT.rglob("*.py"))
MODULES = modules()


def unit(name: str) -> str:
    """Return what of `LEVELS` the module `name`, as others import it, belongs to."""
    if name == "chatwidget":
        return "__init__"
    name = name.removeprefix("chatwidget.")
    return name if name in LEVEL else name.partition(".")[0]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_below(name: str) -> None:
    assert unit(name) in LEVEL, f"{name} has no place in LEVELS yet"
    for imported in imports(MODULES[name]):
        if imported.partition(".")[0] == "chatwidget" and unit(imported) != unit(name):
            assert LEVEL[unit(imported)] < LEVEL[unit(name)], f"{name} imports {imported}"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_nothing_that_is_not_its_business(name: str) -> None:
    for imported in imports(MODULES[name]):
        package = imported.partition(".")[0]
        if package != "chatwidget" and package not in sys.stdlib_module_names:
            assert name.startswith(NEEDED_BY[package]), f"{name} imports {package}"


def loaded_by(statement: str) -> set[str]:
    """Return all packages that a fresh interpreter has loaded after `statement`."""
    program = f"import sys; {statement}; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    return {name.partition(".")[0] for name in output.split()}


HEAVY = {"gradio", "openai", "anthropic", "redis", "uvicorn", "fastapi", "pydantic", "httpx2"}


@pytest.mark.parametrize(
    ("statement", "needs"),
    [
        ("import chatwidget", set()),
        ("from chatwidget.providers import Scripted, Demo, as_provider", set()),
        ("import chatwidget.stores", set()),
        ("import chatwidget.cli", set()),
        ("from chatwidget.providers import OpenAI", {"openai", "pydantic", "httpx2"}),
        ("from chatwidget.providers import Anthropic", {"anthropic", "pydantic", "httpx2"}),
    ],
)
def test_an_import_loads_no_more_than_it_needs(statement: str, needs: set[str]) -> None:
    assert loaded_by(statement) & HEAVY == needs
