"""The distributed store: any number of workers on any number of hosts, and one Redis.

What happens there in one step is in `redis_scripts`, together with the keys.
"""

import asyncio
import math
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

from msgspec import Struct
from msgspec.json import encode
from msgspec.structs import replace

from chatwidget.errors import (
    ConversationBusy,
    FileGone,
    InvalidMessage,
    NotFound,
    StoreUnavailable,
)
from chatwidget.messages import Message, title_of
from chatwidget.stores import redis_scripts as scripts
from chatwidget.stores.base import (
    SECRET_BYTES,
    Batch,
    Lease,
    Orphan,
    RunRecord,
    check_seconds,
)
from chatwidget.stores.beats import Beats
from chatwidget.stores.log import Log
from chatwidget.stores.mirrors import LogState, Look, Mirrors, News, Wanted
from chatwidget.stores.redis_connection import Connection
from chatwidget.stores.redis_conversations import Client, RedisConversations
from chatwidget.stores.redis_writer import LOST, Answer, Piece, WriteBehind

_READ_LATELY = 3.0
"""Seconds for which a sign of a reader counts; they give one about every second."""
_BLOCK = 1.0
"""Seconds that the one reader of a process waits at Redis for something to come."""
_AWAY = 0.2
"""Seconds until a reader asks a Redis again that was not there."""
_MOST_TOLD = 10_000
_MOST_TAKEN = 100
_RECORD = ("conversation_id", "owner", "message_id", "question_id", "replaces", "continues")
_STATE = ("finished", "entries", "cut", "beat")


class _Local(Struct):
    """The log of a run that this process writes, and the question (its JSON, what it asks, and the
    conversation's title), in case that Redis loses it."""

    run: RunRecord
    log: Log
    cut: int | None = None
    asked: tuple[bytes, ...] = (b"", b"", b"")


class _Told(Struct):
    """What the caller was last told of a run that this process does not write (any more)."""

    conversation_id: str
    state: LogState


class Redis(RedisConversations):
    """Keeps everything in a Redis (7 or newer; one server or a primary, no cluster).

    `url`: as in `redis://user:password@host:6379/0`, or `rediss://`; without it, the environment's
    `REDIS_URL`. `prefix` of all keys, so that several chats may share a Redis.
    `retention`: seconds that a log is kept after its run is over, for readers who come back.
    `forget_after`: seconds after its last question that a conversation is forgotten, at one of the
    next questions that anybody asks; never, by default. Give Redis a disk (`appendonly yes`) and no
    eviction.
    `lease`: seconds without a sign of life after which a run's worker is taken for gone.
    `timeout`: seconds that Redis may take before `StoreUnavailable`.

    A process that is killed loses at most what was said in its last 50 ms (see `WriteBehind`). When
    a Redis comes back without its data, the runs being written are stored anew, from their start.
    A visitor who leaves breaks no command off (see `Connection`).
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        prefix: str = "chatwidget:",
        retention: float = 300.0,
        forget_after: float | None = None,
        lease: float = 10.0,
        timeout: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        check_seconds(
            retention=retention, forget_after=forget_after or 0, lease=lease, timeout=timeout
        )
        self._url = url or os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/0"
        self._prefix = prefix
        self._retention = retention
        self._forget_after = math.inf if forget_after is None else forget_after
        self._lease = lease
        self._timeout = timeout
        self._clock = clock
        self._build()

    def _build(self) -> None:
        self._closed = False
        self._process = os.getpid()
        self._local: dict[str, _Local] = {}
        self._told: dict[str, _Told] = {}
        self._writer = secrets.token_hex(8)
        self._woken: bytes | str = "0-0"
        self._looked = time.monotonic()
        self._beats = Beats()
        self._secret: bytes | None = None
        self._connection = Connection(self._url, timeout=self._timeout)
        # Of its own: it waits most of the time, and nobody else may have to wait with it.
        self._waiting = Connection(self._url, timeout=self._timeout + _BLOCK)
        self._behind = WriteBehind(self._store)
        self._mirrors = Mirrors(
            self._look,
            show_reading=self._show_reading,
            patience=2 * self._lease + self._timeout,
            pause=(0.0, 0.0),
            wake=self._wake,
        )

    async def open(self) -> None:
        if self._closed or self._process != os.getpid():
            self._build()
        await self.ping()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._mirrors.close()
        self._wake()
        for local in self._local.values():
            local.log.close()
        await self._behind.close()
        if held := self._behind.runs:
            self._post(scripts.RELEASE, self._writer, *held)
        for connection in (self._connection, self._waiting):
            await connection.close()

    async def ping(self) -> None:
        if failure := self._behind.failure:
            raise StoreUnavailable(hint=failure.hint) from failure
        await self._run(lambda redis: redis.ping())

    async def secret(self) -> bytes:
        key = self._key("secret")

        async def secret(redis: Client) -> bytes:
            await redis.set(key, secrets.token_bytes(SECRET_BYTES), nx=True)
            kept: bytes = await redis.get(key)
            return kept

        self._secret = await self._run(secret)
        assert self._secret is not None
        return self._secret

    async def begin(self, run: RunRecord, question: Message | None) -> RunRecord:
        asked = _asked(question) if question else (b"", b"", b"")
        told, *rest = await self._script(
            scripts.BEGIN,
            *self._beginning(replace(run, question_id=question.id if question else ""), asked),
            *(file.url for file in (question.files if question else ())),
        )
        match told:
            case b"not_found":
                raise NotFound
            case b"busy":
                raise ConversationBusy
            case b"invalid":
                raise InvalidMessage(hint="this id is an answer's")
            case b"not_last":
                raise InvalidMessage(hint="only the last answer can be gone on with")
            case b"file_gone":
                raise FileGone
            case b"found":
                found = await self._find(rest[0].decode())
                if found is None:
                    raise NotFound
                return found
        question_id, replaces = (value.decode() for value in rest[:2])
        run = replace(run, question_id=question_id, replaces=replaces or None)
        self._local[run.id] = _Local(run, Log(), asked=tuple(rest[2:]))
        self._behind.hold(run.id)
        return run

    async def live(self, conversation_id: str) -> RunRecord | None:
        key = self._key("c", conversation_id)
        run_id = await self._run(lambda redis: redis.hget(key, "live"))
        return await self._find(run_id.decode()) if run_id else None

    async def run(self, conversation_id: str, run_id: str) -> RunRecord | None:
        record = await self._find(run_id)
        if record is None or record.conversation_id != conversation_id:
            return None
        if run_id in self._local:
            return record
        told = self._told.get(run_id)
        return record if told and self._keeps(told.state) else None

    def append(self, run_id: str, entry: bytes) -> None:
        if (local := self._local.get(run_id)) and not local.log.closed:
            local.log.append(entry)
            self._behind.put(run_id, entry)

    def follow(self, run_id: str, after: int = -1) -> AsyncIterator[Batch] | None:
        if local := self._local.get(run_id):
            state = LogState(entries=len(local.log), cut=local.cut)
            return local.log.follow(after) if state.holds(after) else None
        told = self._told.get(run_id)
        if told is None or not self._keeps(told.state) or not told.state.holds(after):
            return None
        return self._mirrors.follow(run_id, after)

    async def finish(self, run: RunRecord, message: Message, *, end: bytes | None = None) -> None:
        answer = Answer(message.id, encode(message).decode())
        storing = asyncio.ensure_future(self._behind.finish(run.id, answer, end))
        done, _ = await asyncio.wait([storing], timeout=self._timeout)
        if not done:
            storing.cancel()  # only the waiting: what is to be stored is tried again and again
            raise StoreUnavailable(hint="Redis is away: the answer is not stored yet")
        stored = storing.result()
        local = self._local.pop(run.id, None)
        if local is None:
            return
        if stored and end is not None and not local.log.closed:
            local.log.append(end)
        local.log.close()
        state = LogState(self._clock(), len(local.log), local.cut) if stored else LogState()
        self._tell(local.run, state)

    def close_log(self, run_id: str, *, end: bytes) -> None:
        # It stays what a reader is given here until `orphans` finds out what became of the run.
        if (local := self._local.get(run_id)) and not local.log.closed:
            local.log.append(end)
            local.log.close()

    async def renew(self, run_ids: Collection[str]) -> dict[str, Lease]:
        if not run_ids:
            return {}
        lately = round(_READ_LATELY * 1000)
        told = await self._script(scripts.RENEW, self._writer, self._hold, lately, *run_ids)
        held = {run.decode(): Lease(stop=bool(stop), read=bool(read)) for run, stop, read in told}
        for run_id in set(run_ids) - held.keys():
            if await self._restore(run_id):
                held[run_id] = Lease()
            else:
                self._lose(run_id)
        return held

    async def request_stop(self, run: RunRecord) -> None:
        await self._script(scripts.MARK, "stop", run.id)

    async def orphans(self) -> list[Orphan]:
        since, self._looked = time.monotonic() - self._looked, time.monotonic()
        if held := [*self._local]:
            await self.renew(held)
        if since > self._lease / 2:
            # Whatever held us up may have held up the others just as long.
            self._beats = Beats()
            return []
        lapsed = await self._script(scripts.LAPSED, self._hold)
        still = self._beats.still({run_id: int(beat) for run_id, beat, _ in lapsed})
        gone = [
            value
            for run_id, beat, is_left in lapsed
            if is_left or still[run_id] >= self._lease / 2
            for value in (run_id, beat)
        ][: 2 * _MOST_TAKEN]
        taken = await self._script(scripts.TAKE, self._writer, self._hold, *gone) if gone else []
        orphans = [await self._take(run_id.decode()) for run_id in taken]
        return [orphan for orphan in orphans if orphan is not None]

    async def delete(self, conversation_id: str) -> None:
        await self._script(scripts.DELETE, conversation_id)
        for run_id, local in [*self._local.items()]:
            if local.run.conversation_id == conversation_id:
                self._local.pop(run_id).log.close()
                self._behind.let_go(run_id)
        self._told = {
            i: told for i, told in self._told.items() if told.conversation_id != conversation_id
        }

    @property
    def _hold(self) -> int:
        """Milliseconds until somebody looks whether a run's writer is still there. Who then sees
        its beat stand still for as long again takes it for gone."""
        return round(self._lease * 500)

    def _beginning(self, run: RunRecord, asked: tuple[bytes, ...]) -> tuple[Any, ...]:
        now = self._clock()
        return (
            run.conversation_id,
            run.id,
            run.owner,
            run.message_id,
            run.replaces or "",
            self._writer,
            self._hold,
            now,
            run.question_id,
            *asked,
            int(run.continues),
            now - self._forget_after,
        )

    async def _restore(self, run_id: str) -> bool:
        """See to it that Redis knows of a run that we write: it may have come back without its
        data. False if the run is ours no more."""
        local = self._local.get(run_id)
        if local is None:
            return False
        if self._secret is not None:
            key, secret = self._key("secret"), self._secret
            await self._run(lambda redis: redis.set(key, secret, nx=True))
        # Of what it replaced or goes on with nothing is left: it is the question's only answer.
        run = replace(local.run, replaces=None, continues=False)
        begun = await self._script(scripts.RESTORE, *self._beginning(run, local.asked))
        return bool(begun[0] == b"begun")

    def _post(self, script: str, *values: Any) -> None:
        self._connection.post(
            lambda redis: redis.register_script(script)(args=(self._prefix, *values))
        )

    async def _find(self, run_id: str) -> RunRecord | None:
        """Return a run, and remember what `follow`, which can't ask Redis, may be asked next."""
        key = self._key("r", run_id)

        async def find(redis: Client) -> tuple[list[bytes | None], bool]:
            found = await redis.hmget(key, (*_RECORD, *_STATE))
            return found, bool(await redis.exists(self._key("l", run_id)))

        found, has_log = await self._run(find)
        conversation_id, owner, message_id, question_id, replaces, continues = (
            value.decode() if value is not None else "" for value in found[: len(_RECORD)]
        )
        if not conversation_id:
            return None
        record = RunRecord(
            id=run_id,
            conversation_id=conversation_id,
            owner=owner,
            message_id=message_id,
            question_id=question_id,
            replaces=replaces or None,
            continues=continues == "1",
        )
        if run_id not in self._local:
            state = _state(found[len(_RECORD) :])
            gone = state.finished_at is not None and state.entries and not has_log
            self._tell(record, state._replace(finished_at=-math.inf) if gone else state)
        return record

    def _tell(self, record: RunRecord, state: LogState) -> None:
        self._told.pop(record.id, None)
        self._told[record.id] = _Told(record.conversation_id, state)
        if len(self._told) > _MOST_TOLD:
            del self._told[next(iter(self._told))]

    def _keeps(self, state: LogState) -> bool:
        return state.finished_at is None or self._clock() < state.finished_at + self._retention

    def _lose(self, run_id: str) -> None:
        if run_id in self._behind.ending:
            return  # it may only be that Redis has forgotten what it is about to be told again
        self._behind.let_go(run_id)
        if local := self._local.pop(run_id, None):
            local.log.close()
            self._tell(local.run, LogState())

    async def _take(self, run_id: str) -> Orphan | None:
        self._lose(run_id)
        record = await self._find(run_id)
        if record is None:
            return None  # its conversation has just been deleted
        key = self._key("l", run_id)
        entries = _entries(await self._run(lambda redis: redis.xrange(key)))
        log = Log()
        for entry in entries:
            log.append(entry)
        self._local[run_id] = _Local(record, log, self._told[run_id].state.cut)
        self._behind.hold(run_id, entries)
        return Orphan(record, entries)

    async def _store(self, pieces: list[Piece]) -> list[int | Exception]:
        async def store(redis: Client) -> list[bytes | Exception]:
            async with redis.pipeline(transaction=False) as pipe:
                append = redis.register_script(scripts.APPEND)
                finish = redis.register_script(scripts.FINISH)
                for run_id, first, entries, answer in pieces:
                    head = (self._prefix, run_id, self._writer)
                    if answer is None:
                        await append(args=(*head, first, *entries), client=pipe)
                    else:
                        kept = round(self._retention * 1000)
                        args = (*head, *answer, kept, first, *entries)
                        await finish(args=args, client=pipe)
                # What can't be stored of one visitor is no reason for the others to wait.
                outcomes: list[bytes | Exception] = await pipe.execute(raise_on_error=False)
                return outcomes

        told = await self._connection.run(store)
        return [await self._outcome(*each) for each in zip(pieces, told, strict=True)]

    async def _outcome(self, piece: Piece, told: bytes | Exception) -> int | Exception:
        if isinstance(told, Exception):
            return told
        if int(told) != scripts.UNKNOWN:
            return int(told)
        return 0 if await self._restore(piece.run_id) else LOST

    def _show_reading(self, run_ids: list[str]) -> None:
        self._post(scripts.MARK, "read", *run_ids)

    def _wake(self) -> None:
        key = self._key("wake", self._writer)

        async def wake(redis: Client) -> None:
            await redis.xadd(key, {"": ""}, maxlen=1)
            await redis.expire(key, 60)

        self._connection.post(wake)

    async def _look(self, wanted: list[Wanted], version: int | None) -> Look:
        """Wait until something comes for any of the runs, and return it."""
        try:
            if version is not None:
                await self._waiting.run(lambda redis: self._wait(redis, wanted))
            return Look(0, await self._waiting.run(lambda redis: self._news(redis, wanted)))
        except StoreUnavailable:
            await asyncio.sleep(_AWAY)
            raise

    async def _wait(self, redis: Client, wanted: list[Wanted]) -> None:
        wake = self._key("wake", self._writer)
        streams = {wake: self._woken}
        streams |= {self._key("l", run_id): f"{have}-0" for run_id, have in wanted}
        for name, entries in await redis.xread(streams, count=1, block=round(_BLOCK * 1000)):
            if name == wake.encode():
                self._woken = entries[-1][0]

    async def _news(self, redis: Client, wanted: list[Wanted]) -> dict[str, News]:
        async with redis.pipeline(transaction=True) as pipe:
            for run_id, have in wanted:
                pipe.hmget(self._key("r", run_id), (*_STATE, "owner"))
                pipe.xrange(self._key("l", run_id), min=f"{have + 1}-0")
                pipe.exists(self._key("gone", run_id))
            told = iter(await pipe.execute())
        return {
            run_id: _news_of(state, entries, bool(is_gone))
            for (run_id, _), state, entries, is_gone in zip(wanted, told, told, told, strict=True)
        }


def _entries(stream: list[Any]) -> list[bytes]:
    return [fields[b"e"] for _, fields in stream]


def _state(found: list[bytes | None]) -> LogState:
    finished, entries, cut, _ = (None if value is None else int(value) for value in found[:4])
    return LogState(None if finished is None else finished / 1000, entries, cut)


def _news_of(found: list[bytes | None], stream: list[Any], is_gone: bool) -> News:
    *state, owner = found
    if owner is None and is_gone:
        return News([], 0, None)
    # Where nothing is known of it, Redis has lost its data and its writer is about to repeat it.
    return News(_entries(stream), int(state[3] or 0), _state(state))


def _asked(question: Message) -> tuple[bytes, ...]:
    """Return its JSON, what tells whether another asks the same, and a title made of it."""
    told = encode([question.text, question.files])
    return encode(question), told, title_of(question).encode()
