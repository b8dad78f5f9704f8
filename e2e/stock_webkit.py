"""Debian's WebKitGTK for Playwright: MiniBrowser under Xvfb, driven through `connect_over_cdp`."""

import glob
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from types import TracebackType

MINI_BROWSER = "/usr/lib/*/webkit2gtk-4.*/MiniBrowser"
SCREEN = "1280x900x24"
START_SECONDS = 20.0


class Display:
    """A virtual screen for as long as the `with` block lasts."""

    def __enter__(self) -> str:
        read, write = os.pipe()
        self._server = subprocess.Popen(
            [
                "Xvfb",
                "-noreset",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                SCREEN,
                "-displayfd",
                str(write),
            ],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            # The whole line: closing the pipe earlier ends Xvfb with EPIPE.
            return ":" + pipe.readline().strip()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.terminate()
        self._server.wait()


class StockWebKit:
    """One MiniBrowser process, which is one clean browser context; `endpoint` is its address."""

    def __init__(self, display: str) -> None:
        self._home = tempfile.TemporaryDirectory()
        self._inspector = f"127.0.0.1:{_free_port()}"
        environment = {
            **os.environ,
            "DISPLAY": display,
            "HOME": self._home.name,
            "XDG_RUNTIME_DIR": self._home.name,
            "WEBKIT_INSPECTOR_HTTP_SERVER": self._inspector,
            "GDK_BACKEND": "x11",
            "NO_AT_BRIDGE": "1",
            "GTK_A11Y": "none",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
            # In a new home all media plugins would be looked through first: half of the start.
            "GST_PLUGIN_SYSTEM_PATH_1_0": "",
        }
        self._browser = subprocess.Popen(
            [max(glob.glob(MINI_BROWSER)), "--private", "--geometry=1280x900", "about:blank"],
            env=environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait_until_it_listens()
        self._tabs = _TabList(("127.0.0.1", 0), self._inspector)
        threading.Thread(target=self._tabs.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._tabs.server_address[1]}"

    def close(self) -> None:
        self._tabs.shutdown()
        self._tabs.server_close()
        self._end()

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _tabs_of(self._inspector):
            if time.monotonic() > deadline or self._browser.poll() is not None:
                self._end()
                raise RuntimeError("MiniBrowser did not start")
            time.sleep(0.05)

    def _end(self) -> None:
        # By its group: WebKit's web and network processes are its children.
        os.killpg(self._browser.pid, signal.SIGTERM)
        self._browser.wait()
        self._home.cleanup()


class _TabList(http.server.ThreadingHTTPServer):
    """Serves the list of tabs in the form that Playwright asks for and MiniBrowser lacks."""

    def __init__(self, address: tuple[str, int], inspector: str) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                body = json.dumps(_tabs_of(inspector)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        super().__init__(address, Handler)


def _tabs_of(inspector: str) -> list[dict[str, str]]:
    try:
        page = urllib.request.urlopen(f"http://{inspector}/", timeout=2).read().decode()
    except OSError:
        return []
    sockets = re.findall(r"/socket/\d+/\d+/WebPage", page)
    return [{"webSocketDebuggerUrl": f"ws://{inspector}{path}"} for path in sockets]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
