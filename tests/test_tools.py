"""Tools: what a model is told of a function, and what happens when it calls it."""

import contextvars
import dataclasses
import threading
from collections.abc import AsyncIterator, Callable
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict

import anyio
import anyio.lowlevel
import msgspec
import pytest

from chatwidget.tools import Tool, ToolError, ToolInputInvalid, ToolTimeout, to_json, tool

pytestmark = pytest.mark.anyio


@dataclasses.dataclass
class Address:
    """Where things go."""

    street: str
    zip_code: str = ""


class Tree(msgspec.Struct):
    name: str
    children: list["Tree"] = []


class Place(TypedDict):
    lat: float
    lon: float


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


# What the model is told


def test_a_plain_function_becomes_a_tool_and_stays_callable() -> None:
    @tool
    def order_status(order_id: str, verbose: bool = False) -> str:
        """Look up where
        an order is.

        It asks the warehouse, which may take a while.
        """
        return f"{order_id} {verbose}"

    assert order_status("A-1", verbose=True) == "A-1 True"
    assert order_status.name == "order_status"
    assert order_status.title is None
    assert order_status.spec.description == "Look up where an order is."
    assert order_status.spec.parameters == {
        "type": "object",
        "properties": {
            "order_id": {"type": "string"},
            "verbose": {"type": "boolean", "default": False},
        },
        "required": ["order_id"],
        "additionalProperties": False,
    }


def test_options_name_and_title_a_tool() -> None:
    @tool(name="lookup", title="Look up an order", timeout=5)
    def order_status() -> str:
        return "on its way"

    assert isinstance(order_status, Tool)
    assert (order_status.name, order_status.title, order_status.timeout) == (
        "lookup",
        "Look up an order",
        5,
    )
    assert order_status.spec.description == "lookup", "a model needs something to go by"
    assert order_status.parameters["properties"] == {}


def google(city: str, days: int = 3) -> str:
    """Tell the weather.

    Args:
        city: Where,
            as on a map.
        days (int): How far ahead.

    Returns:
        city: this is not a parameter
    """
    return ""


def numpy(city: str, days: int = 3) -> str:
    """Tell the weather.

    Parameters
    ----------
    city : str
        Where, as on a map.
    days : int
        How far ahead.
    """
    return ""


def sphinx(city: str, days: int = 3) -> str:
    """Tell the weather.

    :param city: Where, as on a map.
    :param days: How far ahead.
    """
    return ""


def annotated(
    city: Annotated[str, "Where, as on a map."],
    days: Annotated[int, msgspec.Meta(description="How far ahead.")] = 3,
) -> str:
    """Tell the weather.

    Args:
        city: The annotation wins.
        days: The annotation wins.
    """
    return ""


@pytest.mark.parametrize("function", [google, numpy, sphinx, annotated])
def test_parameters_are_described(function: Callable[..., str]) -> None:
    described = tool(function)
    properties = described.parameters["properties"]
    assert described.description == "Tell the weather."
    assert properties["city"]["description"] == "Where, as on a map."
    assert properties["days"] == {"type": "integer", "default": 3, "description": "How far ahead."}


def test_one_numpy_entry_describes_several_parameters() -> None:
    @tool
    def area(width: float, height: float) -> float:
        """Compute an area.

        Parameters
        ----------
        width, height : float
            In metres.
        """
        return width * height

    properties = area.parameters["properties"]
    assert properties["width"]["description"] == properties["height"]["description"] == "In metres."


def test_constraints_and_descriptions_go_together() -> None:
    @tool
    def pick(count: Annotated[int, msgspec.Meta(ge=1, le=9), "How many"]) -> int:
        return count

    assert pick.parameters["properties"]["count"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "description": "How many",
    }


def test_types_within_types_are_written_out_without_references() -> None:
    @tool
    def ship(
        to: Annotated[Address, "The destination"],
        also: list[Address],
        at: Place | None = None,
        size: Size = Size.SMALL,
        speed: Literal["slow", "fast"] = "slow",
        tags: list[str] = ["new"],  # noqa: B006
    ) -> None:
        """Ship it."""

    address = {
        "title": "Address",
        "description": "Where things go.",
        "type": "object",
        "properties": {
            "street": {"type": "string"},
            "zip_code": {"type": "string", "default": ""},
        },
        "required": ["street"],
    }
    properties = ship.parameters["properties"]
    assert "$ref" not in str(ship.parameters)
    assert "$defs" not in ship.parameters
    assert properties["to"] == address | {"description": "The destination"}
    assert properties["also"] == {"type": "array", "items": address}
    assert properties["at"]["anyOf"][0]["required"] == ["lat", "lon"]
    assert sorted(properties["size"]["enum"]) == ["l", "s"]
    assert properties["speed"] == {"enum": ["fast", "slow"], "default": "slow"}
    assert ship.parameters["required"] == ["to", "also"]


def test_a_type_that_holds_itself_keeps_a_valid_reference() -> None:
    @tool
    def plant(tree: Tree) -> None:
        """Plant it."""

    assert plant.parameters["properties"]["tree"] == {"$ref": "#/$defs/Tree"}
    assert list(plant.parameters["$defs"]) == ["Tree"]
    items = plant.parameters["$defs"]["Tree"]["properties"]["children"]["items"]
    assert items == {"$ref": "#/$defs/Tree"}


async def test_a_parameter_may_have_the_name_of_a_schema_keyword() -> None:
    @tool
    def odd(title: str, self: int, type: str, properties: str = "p") -> list[Any]:
        return [title, self, type, properties]

    assert list(odd.parameters["properties"]) == ["title", "self", "type", "properties"]
    assert await odd.run({"title": "t", "self": 1, "type": "y"}) == ["t", 1, "y", "p"]


# Signatures no model could call


def stars(*args: int) -> None: ...
def keywords(**kwargs: int) -> None: ...
def unannotated(order_id) -> None: ...  # type: ignore[no-untyped-def]
def positional(order_id: str, /) -> None: ...
def uncallable(callback: Callable[[], int]) -> None: ...
def yielding() -> Any:
    yield 1


async def async_yielding() -> AsyncIterator[int]:
    yield 1


def misspelt(order_id: "Ordre") -> None: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (stars, r"stars\(\).*\*args.*any number"),
        (keywords, r"keywords\(\).*\*\*kwargs.*any number"),
        (unannotated, r"unannotated\(\).*order_id has no type annotation"),
        (positional, r"positional\(\).*order_id.*positional-only"),
        (uncallable, r"uncallable\(\).*Callable"),
        (yielding, r"yielding\(\) yields"),
        (async_yielding, r"async_yielding\(\) yields"),
        (misspelt, r"misspelt\(\).*Ordre"),
    ],
)
def test_a_bad_signature_is_refused_at_decoration(function: Callable[..., Any], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        tool(function)


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match="timeout=0"):
        tool(timeout=0)
    with pytest.raises(ValueError, match="'look up' can't name a tool"):
        tool(name="look up")(google)
    with pytest.raises(ValueError, match="<lambda>"):
        tool(lambda: 1)


# Running


@tool
async def repeat(word: str, times: int = 2, on: date | None = None) -> dict[str, Any]:
    """Repeat a word."""
    await anyio.lowlevel.checkpoint()
    return {"said": " ".join([word] * times), "on": on}


async def test_arguments_become_the_types_that_the_function_asks_for() -> None:
    assert await repeat.run({"word": "ho", "times": 3, "on": "2024-02-29"}) == {
        "said": "ho ho ho",
        "on": "2024-02-29",
    }


async def test_numbers_in_quotes_are_understood() -> None:
    assert (await repeat.run({"word": "ho", "times": "3"}))["said"] == "ho ho ho"


@pytest.mark.parametrize("given", [None, {}])
async def test_no_arguments_at_all_are_fine_for_a_tool_that_needs_none(given: Any) -> None:
    assert await tool(lambda_like).run(given) == "done"


def lambda_like() -> str:
    return "done"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "required field `word`"),
        (None, "required field `word`"),
        ({"word": "ho", "time": 3}, "unknown field `time`"),
        ({"word": "ho", "times": "three"}, r"\$.times"),
        ({"word": None}, r"Expected `str`, got `null` - at `\$.word`"),
        ({"word": "ho", "on": "2023-02-29"}, r"\$.on"),
        ('{"word": "ho"}', "Expected `object`, got `str`"),
        (["ho"], "Expected `object`, got `array`"),
    ],
)
async def test_wrong_arguments_tell_the_model_what_to_correct(given: Any, told: str) -> None:
    with pytest.raises(ToolInputInvalid, match=told) as caught:
        await repeat.run(given)
    assert "It takes: word, times, on." in caught.value.text


async def test_the_functions_own_default_is_used_untouched() -> None:
    marker = object()

    @tool
    def probe(value: Any = marker, size: Size = Size.LARGE) -> bool:
        return value is marker and size is Size.LARGE

    assert await probe.run({}) is True
    assert await probe.run({"size": "s"}) is False


async def test_a_sync_function_runs_in_a_thread_with_the_callers_context() -> None:
    visitor = contextvars.ContextVar("visitor", default="nobody")

    @tool
    def who() -> list[Any]:
        return [visitor.get(), threading.current_thread() is threading.main_thread()]

    visitor.set("v_1")
    assert await who.run({}) == ["v_1", False]


async def test_a_sync_function_that_returns_an_awaitable_is_awaited() -> None:
    @tool
    def later() -> Any:
        return repeat("ho")

    assert (await later.run({}))["said"] == "ho ho"


async def test_a_tool_may_be_a_bound_method() -> None:
    class Shop:
        def price(self, item: str) -> str:
            """Look up a price."""
            return f"{item}: 3 €"

    assert await tool(Shop().price).run({"item": "tea"}) == "tea: 3 €"


async def test_an_async_tool_that_hangs_is_cancelled_at_its_timeout() -> None:
    ended = anyio.Event()

    @tool(timeout=0.01)
    async def hang() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    with pytest.raises(ToolTimeout, match=r"hang did not finish within 0\.01 seconds"):
        await hang.run({})
    assert ended.is_set()


async def test_a_sync_tool_that_hangs_is_not_waited_for() -> None:
    go_on = threading.Event()

    @tool(timeout=0.01)
    def hang() -> None:
        go_on.wait()

    try:
        with pytest.raises(ToolTimeout):
            await hang.run({})
    finally:
        go_on.set()


async def test_a_tools_own_timeout_error_is_not_taken_for_ours() -> None:
    @tool
    async def connect() -> None:
        raise TimeoutError("the shop's database")

    with pytest.raises(TimeoutError, match="database"):
        await connect.run({})


async def test_what_a_tool_raises_comes_through() -> None:
    @tool
    def find(order_id: str) -> None:
        raise ToolError(f"There is no order {order_id}.")

    with pytest.raises(ToolError) as caught:
        await find.run({"order_id": "A-1"})
    assert caught.value.text == "There is no order A-1."


async def test_cancelling_a_run_cancels_the_function() -> None:
    started, ended = anyio.Event(), anyio.Event()

    @tool
    async def wait() -> None:
        started.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    async with anyio.create_task_group() as group:
        group.start_soon(wait.run, {})
        await started.wait()
        group.cancel_scope.cancel()
    assert ended.is_set()


# Results


class Model:
    """Has what pydantic's models have."""

    def model_dump(self, *, mode: str) -> dict[str, str]:
        return {"mode": mode}


class Opaque:
    def __str__(self) -> str:
        return "an opaque thing"


_itself: list[Any] = []
_itself.append(_itself)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        ("ünï", "ünï"),
        ((1, 2.5), [1, 2.5]),
        ({3: date(2024, 1, 2)}, {"3": "2024-01-02"}),
        (Address("Main St"), {"street": "Main St", "zip_code": ""}),
        (Tree("oak"), {"name": "oak", "children": []}),
        (Size.LARGE, "l"),
        ([Model()], [{"mode": "json"}]),
        ({"a": Opaque()}, {"a": "an opaque thing"}),
        (float("nan"), None),
        ("half \ud83d", "half ?"),
        (_itself, "[[...]]"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_results_become_json(value: Any, plain: Any) -> None:
    assert to_json(value) == plain
