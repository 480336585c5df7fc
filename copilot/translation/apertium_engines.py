"""The two ways to Apertium: its command on this machine, and its HTTP server APY."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading

from copilot.translation.deadline import BoundedCalls, Deadline
from copilot.translation.http import Request, is_loopback, send
from knowledge_base.errors import (
    BadProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

INSTALL = (
    "apt-get install -y --no-install-recommends apertium apertium-apy "
    "apertium-eng-spa apertium-fr-es apertium-es-pt apertium-spa-ita"
)
LISTING_SECONDS = 2.0
"""Both ways list their pairs within a tenth of that."""
_PROCESSES = 4
"""Each call starts a pipeline of about eight processes."""
_WHO = "Apertium"


class CommandEngine:
    """The `apertium` command. Each call is a process group of its own, ended when its time is over."""

    off_site = False

    def __init__(self, command: str = "apertium") -> None:
        self._command = command
        self._slots = threading.BoundedSemaphore(_PROCESSES)

    def modes(self) -> list[str]:
        """What `apertium -l` lists."""
        return self._run(["-l"], "", Deadline(LISTING_SECONDS)).split()

    def hop(self, text: str, pair: tuple[str, str], deadline: Deadline) -> str:
        """Translate without marks at unknown words."""
        return self._run(["-u", "-".join(pair)], text, deadline)

    def _run(self, arguments: list[str], text: str, deadline: Deadline) -> str:
        if not self._slots.acquire(timeout=deadline.require(_WHO)):
            raise ProviderTimeoutError(f"too many calls to {_WHO} at once; try again")
        try:
            return self._run_process(arguments, text, deadline)
        finally:
            self._slots.release()

    def _run_process(self, arguments: list[str], text: str, deadline: Deadline) -> str:
        missing = False
        try:
            process = subprocess.Popen(
                [self._command, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        except OSError:
            missing = True
        if missing:
            raise ProviderUnavailableError(f"the `{self._command}` command can't be run: {INSTALL}")
        with process:
            output = _communicate(process, text, deadline)
        if process.returncode != 0:
            raise BadProviderResponseError(
                f"{_WHO} ended with status {process.returncode}; is the pair whole?"
            )
        return output.decode("utf-8", errors="replace")


def _communicate(process: subprocess.Popen[bytes], text: str, deadline: Deadline) -> bytes:
    """Feed the process and read it to its end, or end the whole group when time is over."""
    late = False
    try:
        left = max(deadline.remaining(), 0.001)
        output, _ = process.communicate(text.encode("utf-8", errors="replace"), timeout=left)
    except subprocess.TimeoutExpired:
        late = True
    if late:  # raised out here: the exception before it holds what was read so far
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise ProviderTimeoutError(f"{_WHO} did not answer in time; try again, or allow a longer deadline")
    return output


class ApyEngine:
    """An APY server at `url`; on this machine's own address nothing leaves the machine."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._calls = BoundedCalls()
        self.off_site = not is_loopback(url)

    def modes(self) -> list[str]:
        """What `/listPairs` lists, written as the command writes it."""
        answer = self._ask("GET", "/listPairs", None, Deadline(LISTING_SECONDS))
        pairs = answer if isinstance(answer, list) else []
        return [f"{p['sourceLanguage']}-{p['targetLanguage']}" for p in pairs if isinstance(p, dict)]

    def hop(self, text: str, pair: tuple[str, str], deadline: Deadline) -> str:
        """Translate as plain text, without marks at unknown words."""
        form = {"langpair": "|".join(pair), "q": text, "markUnknown": "no", "format": "txt"}
        answer = self._ask("POST", "/translate", form, deadline)
        translated = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(translated, str):
            raise BadProviderResponseError(f"{_WHO}'s server answered without a translation; is it an APY?")
        return translated

    def _ask(self, method: str, path: str, form: dict[str, str] | None, deadline: Deadline) -> object:
        """The `responseData` of an answer."""

        def call() -> object:
            left = deadline.require(_WHO)
            request = Request(method, self._url + path, form=form)
            document = send(request, who=_WHO, timeout_seconds=left).json()
            return document.get("responseData") if isinstance(document, dict) else None

        return self._calls.run(call, who=_WHO, timeout_seconds=deadline.require(_WHO))
