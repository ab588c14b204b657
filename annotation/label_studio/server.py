"""A Label Studio server on this machine alone, for the pictures of one review folder.

It listens on the loopback address, keeps everything in SQLite beside the pictures, sends nothing
to anybody, and has its account and token from the start, so that nobody has to click for one.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from filelock import FileLock

from annotation.label_studio.environment import Report, server_environment, server_variables
from annotation.label_studio.errors import ReviewError

HOST = "127.0.0.1"
PORT = 8080
EMAIL = "reviewer@localhost.localdomain"
_START = 240.0
_STOP = 15.0
_LOG_LINES = 30


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where a server is, and the account that it was started with. `pid` is its process."""

    url: str
    email: str
    password: str
    token: str
    pid: int
    port: int


def pictures_folder(review: Path) -> Path:
    """Where pictures must lie to be served: a folder below the one that the server may read."""
    return review / "files" / "pictures"


def up(review: Path, report: Report, *, email: str = EMAIL, port: int = PORT) -> RunningServer:
    """Start the server of a review folder, or find the one that runs already.

    Everything that it keeps lies in `review/server`. Where `port` is taken, any free one is used.
    The account `email` is made on the first start, with a password and a token that are kept in a
    file that only its owner can read. Takes about 10 s, and the installation before the first.
    Raises `ReviewError` when the server does not come up.
    """
    review = review.absolute()
    data = review / "server"
    data.mkdir(parents=True, exist_ok=True)
    pictures_folder(review).mkdir(parents=True, exist_ok=True)
    with FileLock(data / "up.lock"):
        found = running(review)
        if found is not None:
            report(f"Label Studio runs already at {found.url}")
            return found
        environment = server_environment(report)
        account = _account(data, email)
        database = data / "label_studio.sqlite3"
        if not database.is_file():
            partial = database.with_suffix(".partial")
            shutil.copyfile(environment.template, partial)
            partial.replace(database)
        port = _free_port(port)
        report(f"starting Label Studio at http://{HOST}:{port}")
        pid = _spawn(environment.command, data, review / "files", port, account)
        server = RunningServer(f"http://{HOST}:{port}", **account, pid=pid, port=port)
        try:
            _await(server, data)
        except BaseException:
            _stop(pid)
            raise
        _write_private(data / "running.json", asdict(server))
    return server


def running(review: Path) -> RunningServer | None:
    """The server of a review folder if it runs and knows our token, else None."""
    server = _noted(review)
    return server if server and _alive(server.pid) and _answers(server) else None


def down(review: Path) -> bool:
    """Stop the server of a review folder; False where none runs. What people did is kept."""
    server = _noted(review)
    (review / "server" / "running.json").unlink(missing_ok=True)
    # A process with its number may be somebody else's by now.
    if server is None or not _alive(server.pid) or not (_named(server) or _answers(server)):
        return False
    _stop(server.pid)
    return True


def _noted(review: Path) -> RunningServer | None:
    try:
        noted = json.loads((review / "server" / "running.json").read_text())
        return RunningServer(**noted)
    except (OSError, ValueError, TypeError):
        return None


def _named(server: RunningServer) -> bool:
    """Whether the process, even one that hangs, is called as we called it (where /proc tells)."""
    try:
        words = Path(f"/proc/{server.pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(server.port).encode() in words and any(b"label-studio" in word for word in words)


def _account(data: Path, email: str) -> dict[str, str]:
    """The account of the first start, the same at every later one."""
    file = data / "account.json"
    if file.is_file():
        known: dict[str, str] = json.loads(file.read_text())
        return known
    if (data / "label_studio.sqlite3").is_file():
        raise ReviewError(
            f"{data} holds a database of Label Studio but not the account it was made with "
            f"({file.name}); put that file back, or start the server yourself and name its URL."
        )
    made = {
        "email": email,
        "password": secrets.token_urlsafe(12),
        "token": secrets.token_hex(20),
    }
    _write_private(file, made)
    return made


def _spawn(command: Path, data: Path, documents: Path, port: int, account: dict[str, str]) -> int:
    """Start the server as a process that outlives this one; its output goes to `server.log`."""
    variables = server_variables(data) | {
        "LABEL_STUDIO_USERNAME": account["email"],
        "LABEL_STUDIO_PASSWORD": account["password"],
        "LABEL_STUDIO_USER_TOKEN": account["token"],
        # Counts only when the first user is made.
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(documents),
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    }
    arguments = ["start", "--no-browser", "--internal-host", HOST, "--port", str(port)]
    appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        command,
        [str(command), *arguments],
        variables,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(data / "server.log"), appending, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _await(server: RunningServer, data: Path) -> None:
    """Wait until the server knows our token; raise `ReviewError` if it dies or takes too long."""
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if not _alive(server.pid):
            reason = "Label Studio stopped while it started"
            break
        if _answers(server):
            return
        time.sleep(0.2)
    else:
        reason = f"Label Studio did not answer within {_START:.0f} s"
    log = data / "server.log"
    said = log.read_text(errors="replace").splitlines()[-_LOG_LINES:] if log.is_file() else []
    raise ReviewError(f"{reason}; the end of {log}:\n" + "\n".join(said))


def _answers(server: RunningServer) -> bool:
    try:
        answer = httpx.get(
            f"{server.url}/api/current-user/whoami",
            headers={"Authorization": f"Token {server.token}"},
            timeout=10,
            trust_env=False,
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def _alive(pid: int) -> bool:
    """Whether the process lives; one of our own children that ended is laid to rest."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stop(pid: int) -> None:
    """Ask the process to end, and make it end if it does not."""
    for message, patience in ((signal.SIGTERM, _STOP), (signal.SIGKILL, _STOP)):
        if not _alive(pid):
            return
        os.kill(pid, message)
        end = time.monotonic() + patience
        while _alive(pid) and time.monotonic() < end:
            time.sleep(0.05)


def _free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else a port that the system hands out."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the server itself binds: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ReviewError(f"no port is free on {HOST}")


def _write_private(file: Path, content: dict[str, object] | dict[str, str]) -> None:
    """Write JSON that only its owner can read, whole or not at all."""
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(content, opened, indent=1)
    partial.replace(file)
