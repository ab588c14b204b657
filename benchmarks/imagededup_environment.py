"""The Python environment that imagededup is measured in: its own, kept between runs.

It wants torchvision, which does not import beside the CPU build of torch, so it may not enter the
project's. Its hashing needs neither: it is installed without them, and its two modules that do are
left out where it runs (`benchmarks.imagededup_side`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

PACKAGE = "imagededup==0.3.3"
# What its hashing and its search import, in the versions that it was measured with.
CONSTRAINTS = """\
matplotlib==3.11.2
numpy==2.4.6
pillow==13.0.0
pywavelets==1.9.0
scikit-learn==1.9.1
scipy==1.17.1
tqdm==4.70.1
"""


def environment() -> Path:
    """The environment's interpreter, which is made (some seconds with uv) if it is not there."""
    key = hashlib.sha256(f"{sys.version_info[:2]}{PACKAGE}{CONSTRAINTS}".encode()).hexdigest()[:12]
    folder = _cache() / "imagededup" / key
    python = folder / "venv" / "bin" / "python"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "installed").is_file():
            shutil.rmtree(folder / "venv", ignore_errors=True)
            pins = folder / "constraints.txt"
            pins.write_text(CONSTRAINTS)
            _run(
                [
                    sys.executable,
                    "-m",
                    "uv",
                    "venv",
                    "--quiet",
                    "--python",
                    sys.executable,
                    str(folder / "venv"),
                ]
            )
            install = [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--quiet",
                "--python",
                str(python),
            ]
            _run([*install, "--no-deps", PACKAGE])
            _run([*install, "-r", str(pins)])
            (folder / "installed").touch()
    return python


def _cache() -> Path:
    named = os.environ.get("COUNTERFOIL_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("counterfoil")


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
