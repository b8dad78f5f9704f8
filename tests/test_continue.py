"""An answer that was cut off is gone on with: in the same message, and nothing of it is lost."""

from typing import Any

import pytest
from calling import Caller, Host, is_error, new_token
from serving import until
from starlette.testclient import TestClient
from visiting import Visitor, a_chat, text_of, types_of

from chatwidget.chunks import StepEnd, ToolInputAvailable
from chatwidget.cut_answers import WISH
from chatwidget.providers import Gate, Scripted, fail
from chatwidget.stores import Memory, SQLite

CUT = StepEnd("length")


@pytest.fixture
def provider() -> Scripted:
    return Scripted("One, two, thr", CUT)


def go_on(caller: Caller, message_id: str, conversation: str = "c_1") -> Any:
    wish = {"id": conversation, "trigger": "continue-message", "messageId": message_id}
    return caller("POST", "/messages", json=wish)


def answer_of(caller: Caller) -> dict[str, Any]:
    answer: dict[str, Any] = caller.history()["messages"][-1]
    return answer


def texts(message: dict[str, Any]) -> list[str]:
    return [part["text"] for part in message["parts"] if part["type"] == "text"]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    return Memory() if request.param == "memory" else SQLite(tmp_path / "chat.db")


def test_the_same_message_grows_without_a_seam(
    host: Host, provider: Scripted, store: Memory | SQLite
) -> None:
    caller = Caller(client := host(a_chat(provider, store=store)), new_token(client))
    caller.ask()
    before = answer_of(caller)
    provider.then("ee, **fo", "ur**.")
    stream = go_on(caller, before["id"])
    assert stream.status_code == 200
    after = answer_of(caller)
    assert after["id"] == before["id"]
    assert texts(after) == ["One, two, three, **four**."]
    assert after["metadata"]["createdAt"] == before["metadata"]["createdAt"]
    assert after["metadata"]["finishReason"] == "stop"
    assert len(caller.history()["messages"]) == 2


def test_the_model_is_shown_what_there_is_and_asked_for_the_rest(
    host: Host, provider: Scripted
) -> None:
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    caller.ask("Count!")
    go_on(caller, answer_of(caller)["id"])
    request = provider.requests[-1]
    assert [message.text for message in request.messages] == ["Count!", "One, two, thr", WISH]
    assert request.continues is not None
    caller.ask("And now?")
    assert provider.requests[-1].continues is None
    assert WISH not in [message.text for message in provider.requests[-1].messages]


def test_what_follows_a_tool_begins_a_step_of_its_own(host: Host) -> None:
    call = ToolInputAvailable("call_1", "look", {})
    provider = Scripted("Let me see. ", call, StepEnd("interrupted"))
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    caller.ask()
    provider.then("It is there.")
    go_on(caller, answer_of(caller)["id"])
    kinds = [part["type"] for part in answer_of(caller)["parts"]]
    assert kinds == ["step-start", "text", "tool-look", "step-start", "text"]
    sent = provider.requests[-1].messages[-2]
    assert [part.state for part in sent.parts if hasattr(part, "state")] == ["output-error"]


@pytest.mark.parametrize("end", [CUT, StepEnd("interrupted"), fail("provider_overloaded")])
def test_whatever_cut_it_off(host: Host, end: Any) -> None:
    provider = Scripted("One, ", end)
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    caller.ask()
    provider.then("two.")
    go_on(caller, answer_of(caller)["id"])
    assert texts(answer_of(caller)) == ["One, two."]
    assert "error" not in answer_of(caller)["metadata"]


def test_a_failure_on_the_way_loses_nothing_and_can_be_tried_again(
    host: Host, provider: Scripted, store: Memory | SQLite
) -> None:
    caller = Caller(client := host(a_chat(provider, store=store)), new_token(client))
    caller.ask()
    name = answer_of(caller)["id"]
    provider.then(fail("provider_overloaded"))
    go_on(caller, name)
    assert texts(answer_of(caller)) == ["One, two, thr"]
    provider.then("ee.")
    go_on(caller, name)
    assert texts(answer_of(caller)) == ["One, two, three."]


def test_a_wish_that_is_repeated_is_granted_once(host: Host, provider: Scripted) -> None:
    """As after a response that was lost on its way."""
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    caller.ask()
    name = answer_of(caller)["id"]
    provider.then("ee.")
    go_on(caller, name)
    asked = len(provider.requests)
    again = go_on(caller, name)
    assert again.status_code == 200
    assert '"delta":"One, two, three."' in again.text
    assert again.text.endswith("data: [DONE]\n\n")
    assert texts(answer_of(caller)) == ["One, two, three."]
    assert len(provider.requests) == asked


def test_only_answers_are_gone_on_with_and_only_ones_own(host: Host) -> None:
    caller = Caller(client := host(a_chat(Scripted("Done."))), new_token(client))
    caller.ask()
    name = answer_of(caller)["id"]
    question = caller.history()["messages"][0]["id"]
    assert is_error(go_on(caller, question), 422, "invalid_message")
    assert is_error(go_on(caller, "m_unknown"), 404, "not_found")
    assert is_error(go_on(caller, ""), 422, "invalid_message")
    stranger = Caller(client, new_token(client))
    assert is_error(go_on(stranger, name), 404, "not_found")


def test_only_the_last_answer_is_gone_on_with(host: Host, provider: Scripted) -> None:
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    caller.ask("first", id="q1")
    name = answer_of(caller)["id"]
    caller.ask("second", id="q2")
    assert is_error(go_on(caller, name), 422, "invalid_message")


def test_readers_are_told_all_of_it_and_history_says_that_it_runs(serve: Any) -> None:
    gate = Gate()
    provider = Scripted("One, ", CUT)
    with Visitor(f"{serve(a_chat(provider))}") as visitor:
        with visitor.ask() as answer:
            answer.rest()
        name = visitor.history()["messages"][-1]["id"]
        provider.then("two, ", gate, "three.")
        with visitor.go_on(name) as rest:
            seen = rest.until("One, two, ")
            assert text_of(seen) == "One, two, "
            assert types_of(seen).count("text-start") == 1
            assert visitor.history()["running"] == {"messageId": name}
            with visitor.go_on(name) as again:
                gate.open()
                assert text_of(again.rest()) == "One, two, three."
            assert text_of(seen + rest.rest()) == "One, two, three."
        until(lambda: visitor.history()["running"] is None)
        assert len(provider.requests) == 2


def test_a_client_is_told_that_it_may(client: TestClient) -> None:
    assert client.get("/chat/config").json()["features"]["continue"] is True
