"""Rate limits: by visitor, and by address, which no number of fresh tokens gets around."""

import time
from collections.abc import Awaitable, Callable

import pytest

from chatwidget.config import Limits
from chatwidget.errors import RateLimited
from chatwidget.rate_limits import RateLimits
from chatwidget.tokens import new_visitor

pytestmark = pytest.mark.anyio


class Clock:
    """A clock that stands at the start of a minute until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_040.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


async def allowed(count: Callable[[], Awaitable[None]], *, at_most: int = 1000) -> int:
    """Return how often `count` may be called before it is refused."""
    for number in range(at_most):
        try:
            await count()
        except RateLimited:
            return number
    return at_most


async def test_a_visitor_may_send_so_many_messages_a_minute(clock: Clock) -> None:
    rates = RateLimits(Limits())
    assert await allowed(lambda: rates.message("v_1", "203.0.113.7")) == 20
    assert await allowed(lambda: rates.message("v_2", "203.0.113.7")) == 20


async def test_fresh_tokens_do_not_help_at_one_address(clock: Clock) -> None:
    rates = RateLimits(Limits())
    assert await allowed(lambda: rates.message(new_visitor().id, "203.0.113.7")) == 60
    await rates.message(new_visitor().id, "203.0.113.8")


async def test_files_are_counted_apart_from_messages(clock: Clock) -> None:
    rates = RateLimits(Limits(files_per_minute=3, files_per_minute_per_ip=5))
    assert await allowed(lambda: rates.file("v_1", "203.0.113.7")) == 3
    assert await allowed(lambda: rates.file("v_2", "203.0.113.7")) == 2
    assert await allowed(lambda: rates.message("v_1", "203.0.113.7")) == 20


async def test_another_address_does_not_help_one_visitor(clock: Clock) -> None:
    rates = RateLimits(Limits())
    addresses = iter(f"203.0.113.{number}" for number in range(256))
    assert await allowed(lambda: rates.message("v_1", next(addresses))) == 20


async def test_new_sessions_are_limited_by_address(clock: Clock) -> None:
    rates = RateLimits(Limits())
    assert await allowed(lambda: rates.session("203.0.113.7")) == 30
    await rates.session("203.0.113.8")


async def test_messages_and_sessions_are_counted_apart(clock: Clock) -> None:
    rates = RateLimits(Limits(messages_per_minute_per_ip=2, sessions_per_minute_per_ip=2))
    assert await allowed(lambda: rates.message("v_1", "a")) == 2
    assert await allowed(lambda: rates.session("a")) == 2


async def test_what_one_limit_refuses_is_not_counted_by_the_other(clock: Clock) -> None:
    rates = RateLimits(Limits(messages_per_minute=1, messages_per_minute_per_ip=3))
    await rates.message("v_1", "a")
    assert await allowed(lambda: rates.message("v_1", "a")) == 0
    assert await allowed(lambda: rates.message("v_1", "a")) == 0
    assert await allowed(lambda: rates.message(new_visitor().id, "a")) == 2
    assert await allowed(lambda: rates.message("v_2", "a")) == 0
    await rates.message("v_2", "b")


async def test_a_refusal_says_when_to_come_back_and_that_is_true(clock: Clock) -> None:
    rates = RateLimits(Limits(messages_per_minute=5))
    clock.now += 12.3
    assert await allowed(lambda: rates.message("v_1", "a")) == 5
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            await rates.message("v_1", "a")
        assert caught.value.status == 429
        assert caught.value.hint == "More than messages_per_minute=5."
        wait = caught.value.retry_after
        assert wait is not None
        assert 1 <= wait <= 60
        assert wait == int(wait)
        clock.now += wait
        await rates.message("v_1", "a")


async def test_no_minute_holds_many_more_than_allowed(clock: Clock) -> None:
    rates = RateLimits(Limits(messages_per_minute=20, messages_per_minute_per_ip=None))
    served: list[float] = []
    for _ in range(600):
        clock.now += 0.5
        try:
            await rates.message("v_1", "a")
        except RateLimited:
            continue
        served.append(clock.now)
    busiest = max(sum(start <= at < start + 60 for at in served) for start in served)
    assert 20 <= busiest <= 22
    assert len(served) >= 95, "and over five minutes nearly all of what is allowed is served"


async def test_none_lifts_a_limit(clock: Clock) -> None:
    rates = RateLimits(
        Limits(
            messages_per_minute=None,
            messages_per_minute_per_ip=None,
            sessions_per_minute_per_ip=None,
        )
    )
    assert await allowed(lambda: rates.message("v_1", "a"), at_most=500) == 500
    assert await allowed(lambda: rates.session("a"), at_most=500) == 500
