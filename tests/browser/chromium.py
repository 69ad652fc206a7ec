"""A headless Chromium that is told what to do through its debugging pipe."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Final, NamedTuple

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
PATH: Final = next((path for name in NAMES if (path := shutil.which(name))), None)
PIPED: Final = 'exec "$@" 3<&{} 4>&{}'
"""Chromium reads commands from the file descriptor 3 and answers on 4."""

PATIENCE_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.1


class Size(NamedTuple):
    """Of a window, in CSS pixels."""

    width: int
    height: int


DESKTOP: Final = Size(1280, 800)
PHONE: Final = Size(390, 844)


@dataclass
class Browser:
    """One page in a running Chromium; `complaints` are the errors that its console has."""

    commands: IO[bytes]
    answers: IO[bytes]
    session: str = ""
    complaints: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def call(self, method: str, **parameters: Any) -> Any:
        """The result of a command of the DevTools protocol."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        session = {"sessionId": self.session} if self.session else {}
        self.commands.write(json.dumps(message | session).encode() + b"\0")
        self.commands.flush()
        while (answer := self._next()).get("id") != number:
            self._note(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        read = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("Chromium has ended.")
            read += byte
        message: dict[str, Any] = json.loads(read)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message["method"]:
            case "Runtime.exceptionThrown":
                self.complaints.append(str(parameters["exceptionDetails"]))
            case "Log.entryAdded" if parameters["entry"]["level"] in {"error", "warning"}:
                self.complaints.append(str(parameters["entry"]["text"]))
            case "Runtime.consoleAPICalled" if parameters["type"] in {"error", "warning"}:
                self.complaints.append(str(parameters["args"]))

    def open(self, url: str, size: Size = DESKTOP, scheme: str = "light") -> None:
        """Show an address in a window of this size, in a light or a dark scheme."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=size.width,
            height=size.height,
            deviceScaleFactor=1,
            mobile=size is PHONE,
        )
        look = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=look)
        self.call("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in JavaScript."""
        told = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in told:
            raise RuntimeError(str(told["exceptionDetails"]))
        return told["result"].get("value")

    def await_true(self, expression: str) -> None:
        """Wait in real time until an expression holds."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"For {PATIENCE_SECONDS} s it was not so: {expression}")
            time.sleep(LOOK_SECONDS)  # noqa: TID251 - a browser lives in real time

    def await_text(self, text: str) -> None:
        """Wait until the page shows a text."""
        self.await_true(f"document.body?.innerText.includes({json.dumps(text)})")

    def click(self, selector: str) -> None:
        """Click as the page's own script would."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def press(self, key: str) -> None:
        """Press a key of the keyboard."""
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, **text, **CODES[key])
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, **CODES[key])

    def picture(self, *, whole: bool = False) -> bytes:
        """What is seen, as a PNG; `whole` goes on below the window."""
        told = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(told["data"])


CODES: Final = {
    "Tab": {"windowsVirtualKeyCode": 9},
    "Enter": {"windowsVirtualKeyCode": 13},
}


@contextmanager
def running() -> Iterator[Browser]:
    """A Chromium with an empty profile and one page; RuntimeError where there is none."""
    if PATH is None:
        raise RuntimeError(f"There is no browser here: install {NAMES[0]}.")
    (its_commands, commands), (answers, its_answers) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = [
            "--headless=new",
            "--remote-debugging-pipe",
            "--no-first-run",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ]
        shell = ["bash", "-c", PIPED.format(its_commands, its_answers), "bash"]
        process = subprocess.Popen(  # noqa: S603 - a browser of this machine
            [*shell, PATH, *options, "about:blank"],
            pass_fds=(its_commands, its_answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_commands)
        os.close(its_answers)
        with os.fdopen(commands, "wb") as write, os.fdopen(answers, "rb") as read:
            browser = Browser(write, read)
            try:
                yield _attached(browser)
            finally:
                browser.session = ""
                browser.call("Browser.close")
                process.wait(timeout=PATIENCE_SECONDS)


def _attached(browser: Browser) -> Browser:
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    attached = browser.call("Target.attachToTarget", targetId=target, flatten=True)
    browser.session = attached["sessionId"]
    for domain in ("Page", "Runtime", "Log"):
        browser.call(f"{domain}.enable")
    return browser
