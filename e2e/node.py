"""Node, and what `make` installs for it: the bundler, the frameworks, the AI SDK."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = ROOT / "widget_js" / "node_modules"


def unpack_package(into: Path) -> None:
    """Pack the npm package and put it where an app in `into` finds it; all else is linked."""
    packed = _run("npm", "pack", "--json", "--pack-destination", str(into), cwd=ROOT / "widget_js")
    (name,) = [one["filename"] for one in json.loads(packed[packed.index("[\n") :])]
    home = into / "node_modules" / "chatwidget"
    home.mkdir(parents=True)
    _run("tar", "-xzf", str(into / name), "-C", str(home), "--strip-components=1", cwd=into)
    for path in MODULES.iterdir():
        if path.name != "chatwidget":
            (into / "node_modules" / path.name).symlink_to(path)


def build_example(app: Path) -> Path:
    """Build an example as its own `npm run build` does, and return what is to be served."""
    _run("node", str(MODULES / "vite" / "bin" / "vite.js"), "build", cwd=app)
    return app / "dist"


def check_types(app: Path) -> None:
    """Raise if TypeScript has anything to say about `app`."""
    _run("node", str(MODULES / "typescript" / "bin" / "tsc"), "--project", str(app), cwd=app)


def _run(*command: str, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env={**os.environ, "CI": "true"}
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout
