#!/usr/bin/env python3
"""Stock Firefox for Playwright's `channel="moz-firefox"`: handed to it as the executable.

Starts Firefox and relays its WebDriver BiDi socket, answering by itself the commands that this
Firefox does not know yet and Playwright always sends. Standard library only: Playwright starts it
with whatever Python is first on the PATH.
"""

import asyncio
import json
import os
import re
import signal
import struct
import sys
from asyncio import StreamReader, StreamWriter

FIREFOX = os.environ.get("E2E_FIREFOX", "firefox-esr")
UNKNOWN_TO_FIREFOX = {"emulation.setMediaFeaturesOverride"}
LISTENING = rb"WebDriver BiDi listening on ws://[^:]+:(\d+)"
TEXT = 1


async def read_frame(reader: StreamReader) -> tuple[int, bytes, bytes]:
    """Return a WebSocket frame (RFC 6455): opcode, unmasked payload, and all of it as it came."""
    raw = head = await reader.readexactly(2)
    length = head[1] & 127
    if length >= 126:
        form, size = ("!H", 2) if length == 126 else ("!Q", 8)
        extended = await reader.readexactly(size)
        raw += extended
        length = struct.unpack(form, extended)[0]
    mask = b""
    if head[1] & 128:
        mask = await reader.readexactly(4)
        raw += mask
    data = await reader.readexactly(length)
    raw += data
    if mask and length:
        key = (mask * (length // 4 + 1))[:length]
        data = (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")
    return head[0] & 15, data, raw


def text_frame(text: str) -> bytes:
    data = text.encode()
    length = len(data)
    size = bytes([length]) if length < 126 else b"\x7e" + struct.pack("!H", length)
    return bytes([128 | TEXT]) + size + data


def answer_for(data: bytes) -> bytes | None:
    """Return our own answer to a command that Firefox does not know, else None."""
    if len(data) > 4096:
        return None
    command = json.loads(data)
    if command.get("method") not in UNKNOWN_TO_FIREFOX:
        return None
    return text_frame(json.dumps({"type": "success", "id": command["id"], "result": {}}))


async def to_firefox(client: StreamReader, firefox: StreamWriter, back: StreamWriter) -> None:
    while True:
        opcode, data, raw = await read_frame(client)
        answer = answer_for(data) if opcode == TEXT else None
        writer = firefox if answer is None else back
        writer.write(raw if answer is None else answer)
        await writer.drain()


async def to_client(firefox: StreamReader, client: StreamWriter) -> None:
    while True:
        client.write((await read_frame(firefox))[2])
        await client.drain()


async def relay(client: StreamReader, back: StreamWriter, port: int) -> None:
    try:
        request, headers = (await client.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)
        # No compression, so that frames can be read; and the Host that Firefox expects.
        headers = re.sub(rb"(?im)^(sec-websocket-extensions|host):[^\n]*\n", b"", headers)
        firefox_in, firefox_out = await asyncio.open_connection("127.0.0.1", port)
        firefox_out.write(request + b"\r\nHost: 127.0.0.1:%d\r\n" % port + headers)
        back.write(await firefox_in.readuntil(b"\r\n\r\n"))
        ways = [
            asyncio.ensure_future(to_firefox(client, firefox_out, back)),
            asyncio.ensure_future(to_client(firefox_in, back)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        firefox_out.close()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        back.close()


async def main() -> int:
    firefox = await asyncio.create_subprocess_exec(
        FIREFOX, *sys.argv[1:], stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )

    def end() -> None:
        if firefox.returncode is None:
            firefox.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    assert firefox.stderr is not None
    while line := await firefox.stderr.readline():
        if found := re.search(LISTENING, line):
            port = int(found[1])

            async def accept(reader: StreamReader, writer: StreamWriter, port: int = port) -> None:
                await relay(reader, writer, port)

            server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**26)
            ours = server.sockets[0].getsockname()[1]
            line = b"WebDriver BiDi listening on ws://127.0.0.1:%d\n" % ours
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    return await firefox.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
