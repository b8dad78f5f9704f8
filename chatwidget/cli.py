"""The command line: `chatwidget demo`, `chatwidget gradio`, `chatwidget snippet`."""

import argparse
import errno
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from urllib.parse import urlsplit

from chatwidget import environment
from chatwidget.version import __version__

_WITHOUT = "or use --provider demo, which needs no key"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status. `arguments` default to the command line's."""
    given = _parser().parse_args(arguments)
    try:
        given.run(given)
    except _Failure as failure:
        print(f"chatwidget {given.command}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


class _Failure(Exception):
    """Something that the person at the keyboard can put right; the text says how."""


def _demo(given: argparse.Namespace) -> None:
    _need("uvicorn", extra="demo")
    import uvicorn

    from chatwidget.demo_app import demo_app

    name = given.provider or environment.default_name()
    try:
        providers, lacking = environment.providers(name, model=given.model)
    except environment.NotSetUp as error:
        raise _Failure(f"{error}, {_WITHOUT}") from error
    # Ours to bind, so that a port that is taken is told in one line and not in a traceback.
    with _listen(given.host, given.port) as listening:
        _say(given.host, listening.getsockname()[1], name)
        config = uvicorn.Config(demo_app(providers, lacking=lacking), log_level="warning")
        uvicorn.Server(config).run(sockets=[listening])


def _gradio(given: argparse.Namespace) -> None:
    _need("gradio", extra="gradio")
    # Before Gradio is imported, which takes a while.
    with _listen(given.host, given.port) as listening:
        port = listening.getsockname()[1]
    name = given.provider or environment.default_name()
    try:
        provider = environment.provider(name, model=given.model)
    except environment.NotSetUp as error:
        raise _Failure(f"{error}, {_WITHOUT}") from error

    from chatwidget.app import ChatWidget
    from chatwidget.gradio import chat_interface
    from chatwidget.stores import Memory

    chat = ChatWidget(provider, store=Memory())
    interface = chat_interface(chat, title="chatwidget", analytics_enabled=False)
    interface.launch(
        server_name=given.host,
        server_port=port,
        quiet=True,
        prevent_thread_lock=True,
        app_kwargs={"lifespan": chat.lifespan},
    )
    # The server is in another thread: signals are ours to hear.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    _say(given.host, port, name)
    try:
        threading.Event().wait()
    finally:
        interface.close(verbose=False)


def _snippet(given: argparse.Namespace) -> None:
    address = given.url.rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise _Failure(f"{given.url} is no address: give all of it, https://example.com/chat")
    if not given.sri:
        print(f'<script type="module" src="{address}/widget.js"></script>')
        return

    from chatwidget.pages import pinned_entry

    entry = pinned_entry()
    print(
        f'<script type="module" src="{address}/{entry.name}"'
        f' integrity="{entry.integrity}" crossorigin="anonymous"></script>'
    )


def _need(module: str, *, extra: str) -> None:
    if find_spec(module) is None:
        raise _Failure(f'pip install "chatwidget[{extra}]" ({module} is missing)')


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            hint = f"port {port} is taken: choose another with --port, or --port 0 for a free one"
        else:
            hint = f"can't listen on {host} port {port}: {error.strerror}"
        raise _Failure(hint) from error
    return listening


def _say(host: str, port: int, name: str) -> None:
    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{port}")
    if name == "demo":
        keys = " or ".join(environment.KEYS.values())
        print(f"Answers come from the demo provider, offline. Set {keys} for a real one.")
    else:
        print(f"Answers come from {name} ({environment.KEYS[name]} is set).")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chatwidget", description="A chat widget that streams answers into any web page."
    )
    parser.add_argument("--version", action="version", version=f"chatwidget {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    demo = commands.add_parser("demo", help="serve a page with the widget on it")
    demo.set_defaults(run=_demo)
    _add_server_options(demo, port=8000)

    gradio = commands.add_parser("gradio", help="serve the same chat as a Gradio app")
    gradio.set_defaults(run=_gradio)
    _add_server_options(gradio, port=7860)

    snippet = commands.add_parser("snippet", help="print the tag to paste into a page")
    snippet.set_defaults(run=_snippet)
    snippet.add_argument(
        "--url",
        default="https://example.com/chat",
        help="where the chat is mounted (default: %(default)s)",
    )
    snippet.add_argument(
        "--sri",
        action="store_true",
        help="pin the script to this version's bytes; to be printed again after an upgrade",
    )
    return parser


def _add_server_options(command: argparse.ArgumentParser, *, port: int) -> None:
    command.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    command.add_argument("--port", default=port, type=_port, help="default: %(default)s")
    command.add_argument(
        "--provider",
        choices=environment.NAMES,
        help="who answers (default: the first whose key is set, else demo)",
    )
    models = ", ".join(environment.MODELS.values())
    command.add_argument("--model", help=f"which of the provider's models (default: {models})")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: use 0 to 65535")
    return int(text)
