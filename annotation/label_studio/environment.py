"""Label Studio's own Python environment: made on first use, kept for all runs of this user.

The server wants older versions of several packages than Counterfoil, so it never shares an
environment with it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

from annotation.label_studio.errors import ReviewError

REQUIREMENT = "label-studio==1.23.*"
CACHE_VARIABLE = "COUNTERFOIL_CACHE"
_PATIENCE = 1800.0
_PROGRESS_LINES = 30

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Environment:
    """A folder with the server's virtual environment and a data folder already migrated."""

    folder: Path

    @property
    def command(self) -> Path:
        """The `label-studio` command."""
        return self.folder / "venv" / "bin" / "label-studio"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def template(self) -> Path:
        """A database with every table and no user; starting on a copy saves most of a minute."""
        return self.folder / "template" / "label_studio.sqlite3"


def cache_folder() -> Path:
    """Where environments are kept: `$COUNTERFOIL_CACHE`, or the user's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("counterfoil")


def server_environment(report: Report) -> Environment:
    """The environment, made if it is not there (about 1 GB; seconds with uv, minutes with pip).

    `report` is told, line by line, what is being done. Raises `ReviewError` when it cannot be
    made. A half-made one is thrown away; two processes never make one at the same time.
    """
    constraints = files("annotation.label_studio").joinpath("server_constraints.txt").read_text()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = hashlib.sha256(f"{version}\n{REQUIREMENT}\n{constraints}".encode()).hexdigest()[:12]
    folder = cache_folder() / "label-studio" / key
    environment = Environment(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "installed").is_file():
            shutil.rmtree(folder / "venv", ignore_errors=True)
            report(f"installing {REQUIREMENT} into {folder} (once; about 1 GB)")
            pins = folder / "constraints.txt"
            pins.write_text(constraints)
            for command in _installation(folder / "venv", environment.python, pins):
                _run(command, report, "Installing Label Studio")
            (folder / "installed").touch()
        if not environment.template.is_file():
            report("making Label Studio's empty database (once; about a minute)")
            _migrate(environment, report)
    return environment


def _installation(venv: Path, python: Path, pins: Path) -> list[list[str]]:
    """The commands that make the environment: with uv where there is one, else with pip."""
    uv = _uv()
    if uv is None:
        return [
            [sys.executable, "-m", "venv", str(venv)],
            [str(python), "-m", "pip", "install", REQUIREMENT, "-c", str(pins)],
        ]
    # uv does not know pip's variable for folders of wheels.
    links = [part for link in os.environ.get("PIP_FIND_LINKS", "").split() for part in ("-f", link)]
    return [
        [*uv, "venv", "--quiet", "--python", sys.executable, str(venv)],
        [
            *(*uv, "pip", "install", "--python", str(python)),
            *(REQUIREMENT, "-c", str(pins), *links),
        ],
    ]


def _uv() -> list[str] | None:
    if find_spec("uv") is not None:
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    return None if found is None else [found]


def _migrate(environment: Environment, report: Report) -> None:
    """Let the server migrate an empty database, and put it in its place when it is whole."""
    working = environment.folder / "migrating"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir()
    # Every command of the server migrates first; this one then only prints and stops.
    command = [str(environment.command), "version"]
    _run(command, lambda line: None, "Making Label Studio's database", server_variables(working))
    environment.template.parent.mkdir(exist_ok=True)
    (working / "label_studio.sqlite3").replace(environment.template)
    shutil.rmtree(working)
    report("Label Studio is ready to start")


def server_variables(data: Path) -> dict[str, str]:
    """The environment variables that every command of the server gets: its data, no telemetry."""
    # Nothing of the caller's Python or Django may get in.
    foreign = ("LABEL_STUDIO_", "DJANGO_", "PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "PYTHONUNBUFFERED": "1",
    }


def _run(
    command: Sequence[str], report: Report, action: str, variables: dict[str, str] | None = None
) -> None:
    """Run a command, reporting its lines; raise `ReviewError` with the last of them if it fails."""
    lines: list[str] = []
    try:
        with subprocess.Popen(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.rstrip())
                report(line.rstrip())
            code = process.wait(_PATIENCE)
    except OSError as error:
        raise ReviewError(f"{action} failed: {command[0]} could not be run: {error}") from error
    if code:
        said = "\n".join(lines[-_PROGRESS_LINES:])
        raise ReviewError(
            f"{action} failed with code {code}. Check the network and the disk, then run the same "
            f"command again; or name a server of your own.\n{said}"
        )
