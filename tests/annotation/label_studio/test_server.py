"""Starting, finding and stopping a server, and its installation, with stand-ins for both."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from annotation.label_studio import environment as environments
from annotation.label_studio import server as servers
from annotation.label_studio.environment import Environment
from annotation.label_studio.errors import ReviewError

_STAND_IN = """#!{python}
import http.server, os, sys
assert os.environ["LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT"].endswith("/files")
assert os.environ["COLLECT_ANALYTICS"] == "false"
assert sys.argv[sys.argv.index("--internal-host") + 1] == "127.0.0.1"
if os.path.exists(os.environ["LABEL_STUDIO_BASE_DATA_DIR"] + "/broken"):
    sys.exit("the database is broken")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        token = os.environ["LABEL_STUDIO_USER_TOKEN"]
        self.send_response(200 if self.headers["Authorization"] == "Token " + token else 401)
        self.end_headers()

port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment whose `label-studio` is a script that only knows its token."""
    made = Environment(tmp_path / "environment")
    made.command.parent.mkdir(parents=True)
    made.command.write_text(_STAND_IN.format(python=sys.executable))
    made.command.chmod(0o755)
    made.template.parent.mkdir(parents=True)
    made.template.write_bytes(b"an empty database")
    monkeypatch.setattr(servers, "server_environment", lambda report: made)
    monkeypatch.setenv("LABEL_STUDIO_HOST", "http://elsewhere.example")
    return tmp_path / "review"


def test_up_finds_what_runs_and_down_stops_it(stand_in: Path) -> None:
    lines: list[str] = []
    started = servers.up(stand_in, lines.append)
    try:
        assert servers.up(stand_in, lines.append) == started
        assert lines[-1] == f"Label Studio runs already at {started.url}"
        assert (stand_in / "server" / "label_studio.sqlite3").read_bytes() == b"an empty database"
        for name in ("running.json", "account.json"):
            assert (stand_in / "server" / name).stat().st_mode & 0o777 == 0o600
        command = Path(f"/proc/{started.pid}/cmdline")
        if command.exists():
            assert started.token.encode() not in command.read_bytes()
            assert started.password.encode() not in command.read_bytes()
    finally:
        assert servers.down(stand_in)
    assert servers.running(stand_in) is None
    assert not servers.down(stand_in)
    with pytest.raises(ProcessLookupError):
        os.kill(started.pid, 0)


def test_a_taken_port_is_not_used_and_the_account_is_kept(stand_in: Path) -> None:
    with socket.socket() as blocker:
        blocker.bind(("127.0.0.1", 0))
        blocker.listen()
        port = blocker.getsockname()[1]
        first = servers.up(stand_in, print, email="ann@example.org", port=port)
    assert servers.down(stand_in)
    assert first.port != port
    second = servers.up(stand_in, print, email="bob@example.org")
    assert servers.down(stand_in)
    assert (second.email, second.token) == ("ann@example.org", first.token)


def test_a_server_that_dies_is_explained(stand_in: Path) -> None:
    (stand_in / "server").mkdir(parents=True)
    (stand_in / "server" / "broken").touch()
    with pytest.raises(ReviewError, match=r"(?s)stopped while it started.*database is broken"):
        servers.up(stand_in, print)
    assert servers.running(stand_in) is None


def test_a_database_without_its_account_is_explained(stand_in: Path) -> None:
    (stand_in / "server").mkdir(parents=True)
    (stand_in / "server" / "label_studio.sqlite3").touch()
    with pytest.raises(ReviewError, match=r"account\.json"):
        servers.up(stand_in, print)


def test_a_note_of_a_server_that_is_gone_is_not_believed(stand_in: Path) -> None:
    started = servers.up(stand_in, print)
    note = (stand_in / "server" / "running.json").read_text()
    assert servers.down(stand_in)
    file = stand_in / "server" / "running.json"
    # The number of another process that lives.
    file.write_text(note.replace(str(started.pid), str(os.getpid())))
    assert servers.running(stand_in) is None
    assert not servers.down(stand_in)
    file.write_text("{")
    assert servers.running(stand_in) is None


def test_an_installation_that_fails_is_explained_and_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERFOIL_CACHE", str(tmp_path))
    script = "print('no such package'); raise SystemExit(3)"
    commands = [[sys.executable, "-c", script]]
    monkeypatch.setattr(environments, "_installation", lambda *paths: commands)
    for _ in range(2):
        lines: list[str] = []
        with pytest.raises(ReviewError, match=r"(?s)failed with code 3.*no such package"):
            environments.server_environment(lines.append)
        assert "about 1 GB" in lines[0]
        assert lines[-1] == "no such package"
    commands[:] = [["/no/such/command"]]
    with pytest.raises(ReviewError, match="could not be run"):
        environments.server_environment(print)


def test_uv_is_used_where_there_is_one_and_pip_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv, python, pins = tmp_path / "venv", tmp_path / "python", tmp_path / "pins"
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels /more")
    monkeypatch.setattr(environments, "_uv", lambda: ["uv"])
    _, install = environments._installation(venv, python, pins)
    assert install[:2] == ["uv", "pip"]
    assert install[-4:] == ["-f", "/wheels", "-f", "/more"]
    monkeypatch.setattr(environments, "_uv", lambda: None)
    _, install = environments._installation(venv, python, pins)
    assert install[:4] == [str(python), "-m", "pip", "install"]
    assert str(pins) in install


def test_every_package_of_the_server_is_pinned() -> None:
    file = Path(environments.__file__).with_name("server_constraints.txt")
    pins = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    assert len(pins) > 100
    assert all("==" in pin for pin in pins)
    assert any(pin.startswith("label-studio==1.23.") for pin in pins)
