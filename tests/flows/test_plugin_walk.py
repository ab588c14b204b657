"""The walk of CONTRIBUTING, step by step: from an empty folder to a set with a plugin's pictures.

Two commands are not taken to the letter. The plugin goes into a throwaway environment that sees
the packages of this one, so `counterfoil` and `pytest` are run with that environment's Python; and
`pip install` would fetch the plugin's build backend, so uv, which brings its own, installs it
offline.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from storage.published import open_published

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).resolve().parents[2]
STEP = re.compile(r"^```(sh|python)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


def walk() -> list[tuple[str, str, str]]:
    """The steps: what kind of block it is, what is in it, and the text before it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("### A new generator in an hour\n")[1].split("\n### ")[0]
    ends = [0, *(step.end() for step in STEP.finditer(section))]
    return [
        (step[1], step[2], section[end : step.start()])
        for end, step in zip(ends, STEP.finditer(section), strict=False)
    ]


def edit(folder: Path, told: str, function: str) -> None:
    """Put a function in the place of the one of its name, in the file that the text names last."""
    file = folder / re.findall(r"`([\w/]+\.py)`", told)[-1]
    code = file.read_text(encoding="utf-8")
    (new,) = ast.parse(function).body
    assert isinstance(new, ast.FunctionDef)
    old = next(
        node
        for node in ast.parse(code).body
        if isinstance(node, ast.FunctionDef) and node.name == new.name
    )
    lines = code.splitlines()
    lines[old.lineno - 1 : old.end_lineno] = function.splitlines()
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The Python of a throwaway environment that sees this checkout and what is installed here."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    (packages,) = home.glob("lib/python*/site-packages")
    seen = [f"import site; site.addsitedir({folder!r})" for folder in site.getsitepackages()]
    (packages / "counterfoil_checkout.pth").write_text("\n".join([*seen, str(ROOT)]) + "\n")
    return home / "bin" / "python"


def spelled(command: str, python: Path) -> list[str]:
    """A command of the walk as it is run here; see above."""
    tool, *rest = shlex.split(command)
    if tool == "counterfoil":
        return [str(python), "-m", "flows.cli", *rest]
    if tool == "pytest":
        return [str(python), "-m", "pytest", *rest]
    assert [tool, *rest[:2]] == ["pip", "install", "-e"]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if uv is None:
        pytest.skip("uv, which `make` installs, must stand in for pip where there is no network")
    offline = ["--offline", "--no-deps", "--no-cache", "--python", str(python)]
    return [uv, "pip", "install", *offline, *rest[1:]]


def test_the_walk_ends_in_a_set_with_the_plugins_pictures(tmp_path: Path, python: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    environment = os.environ | {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "COLUMNS": "200",
        "PYTHONPATH": "",
    }
    said = {}
    for kind, content, told in walk():
        if kind == "python":
            edit(folder, told, content)
            continue
        for command in content.splitlines():
            done = subprocess.run(
                spelled(command, python),
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            said[command] = done.stdout

    assert "✗" not in said["counterfoil check-generator ripple"]
    assert "passed" in said["pytest ripple"]
    published = open_published(str(folder / "runs" / "ripple"))
    rows = published.table(("label", "generator", "operation", "mask_observed")).to_pylist()
    made = [row for row in rows if row["generator"] == "ripple"]
    assert len(made) == 6
    assert {row["operation"] for row in made} == {"local_ripple"}
    assert all(row["mask_observed"] for row in made)
    assert len(rows) > len(made)
