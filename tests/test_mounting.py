"""One chat in any host app: at any prefix, several at once, inside middleware, with or without a
lifespan."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from calling import is_error
from fastapi import FastAPI
from serving import until
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.testclient import TestClient
from visiting import Visitor, a_chat, mounted, text_of

from chatwidget import ChatWidget
from chatwidget.errors import StoreUnavailable
from chatwidget.providers import Gate, Scripted
from chatwidget.stores.memory import Memory

Serve = Callable[..., str]
App = Callable[[ChatWidget], Any]


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["x-passed"] = "yes"
        return response


def in_fastapi(app: Any, prefix: str = "/chat") -> FastAPI:
    host = FastAPI()
    host.mount(prefix, app)
    return host


def inside(*middleware: Middleware) -> App:
    def app(chat: ChatWidget) -> Starlette:
        return Starlette(routes=[Mount("/chat", chat)], middleware=list(middleware))

    return app


APPS: dict[str, tuple[App, str]] = {
    "Starlette": (mounted, "/chat"),
    "Starlette at the root": (lambda chat: mounted(chat, "/"), ""),
    "Starlette at a deep path": (lambda chat: mounted(chat, "/a/b/c"), "/a/b/c"),
    "Starlette below a parameter": (lambda chat: mounted(chat, "/shops/{shop}"), "/shops/7"),
    "nested": (lambda chat: Starlette(routes=[Mount("/x", mounted(chat))]), "/x/chat"),
    "in a router": (
        lambda chat: Starlette(routes=[Mount("/x", Router([Mount("/chat", chat)]))]),
        "/x/chat",
    ),
    "FastAPI": (in_fastapi, "/chat"),
    "FastAPI in FastAPI": (lambda chat: in_fastapi(in_fastapi(chat), "/x"), "/x/chat"),
    "the whole app": (lambda chat: chat, ""),
    "with a lifespan": (
        lambda chat: Starlette(routes=[Mount("/chat", chat)], lifespan=chat.lifespan),
        "/chat",
    ),
    "inside BaseHTTPMiddleware": (inside(Middleware(Passing)), "/chat"),
    "inside GZipMiddleware": (inside(Middleware(GZipMiddleware, minimum_size=1)), "/chat"),
    "inside both": (inside(Middleware(GZipMiddleware), Middleware(Passing)), "/chat"),
    "inside CORSMiddleware": (
        inside(Middleware(CORSMiddleware, allow_origins=["https://shop.example"])),
        "/chat",
    ),
}


@pytest.mark.parametrize("name", APPS)
def test_it_streams_wherever_it_is(serve: Serve, name: str) -> None:
    factory, prefix = APPS[name]
    gate = Gate()
    provider = Scripted("Hel", gate, "lo")
    with Visitor(serve(factory(a_chat(provider))) + prefix) as visitor:
        with visitor.ask() as answer:
            frames = answer.until("Hel")
            with visitor.resume(frames[-1].id) as again:
                gate.open()
                assert text_of(answer.rest()) == "lo"
                assert text_of(again.rest()) == "lo"
        assert len(visitor.history()["messages"]) == 2
        assert len(provider.requests) == 1
        assert "<chat-widget" in visitor.client.get("/").text
        assert visitor.client.get("/page.css").status_code == 200
        missing = visitor.client.get("/nothing")
        assert is_error(missing, 404, "not_found")


@pytest.mark.parametrize("name", ["Starlette", "inside BaseHTTPMiddleware"])
def test_wherever_it_is_a_reader_that_vanishes_is_noticed(serve: Serve, name: str) -> None:
    factory, prefix = APPS[name]
    provider = Scripted("Hel", Gate(), "lo")
    with Visitor(serve(factory(a_chat(provider, linger=0.1))) + prefix) as visitor:
        with visitor.ask() as answer:
            answer.until("Hel")
        until(lambda: visitor.history()["running"] is None)
        assert visitor.history()["messages"][-1]["metadata"]["interrupted"]
    assert (provider.cancelled, provider.closed) == (1, 1)


def test_behind_a_proxy_that_cuts_the_path_the_cookie_has_the_whole_one(serve: Serve) -> None:
    url = serve(mounted(a_chat(Scripted("Hello"))), root_path="/behind")
    with Visitor(url + "/chat") as visitor:
        del visitor.client.headers["authorization"]
        response = visitor.client.post("/messages", json={"message": "Well?"})
        assert "Path=/behind/chat;" in response.headers["set-cookie"]


def test_several_chats_in_one_app_stay_apart(serve: Serve) -> None:
    one, two = a_chat(Scripted("one"), title="One"), a_chat(Scripted("two"), title="Two")
    url = serve(Starlette(routes=[Mount("/one", one), Mount("/deep/two", two)]))
    with Visitor(f"{url}/one") as first, Visitor(f"{url}/deep/two") as second:
        assert text_of(first.say()) == "one"
        assert text_of(second.say()) == "two"
        assert first.client.get("/config").json()["title"] == "One"
        assert second.client.get("/config").json()["title"] == "Two"
        assert len(first.history()["messages"]) == 2
        # Same secret, same visitor; another chat, another conversation.
        with Visitor(f"{url}/deep/two", token=first.token) as stranger:
            assert stranger.client.get("/messages/c_1").status_code == 404


def test_the_hosts_own_routes_and_handlers_are_its_own(serve: Serve) -> None:
    async def sorry(request: Request, error: Exception) -> Response:
        return PlainTextResponse("the host is sorry", 418)

    async def broken(request: Request) -> Response:
        raise RuntimeError

    class Broken(Memory):
        async def ping(self) -> None:
            raise RuntimeError("sk-SENTINEL")

    chat = a_chat(Scripted("Hello"), store=Broken())
    app = Starlette(
        routes=[Mount("/chat", chat), Route("/broken", broken)],
        exception_handlers={404: sorry, 405: sorry, StoreUnavailable: sorry, RuntimeError: sorry},
    )
    with Visitor(serve(app) + "/chat") as visitor:
        get = visitor.client.get
        assert is_error(get("/nothing"), 404, "not_found")
        assert is_error(get("/session"), 405, "method_not_allowed")
        assert is_error(get("/health"), 500, "internal")
        assert get(visitor.url.removesuffix("/chat") + "/nothing").text == "the host is sorry"
        assert get(visitor.url.removesuffix("/chat") + "/broken").text == "the host is sorry"


@pytest.mark.parametrize("explicit", [True, False], ids=["with a lifespan", "without"])
def test_a_host_that_answers_preflights_itself_is_told(
    caplog: pytest.LogCaptureFixture, explicit: bool
) -> None:
    chat = a_chat(Scripted("Hello"), origins=["https://shop.example"])
    app = Starlette(
        routes=[Mount("/chat", chat)],
        middleware=[Middleware(CORSMiddleware, allow_origins=["https://other.example"])],
        lifespan=chat.lifespan if explicit else None,
    )
    with TestClient(app) as client:
        client.get("/chat/health")
        client.get("/chat/health")
    assert caplog.text.count("CORSMiddleware answers preflights") == 1


def test_a_host_that_does_not_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    shadowing = [Middleware(CORSMiddleware, allow_origins=["https://other.example"])]
    for origins, middleware in ((["https://shop.example"], []), ([], shadowing)):
        chat = a_chat(Scripted("Hello"), origins=origins)
        TestClient(Starlette(routes=[Mount("/chat", chat)], middleware=middleware)).get(
            "/chat/health"
        )
    assert caplog.text == ""


# Lifespans


def hello(client: TestClient, conversation: str) -> bool:
    body = {"id": conversation, "message": "Well?"}
    response = client.post("/chat/messages", json=body)
    return response.status_code == 200 and '"delta":"Hello"' in response.text


def test_a_test_client_needs_no_lifespan() -> None:
    client = TestClient(mounted(a_chat(Scripted("Hello"))))
    assert hello(client, "c_1")
    assert hello(client, "c_2")
    assert len(client.get("/chat/messages/c_1").json()["messages"]) == 2


def test_a_lifespan_can_be_lived_again() -> None:
    chat = a_chat(Scripted("Hello"))
    app = Starlette(routes=[Mount("/chat", chat)], lifespan=chat.lifespan)
    for number in range(3):
        with TestClient(app) as client:
            assert hello(client, f"c_{number}")


def test_a_chat_joins_the_lifespan_of_its_host() -> None:
    lived: list[str] = []

    class Store(Memory):
        async def open(self) -> None:
            lived.append("store opened")

        async def close(self) -> None:
            lived.append("store closed")

    chat = a_chat(Scripted("Hello"), store=Store())

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        lived.append("host up")
        async with chat.lifespan(app):
            yield
        lived.append("host down")

    with TestClient(Starlette(routes=[Mount("/chat", chat)], lifespan=lifespan)) as client:
        assert lived == ["host up", "store opened"]
        assert hello(client, "c_1")
    assert lived == ["host up", "store opened", "store closed", "host down"]


def test_a_chat_that_is_the_whole_app_speaks_lifespan_itself() -> None:
    closed: list[str] = []

    class Store(Memory):
        async def close(self) -> None:
            closed.append("store")

    chat = a_chat(Scripted("Hello"), store=Store())
    with TestClient(chat, root_path="/chat") as client:
        assert client.get("/health").status_code == 200
        assert closed == []
    assert closed == ["store"]


def test_a_chat_that_can_not_open_says_so_at_startup() -> None:
    class Store(Memory):
        async def open(self) -> None:
            raise RuntimeError("the schema is newer than this version")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    chat = a_chat(Scripted("Hello"), store=Store())
    with pytest.raises(RuntimeError):
        asyncio.run(chat({"type": "lifespan"}, receive, send))
    assert sent == [
        {"type": "lifespan.startup.failed", "message": "the schema is newer than this version"}
    ]


@pytest.mark.parametrize("name", ["linger", "heartbeat", "grace"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_settings_that_make_no_sense_are_refused_at_once(name: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=name):
        a_chat(Scripted("Hello"), **{name: seconds})


def test_a_chat_needs_a_provider() -> None:
    with pytest.raises(ValueError, match="provider"):
        a_chat({})
    with pytest.raises(TypeError):
        a_chat(None)
