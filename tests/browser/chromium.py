"""Drives Chromium by the W3C WebDriver protocol, as chromedriver speaks it."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import httpx

INSTALL = "Chromium and its driver are not here; install them with tests/browser/install"
SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--hide-scrollbars", "--force-color-profile=srgb",
)  # fmt: skip


@dataclass(frozen=True)
class Browser:
    """A window of Chromium."""

    http: httpx.Client
    session: str

    def ask(self, command: str, **values: Any) -> Any:
        """Send a command; return its value, or raise what the driver says."""
        reply = self.http.post(f"/session/{self.session}/{command}", json=values)
        value = reply.json()["value"]
        if reply.is_error:
            raise RuntimeError(value["message"])
        return value

    def open(self, url: str, *, width: int = 1280, dark: bool = False) -> None:
        """Show a page at a width in px, in the light or the dark; what was said before is over."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])
        self.complaints()
        self.ask("url", url=url)

    def run(self, script: str) -> Any:
        """Run JavaScript in the page and return what it returns."""
        return self.ask("execute/sync", script=script, args=[])

    def complaints(self) -> list[str]:
        """Return what the console has said since it was last asked, such as of the CSP."""
        return [entry["message"] for entry in self.ask("se/log", type="browser")]

    def picture(self, path: Path) -> None:
        """Keep the whole page as PNG."""
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        path.write_bytes(base64.b64decode(shot["data"]))

    def devtools(self, command: str, **values: Any) -> Any:
        """Send a command of the DevTools protocol."""
        return self.ask("goog/cdp/execute", cmd=command, params=values)


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Start Chromium with an empty profile in `folder`, and end it."""
    driver, browser = which("chromedriver"), which("chromium")
    if not driver or not browser:
        raise RuntimeError(INSTALL)
    process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{_port(process)}", timeout=60) as http:
            wanted = {
                "browserName": "chrome",
                "goog:loggingPrefs": {"browser": "ALL"},
                "goog:chromeOptions": {
                    "binary": browser,
                    "args": [*SWITCHES, f"--user-data-dir={folder}"],
                },
            }
            reply = http.post("/session", json={"capabilities": {"alwaysMatch": wanted}})
            if reply.is_error:
                raise RuntimeError(reply.json()["value"]["message"])
            session = reply.json()["value"]["sessionId"]
            yield Browser(http, session)
            http.delete(f"/session/{session}")
    finally:
        process.terminate()
        process.wait(timeout=20)


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if "started successfully on port" in line:
            return int(line.rstrip(".\n").rpartition(" ")[2])
    raise RuntimeError("chromedriver did not start")
