"""`counterfoil new-generator`."""

from __future__ import annotations

from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from rich.console import Console

from flows.commands.blueprint import Blueprint, check_module, draw_blueprint
from generators.contract import Need
from schemas.errors import GeneratorError
from schemas.vocabulary import Domain


def run_new_generator(
    name: str,
    domain: str,
    operation: str | None,
    needs: str | None,
    package: Path | None,
    in_repo: bool,
) -> None:
    """Write a generator that runs as it is, its test and its recipe, and say what to do next.

    A package of its own, in the folder `package` (`name` by default), or with `in_repo` two files
    in the checkout of Counterfoil that is the current folder. Nothing is overwritten.
    """
    if package is not None and in_repo:
        raise GeneratorError("--package and --in-repo are two places; give one of them")
    blueprint = draw_blueprint(name, operation, domain, needs)
    if in_repo:
        _write(_checkout_files(blueprint))
        _print_for_checkout(blueprint)
    else:
        check_module(name)
        folder = package or Path(name)
        _write(_package_files(blueprint, folder))
        _print_for_package(blueprint, folder)


def _package_files(blueprint: Blueprint, folder: Path) -> dict[Path, str]:
    name, module = blueprint.name, f"{blueprint.name}.generator"
    home = folder / "src" / name
    own = f'"""{blueprint.class_name}, a generator of forgeries for Counterfoil."""\n'
    return {
        folder / "pyproject.toml": _render("pyproject.toml", blueprint, module),
        home / "__init__.py": own,
        home / "generator.py": _module(blueprint, module),
        folder / f"test_{name}.py": _render("test_generator.py", blueprint, module),
        folder / "recipe.yaml": _render("recipe.yaml", blueprint, module, recipe=str(folder)),
    }


def _checkout_files(blueprint: Blueprint) -> dict[Path, str]:
    if not Path("generators/contract.py").is_file() or not Path("pyproject.toml").is_file():
        raise GeneratorError(
            "--in-repo writes into a checkout of Counterfoil; go to its root folder, or leave "
            "--in-repo out to write a package of its own"
        )
    module = f"generators.{blueprint.name}"
    test = _render("test_generator.py", blueprint, module)
    return {
        Path(f"generators/{blueprint.name}.py"): _module(blueprint, module),
        Path(f"tests/generators/test_{blueprint.name}.py"): test,
    }


def _module(blueprint: Blueprint, module: str) -> str:
    synthesis = blueprint.domain is Domain.AIGC
    return _render("synthesis.py" if synthesis else "generator.py", blueprint, module)


def _render(template: str, blueprint: Blueprint, module: str, recipe: str = "") -> str:
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    source = resources.files("flows").joinpath("templates", f"{template}.j2")
    needs = sorted(blueprint.needs, key=list(Need).index)
    values: dict[str, Any] = {need.name.lower(): need in blueprint.needs for need in Need}
    values |= {
        "name": blueprint.name,
        "class_name": blueprint.class_name,
        "does": blueprint.does,
        "summary": blueprint.does.capitalize() + ".",
        "domain": blueprint.domain.name,
        "operation": blueprint.operation,
        "needs": ", ".join(f"Need.{need.name}" for need in needs),
        "synthesis": blueprint.domain is Domain.AIGC,
        "module": module,
        "distribution": blueprint.name.replace("_", "-"),
        "version": version("counterfoil"),
        "recipe_path": f"{recipe}/recipe.yaml",
        "recipe_name": blueprint.name,
    }
    return environment.from_string(source.read_text(encoding="utf-8")).render(values)


def _write(files: dict[Path, str]) -> None:
    there = [str(path) for path in files if path.exists()]
    if there:
        raise GeneratorError(
            f"{', '.join(there)} exists already and was left as it is; move it away, or choose "
            "another name or another --package"
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        Console().print(f"Wrote {path}", highlight=False, soft_wrap=True)


def _print_for_package(blueprint: Blueprint, folder: Path) -> None:
    _say(
        "It works as it is. Next:",
        f"  pip install -e {folder}",
        f"  counterfoil check-generator {blueprint.name}",
        f"  counterfoil build {folder}/recipe.yaml",
        f"Then put your own code into {folder}/src/{blueprint.name}/generator.py and check again.",
    )


def _print_for_checkout(blueprint: Blueprint) -> None:
    name = blueprint.name
    masked = Need.MASK in blueprint.needs
    masks = ", masks: {object: 0.4, irregular: 0.3, stuff: 0.3}" if masked else ""
    _say(
        'Add this to [project.entry-points."counterfoil.generators"] in pyproject.toml:',
        f'  {name} = "generators.{name}:{blueprint.class_name}"',
        "and this to the `forge` entries of a recipe:",
        f"  - {{generator: {name}, count: 20{masks}}}",
        "Next:",
        "  make docs",
        f"  .venv/bin/counterfoil check-generator {name}",
        f"  .venv/bin/pytest tests/generators/test_{name}.py",
    )


def _say(*lines: str) -> None:
    for line in lines:
        Console().print(line, highlight=False, markup=False, soft_wrap=True)
