"""`counterfoil new-generator` writes what runs as it is, or says what is wrong with the request."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli import app
from generators import registry
from generators.conformance import check, construction
from schemas.errors import GeneratorError

ROOT = Path(__file__).resolve().parents[2]
VARIANTS = [
    ("natural", None),
    ("natural", ""),
    ("natural", "second"),
    ("natural", "prompt"),
    ("natural", "mask,second,prompt"),
    ("deepfake", None),
    ("deepfake", "face, second"),
    ("document", None),
    ("document", "words,prompt"),
    ("aigc", None),
]


def run(*arguments: str) -> str:
    """What the command prints. Errors raised on purpose come out as they are."""
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def write(*arguments: str) -> str:
    """What `new-generator` prints."""
    return run("new-generator", *arguments)


def ruff(command: str, *arguments: str) -> None:
    """Check style as it is checked in this repository."""
    config = ["--config", str(ROOT / "pyproject.toml")]
    ruffed = [sys.executable, "-m", "ruff", command, *config, *arguments]
    done = subprocess.run(ruffed, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Installs a written package as far as this process goes; says what its generator is called."""

    def here(*arguments: Any) -> Callable[[], Any]:
        return lambda: construction.attempt_by_name(*arguments)

    def install_package(folder: str) -> str:
        project = tomllib.loads(Path(folder, "pyproject.toml").read_text())["project"]
        ((name, value),) = project["entry-points"][registry.GROUP].items()
        monkeypatch.syspath_prepend(str(Path(folder, "src").resolve()))
        found = {name: EntryPoint(name, value, registry.GROUP)}
        monkeypatch.setattr(registry, "_entries", lambda: found)
        registry.load.cache_clear()
        return str(name)

    monkeypatch.setattr(construction, "elsewhere", here)
    yield install_package
    registry.load.cache_clear()


@pytest.mark.parametrize(("domain", "needs"), VARIANTS)
def test_what_is_written_keeps_the_contract(
    domain: str, needs: str | None, install: Callable[[str], str]
) -> None:
    name = f"made_in_{domain}_{VARIANTS.index((domain, needs))}"
    asked = [] if needs is None else ["--needs", needs]
    said = write(name, "--domain", domain, "--operation", "make_it", *asked, "--package", "made")
    assert [line.strip() for line in said.splitlines() if line.startswith("  ")] == [
        "pip install -e made",
        f"counterfoil check-generator {name}",
        "counterfoil build made/recipe.yaml",
    ]
    assert install("made") == name
    tests = runpy.run_path(f"made/test_{name}.py")
    written = [test for word, test in tests.items() if word.startswith("test_")]
    assert len(written) == 2
    for test in written:
        test()
    ruff("format", "--check", ".")
    if needs is None or "second" in needs:
        planned = json.loads(run("plan", "made/recipe.yaml", "--json"))["counts"]
        assert sum(row["count"] for row in planned if row["operation"] == "make_it") == 6


def test_in_a_checkout_two_files_are_written_in_its_style() -> None:
    with pytest.raises(GeneratorError, match="go to its root folder"):
        write("splice_fog", "--in-repo")
    Path("generators").mkdir()
    Path("generators/contract.py").touch()
    Path("pyproject.toml").touch()
    said = write("splice_fog", "--in-repo")
    assert 'splice_fog = "generators.splice_fog:SpliceFog"' in said
    assert "- {generator: splice_fog, count: 20, masks: {object: 0.4" in said
    written = ("generators/splice_fog.py", "tests/generators/test_splice_fog.py")
    for path in written:
        assert f"Wrote {path}" in said
    ruff("check", *written)
    ruff("format", "--check", *written)
    with pytest.raises(GeneratorError, match="two places"):
        write("other_fog", "--in-repo", "--package", "elsewhere")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("SpliceFog",), "not in snake_case; write it like 'splice_fog'"),
        (("splice-fog",), "write it like 'splice_fog'"),
        (("2fast",), "write it like 'fast'"),
        (("lambda",), "a word of Python's own"),
        (("splice",), "'splice' is installed already"),
        (("numpy",), "Python module named 'numpy' already"),
        (("a" * 31,), "longer than 30"),
        (("fog", "--operation", "Splice Fog"), "the operation 'Splice Fog' .* like 'splice_fog'"),
        (("fog", "--domain", "nature"), "natural, deepfake, document"),
        (("fog", "--needs", "masks"), "did you mean 'mask'"),
        (("fog", "--needs", "face"), "use --domain deepfake"),
        (("fog", "--needs", "words"), "use --domain document"),
        (("fog", "--domain", "document", "--needs", "words,mask"), "one of mask, face and words"),
        (("fog", "--domain", "aigc", "--needs", "second"), "only be prompt"),
    ],
)
def test_wrong_words_are_told_and_nothing_is_written(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    with pytest.raises(GeneratorError, match=words):
        write(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten() -> None:
    write("fog")
    mine = Path("fog/src/fog/generator.py")
    mine.write_text("mine")
    Path("fog/recipe.yaml").unlink()
    with pytest.raises(GeneratorError, match=r"fog/src/fog/generator.py.* was left as it is"):
        write("fog")
    assert mine.read_text() == "mine"
    assert not Path("fog/recipe.yaml").exists()


def test_the_mistake_that_contributing_shows_is_told_in_these_words(
    install: Callable[[str], str],
) -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(def make_content.*?)```", contributing, flags=re.DOTALL)
    (told,) = re.findall(r"```text\n✗ (.*?)```", contributing, flags=re.DOTALL)
    check_, words = re.split(r"\s{2,}", told.strip(), maxsplit=1)
    assert "rng.uniform" in example
    write("swell")
    module = Path("swell/src/swell/generator.py")
    start = module.read_text().split("def make_content")[0]
    module.write_text(start + example.replace("rng.uniform", "np.random.uniform"))
    broken = [one for one in check(install("swell")) if not one.passed]
    assert broken[0].check == check_
    assert broken[0].detail.startswith(" ".join(words.split()))
