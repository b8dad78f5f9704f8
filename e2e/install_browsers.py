"""Makes Chromium, Firefox and WebKit available: Playwright's own builds, else Debian's.

    .venv/bin/python e2e/install_browsers.py

Does nothing where they are there already.
"""

import glob
import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

DEBIAN = {
    "chromium": ["chromium", "fonts-noto-core"],
    "firefox": ["firefox-esr"],
    "webkit": ["libwebkit2gtk-4.1-0", "webkit2gtk-driver", "xvfb", "xauth"],
}
MINI_BROWSER = "/usr/lib/*/webkit2gtk-4.*/MiniBrowser"
PROBE_SECONDS = 20
DOWNLOAD_SECONDS = 600


def main() -> int:
    missing = [engine for engine in DEBIAN if not is_there(engine)]
    if not missing:
        print("browsers: all there")
        return 0
    print(f"browsers: {', '.join(missing)} missing", flush=True)
    if can_download(missing[0]):
        download(missing)
    missing = [engine for engine in missing if not is_there(engine)]
    if missing:
        install_from_debian(missing)
    missing = [engine for engine in missing if not is_there(engine)]
    for engine in missing:
        print(f"browsers: {engine} could not be installed", file=sys.stderr)
    return len(missing)


def is_there(engine: str) -> bool:
    if has_own_build(engine):
        return True
    if engine == "webkit":
        return bool(glob.glob(MINI_BROWSER) and shutil.which("Xvfb"))
    return shutil.which(DEBIAN[engine][0]) is not None


def has_own_build(engine: str) -> bool:
    with sync_playwright() as playwright:
        return os.path.exists(getattr(playwright, engine).executable_path)


def can_download(engine: str) -> bool:
    """Whether Playwright's downloads come fast enough: a closed network must not cost minutes."""
    print("browsers: trying Playwright's own builds", flush=True)
    environment = {**os.environ, "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000"}
    command = [sys.executable, "-m", "playwright", "install", engine]
    try:
        done = subprocess.run(
            command, env=environment, timeout=PROBE_SECONDS, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def download(engines: list[str]) -> None:
    command = [sys.executable, "-m", "playwright", "install", "--with-deps", *engines]
    subprocess.run(command, timeout=DOWNLOAD_SECONDS, check=False)


def install_from_debian(engines: list[str]) -> None:
    packages = [package for engine in engines for package in DEBIAN[engine]]
    print(f"browsers: installing Debian's {' '.join(packages)}", flush=True)
    root = [] if os.geteuid() == 0 else ["sudo"]
    if shutil.which("apt-get") is None or (root and shutil.which("sudo") is None):
        sys.exit(f"browsers: install by hand: {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*root, "apt-get", "update", "-qq"], check=True)
    subprocess.run(
        [*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        env=quiet,
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    sys.exit(main())
