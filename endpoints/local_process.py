"""The local server in a process of its own, so that measurements of a client are of the client."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from dataclasses import asdict
from types import TracebackType

from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer

_COUNTS = "/local/counts"


class LocalProcess:
    """`with LocalProcess(Behaviour(latency=1)) as server:` serves at `server.base_url`.

    It ends with this process, however that ends.
    """

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.base_url = ""
        self._process: subprocess.Popen[str] | None = None

    @property
    def charged(self) -> Counter[str]:
        """How often each request was charged."""
        return Counter(self._counts()["charged"])

    @property
    def statuses(self) -> Counter[int]:
        """How many answers of each status were begun."""
        return Counter({int(status): times for status, times in self._counts()["statuses"].items()})

    def __enter__(self) -> LocalProcess:
        told = json.dumps(asdict(self.behaviour))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "endpoints.local_process", told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.base_url = self._process.stdout.readline().strip()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.communicate()

    def _counts(self) -> dict[str, dict[str, int]]:
        address = self.base_url.removesuffix("/v1") + _COUNTS
        with urllib.request.urlopen(address) as answer:
            counts: dict[str, dict[str, int]] = json.load(answer)
        return counts


def main() -> None:
    """Serve as the argument says until the standard input ends."""
    with LocalServer(Behaviour(**json.loads(sys.argv[1]))) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
