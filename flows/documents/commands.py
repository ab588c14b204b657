"""docs/commands.md: the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from flows.cli import app
from flows.documents.note import NOTE


def commands() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# The command line\n"
    group = typer.main.get_command(app)
    yield from _group("counterfoil", getattr(group, "commands", {}))


def _group(prefix: str, commands: Mapping[str, Any]) -> Iterator[str]:
    for name, command in sorted(commands.items()):
        inner = getattr(command, "commands", None)
        if inner is not None:
            yield from _group(f"{prefix} {name}", inner)
        else:
            yield from _command(f"{prefix} {name}", command)


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    shown = " ".join(_metavar(argument) for argument in arguments)
    yield f"## `{name}{' ' + shown if shown else ''}`\n"
    yield f"{command.help}\n"
    options = [p for p in command.params if p.param_type_name == "option"]
    if arguments or options:
        yield "| | default | what it does |\n|---|---|---|"
    for parameter in (*arguments, *options):
        spelling = _metavar(parameter)
        if parameter.param_type_name == "option":
            # The other side of a switch is named where it is more than a no: --quotas/--read.
            others = [name for name in parameter.secondary_opts if not name.startswith("--no-")]
            spelling = "/".join([", ".join(parameter.opts), *others])
        default = "" if parameter.default in (None, False) else f"`{_default(parameter)}`"
        yield f"| `{spelling}` | {default} | {getattr(parameter, 'help', '') or ''} |"
    yield ""


def _default(parameter: Any) -> str:
    two_sided = parameter.default is True and parameter.opts
    return str(parameter.opts[0] if two_sided else parameter.default)


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or (parameter.name or "").upper())
