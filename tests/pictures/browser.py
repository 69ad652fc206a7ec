"""A real browser without a window: Chromium, asked by its DevTools protocol over two pipes.

Protocol: https://chromedevtools.github.io/devtools-protocol/, messages of JSON that end with a
zero byte. What a page says on its console is kept.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS: Final = (
    "--headless",
    "--no-sandbox",  # which does not start as root; it shows our own pages only
    "--disable-gpu",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "--no-first-run",
)
CONSOLE: Final = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
"""The events by which a page is heard."""


KEYS: Final = {"Tab": (9, ""), "Enter": (13, "\r")}
"""The code of a key, and the text that it makes."""

AWAITED: Final = """new Promise(done => {{
  const look = () => ({0}) ? done(true) : setTimeout(look, 100)
  look()
  setTimeout(() => done(false), 60000)
}})"""


class NoBrowserError(Exception):
    """There is no Chromium on the PATH."""


@dataclass(frozen=True)
class Screen:
    """How large a screen is, and how it likes pages."""

    width: int
    height: int
    dark: bool = False
    phone: bool = False


@dataclass
class Browser:
    """A browser with one page; `heard` is what was said on the console since it was opened."""

    into: int
    out: int
    session: str = ""
    heard: list[str] = field(default_factory=list)
    _last: int = 0
    _rest: bytes = b""

    def ask(self, method: str, **parameters: Any) -> Any:
        """The answer to a command."""
        self._last += 1
        body = {"id": self._last, "method": method, "params": parameters}
        if self.session:
            body["sessionId"] = self.session
        os.write(self.into, json.dumps(body).encode() + b"\0")
        for message in self._messages():
            if message.get("id") == self._last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
        raise RuntimeError(f"the browser ended at {method}")

    def await_event(self, method: str) -> None:
        """Wait until something happens in the page."""
        if not any(message.get("method") == method for message in self._messages()):
            raise RuntimeError(f"the browser ended before {method}")

    def _messages(self) -> Iterator[Any]:
        while True:
            while b"\0" not in self._rest:
                part = os.read(self.out, 65536)
                if not part:
                    return
                self._rest += part
            text, _, self._rest = self._rest.partition(b"\0")
            message = json.loads(text)
            if message.get("method") in CONSOLE:
                self.heard.append(json.dumps(message["params"])[:500])
            yield message

    def open(self, path: Path, screen: Screen, *, scripts: bool = True) -> None:
        """Show a file on a screen."""
        self.show(path.resolve().as_uri(), screen, scripts=scripts)

    def show(self, address: str, screen: Screen, *, scripts: bool = True) -> None:
        """Show what is at an address on a screen."""
        self.heard.clear()
        self.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=screen.width,
            height=screen.height,
            deviceScaleFactor=1,
            mobile=screen.phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if screen.dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask("Page.navigate", url=address)
        self.await_event("Page.loadEventFired")

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript is in the page, or what it promises."""
        found = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return found["result"].get("value")

    def await_true(self, expression: str) -> None:
        """Wait until an expression holds; TimeoutError if it does not in a minute."""
        if not self.value(AWAITED.format(expression)):
            raise TimeoutError(f"For a minute it was not so: {expression}")

    def await_text(self, text: str) -> None:
        """Wait until the page shows a text."""
        self.await_true(f"document.body.innerText.includes({json.dumps(text)})")

    def press(self, key: str) -> None:
        """Press a key: Tab or Enter."""
        code, text = KEYS[key]
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **pressed)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def picture(self) -> bytes:
        """What the screen shows, as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    def paper(self) -> bytes:
        """The page on paper, as PDF."""
        printed = self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        return base64.b64decode(printed["data"])

    def unnamed(self) -> list[str]:
        """The roles of what has no name for who hears the page."""
        nodes = self.ask("Accessibility.getFullAXTree")["nodes"]
        wanted = {"image", "img", "table", "link", "button", "region", "heading"}
        return [
            node["role"]["value"]
            for node in nodes
            if not node.get("ignored")
            and node["role"]["value"] in wanted
            and not node.get("name", {}).get("value")
        ]


def found() -> str | None:
    """The path of a Chromium; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block; NoBrowserError where there is none."""
    program = found()
    if program is None:
        raise NoBrowserError(f"None of {', '.join(NAMES)} is on the PATH.")
    (its_in, our_in), (our_out, its_out) = os.pipe(), os.pipe()
    with TemporaryDirectory() as profile:
        process = _started([program, *OPTIONS, f"--user-data-dir={profile}"], its_in, its_out)
        try:
            yield _attached(Browser(our_in, our_out))
        finally:
            os.close(our_in)
            process.terminate()
            process.wait(timeout=20)
            os.close(our_out)


def _started(command: list[str], its_in: int, its_out: int) -> subprocess.Popen[bytes]:
    """The browser reads commands from its file 3, and answers on its file 4."""
    script = f'exec "$@" 3<&{its_in} 4>&{its_out}'
    process = subprocess.Popen(  # noqa: S603 - a browser from the PATH
        ["bash", "-c", script, "bash", *command],  # noqa: S607 - any bash
        pass_fds=(its_in, its_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_in)
    os.close(its_out)
    return process


def _attached(new: Browser) -> Browser:
    target = new.ask("Target.createTarget", url="about:blank")["targetId"]
    new.session = new.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Accessibility"):
        new.ask(f"{domain}.enable")
    return new
