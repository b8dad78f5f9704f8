"""Two workers behind a balancer that picks one for each request: the visitor notices nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_page import ChatPage
from cutting_proxy import CuttingProxy
from playwright.sync_api import Page, expect
from redis_server import RedisServer

HERE = Path(__file__).parent


class Worker:
    def __init__(self, *store: str) -> None:
        command = [sys.executable, str(HERE / "worker.py"), *store]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.communicate(timeout=15)


class Site:
    """Two workers, their store, and the balancer's address."""

    def __init__(self, folder: Path, redis: RedisServer | None) -> None:
        self.redis = redis
        self._file = folder / "chat.db"
        store = [str(self._file), *([redis.url] if redis else [])]
        self.workers = [Worker(*store), Worker(*store)]
        self.proxy = CuttingProxy(*(worker.port for worker in self.workers))

    @property
    def calls(self) -> list[list[str]]:
        """The process and the question of each call of the provider."""
        lines = self._file.with_suffix(".calls").read_text().splitlines()
        return [line.split(maxsplit=1) for line in lines]

    def writer(self) -> Worker:
        """Return the worker that wrote last."""
        pid = int(self.calls[-1][0])
        return next(worker for worker in self.workers if worker.process.pid == pid)

    def close(self) -> None:
        for worker in self.workers:
            worker.close()


@pytest.fixture(params=["sqlite", "redis"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    redis = RedisServer(tmp_path) if request.param == "redis" else None
    site = Site(tmp_path, redis)
    with site.proxy:
        yield site
    site.close()
    if redis:
        redis.stop()


@pytest.fixture
def chat(page: Page, site: Site) -> ChatPage:
    return ChatPage(page, site.proxy.url)


def words(count: int) -> str:
    return " ".join(f"word{number}" for number in range(count))


@pytest.mark.timeout(240)
def test_reloads_in_the_middle_of_fifty_answers(
    chat: ChatPage, site: Site, browser_name: str
) -> None:
    rounds = 50 if browser_name == "chromium" else 5
    chat.open()
    for number in range(rounds):
        if number % 10 == 0 and number:
            chat.page.get_by_role("button", name="New conversation").click()
        chat.ask(f"round {number}, count 30")
        expect(chat.questions).to_have_count(number % 10 + 1)
        expect(chat.answers.last).to_contain_text("word3")
        chat.page.reload()
        chat.expect_answer(words(30))
        expect(chat.answers).to_have_count(number % 10 + 1)
    assert [question for _, question in site.calls] == [
        f"round {number}, count 30" for number in range(rounds)
    ]
    assert all(site.proxy.reached[worker.port] > rounds for worker in site.workers)


def test_the_worker_that_writes_is_killed(chat: ChatPage, site: Site) -> None:
    chat.open().ask("count 200")
    expect(chat.answer).to_contain_text("word20")
    site.writer().kill()
    # What was said stays; once the lease has run out, the other worker closes the answer.
    expect(chat.error).to_be_visible(timeout=30_000)
    expect(chat.answer).to_contain_text("word10")
    expect(chat.page.get_by_role("button", name="Continue")).to_be_visible()
    chat.ask("again, count 3")
    chat.expect_answer(words(3))


def test_redis_goes_away_and_comes_back(chat: ChatPage, site: Site) -> None:
    if site.redis is None:
        pytest.skip("SQLite is a file: there is nothing that could go away")
    chat.open().ask("count 120")
    expect(chat.answer).to_contain_text("word5")
    site.redis.stop()
    expect(chat.answer).to_contain_text("word30")
    site.redis.start()
    chat.expect_answer(words(120))
    chat.page.reload()
    chat.expect_answer(words(120))
    assert len(site.calls) == 1
