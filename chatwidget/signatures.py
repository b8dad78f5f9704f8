"""What a function's signature says of its arguments: as JSON Schema, and as a reader of JSON."""

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import docstring_parser
import msgspec
from msgspec import Meta

_SCALARS = (str, int, float, bool, type(None))


class Arguments:
    """The arguments of one function.

    Attributes: `schema` (JSON Schema of the object that holds them) and `names`.
    """

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        self._struct = struct
        self.names = struct.__struct_fields__
        self.schema = _schema(struct)

    def read(self, given: Any) -> dict[str, Any]:
        """Return keyword arguments from the JSON object `given`; `None` is an empty one.

        Numbers and booleans may come as strings, as weaker models write them.
        Raises msgspec.ValidationError, whose text names the place.
        """
        given = {} if given is None else given
        return msgspec.structs.asdict(msgspec.convert(given, self._struct, strict=False))


def arguments_of(function: Callable[..., Any]) -> Arguments:
    """Return the arguments of `function`.

    Raises TypeError where a model could not call it by keyword, or a type has no JSON Schema.
    """
    name = getattr(function, "__name__", repr(function))
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{name}() yields: a tool returns its result in one piece")
    hints = _hints(function, name)
    told = _told(function)
    fields = [
        (parameter.name, _typed(hints, parameter, told, name), _default(parameter))
        for parameter in inspect.signature(function).parameters.values()
    ]
    try:
        return Arguments(msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True))
    except (TypeError, ValueError) as error:
        # The last line names the type; those above are for users of msgspec.
        reason = str(error).splitlines()[-1]
        raise TypeError(f"{name}() can't be a tool: {reason}") from error


def description_of(function: Callable[..., Any]) -> str:
    """Return the first paragraph of the function's docstring, as one line."""
    described = docstring_parser.parse(inspect.getdoc(function) or "").description or ""
    return " ".join(described.split("\n\n")[0].split())


def _hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"{name}() can't be a tool: {error} (annotations must name things of its module)"
        ) from error


def _told(function: Callable[..., Any]) -> dict[str, str]:
    parsed = docstring_parser.parse(inspect.getdoc(function) or "")
    return {
        name.strip(): " ".join(param.description.split())
        for param in parsed.params
        for name in param.arg_name.split(",")  # NumPy's "x, y : float"
        if param.description
    }


def _typed(
    hints: Mapping[str, Any], parameter: inspect.Parameter, told: Mapping[str, str], function: str
) -> Any:
    problem = _problem(parameter, hints)
    if problem:
        raise TypeError(f"{function}() can't be a tool: {parameter} {problem}")
    hint = hints[parameter.name]
    notes: list[Any] = list(getattr(hint, "__metadata__", ()))
    described = next((note for note in notes if isinstance(note, str)), told.get(parameter.name))
    own = any(isinstance(note, Meta) and note.description for note in notes)
    return Annotated[hint, Meta(description=described)] if described and not own else hint


def _problem(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> str | None:
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        return "takes any number of arguments; name them one by one"
    if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
        return "is positional-only; a model passes arguments by name"
    if parameter.name not in hints:
        return "has no type annotation; a model must be told what to pass"
    return None


def _default(parameter: inspect.Parameter) -> Any:
    if parameter.default is inspect.Parameter.empty:
        return msgspec.NODEFAULT
    if isinstance(parameter.default, _SCALARS):
        return msgspec.field(default=parameter.default)
    return msgspec.field(default_factory=lambda: parameter.default)


def _schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the schema of `struct` with every `$ref` replaced by what it names, because models
    follow references badly; types that hold themselves keep theirs."""
    schema = msgspec.json.schema(struct)
    definitions: dict[str, Any] = schema.pop("$defs")
    root: dict[str, Any] = definitions.pop(_target(schema))
    root.pop("title")
    root["type"] = "object"
    recursive = {name for name in definitions if _reaches(name, name, definitions)}
    inlined: dict[str, Any] = _inline(root, definitions, recursive)
    if recursive:
        inlined["$defs"] = {
            name: _inline(definitions[name], definitions, recursive) for name in sorted(recursive)
        }
    return inlined


def _target(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).removeprefix("#/$defs/")


def _reaches(start: str, goal: str, definitions: Mapping[str, Any]) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for name in _named(definitions[waiting.pop()]):
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return False


def _named(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [_target(node)] if isinstance(node.get("$ref"), str) else []
        return own + [name for value in node.values() for name in _named(value)]
    if isinstance(node, list):
        return [name for value in node for name in _named(value)]
    return []


def _inline(node: Any, definitions: Mapping[str, Any], recursive: set[str]) -> Any:
    if isinstance(node, list):
        return [_inline(value, definitions, recursive) for value in node]
    if not isinstance(node, dict):
        return node
    inlined = {key: _inline(value, definitions, recursive) for key, value in node.items()}
    if not isinstance(node.get("$ref"), str) or _target(node) in recursive:
        return inlined
    del inlined["$ref"]
    return _inline(definitions[_target(node)], definitions, recursive) | inlined
