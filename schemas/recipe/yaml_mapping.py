"""A YAML file held against a model: a wrong one gets the line, the field and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from schemas.errors import RecipeError

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class YamlMapping:
    """What stands in a file: `plain` as Python has it, `node` with its lines. `name`: of the file,
    as messages call it.
    """

    name: str
    plain: dict[str, Any]
    node: yaml.Node

    @classmethod
    def parse(cls, text: str, name: str, what: str = "a recipe") -> YamlMapping:
        """Read a file's text. `what` it is to be.

        Raises RecipeError where it is no YAML, no mapping, or says something twice.
        """
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            plain = yaml.safe_load(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"{name}:{mark.line + 1}" if mark else name
            problem = getattr(error, "problem", None) or str(error)
            raise RecipeError(f"{where}: this is not valid YAML: {problem}") from error
        if not isinstance(plain, dict) or node is None:
            raise RecipeError(f"{name}: {what} is a mapping that begins with `name: …`")
        for key, line in _twice(node):
            raise RecipeError(f"{name}:{line}: {key!r} stands here a second time; keep one of them")
        return cls(name, plain, node)

    def validated(self, model: type[Model]) -> Model:
        """The model of what stands here. Raises RecipeError, which tells of every problem."""
        try:
            return model.model_validate(self.plain)
        except ValidationError as error:
            raise RecipeError(self._explained(error, model)) from error

    def _explained(self, error: ValidationError, model: type[BaseModel]) -> str:
        schema = model.model_json_schema()
        problems: list[dict[str, Any]] = [dict(problem) for problem in error.errors()]
        # Where a field may be a name or a mapping, only the reading that was meant is told of.
        meant = [problem for problem in problems if not _other_reading(problem, schema)]
        said = []
        for problem in meant or problems:
            loc = problem["loc"]
            if problem["type"] == "too_short" and any(
                len(one["loc"]) > len(loc) and one["loc"][: len(loc)] == loc for one in problems
            ):
                continue  # It is short because its entries are wrong, which is said of each.
            path, line = self._located(loc, problem["type"] == "missing")
            place = f"{self.name}:{line}: {path or 'the recipe'}"
            said.append((line, f"{place}: {_remedy(problem, schema)}"))
        return "\n".join(dict.fromkeys(message for _, message in sorted(said)))

    def _located(self, loc: Sequence[int | str], missing: bool) -> tuple[str, int]:
        """The path of a problem as it reads in the file, and its line.

        Steps that are not in the file name the type that a field was read as, and are passed over;
        but the last, where what it names is `missing`.
        """
        node, path = self.node, ""
        line = node.start_mark.line + 1
        for depth, step in enumerate(loc, 1):
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
                if found is not None:
                    key, node = found
                    path, line = f"{path}.{step}", key.start_mark.line + 1
                elif missing and depth == len(loc):
                    path += f".{step}"
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                if step < len(node.value):
                    node = node.value[step]
                    line = node.start_mark.line + 1
                path += f"[{step}]"
        return path.removeprefix("."), line


def _other_reading(problem: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether a mapping was held against a list of names, or a name against a model."""
    last = str(problem["loc"][-1]) if problem["loc"] else ""
    if problem["type"] == "literal_error":
        return last.startswith("literal[") and isinstance(problem["input"], dict)
    return problem["type"] == "model_type" and last in schema.get("$defs", {})


def _remedy(problem: dict[str, Any], schema: dict[str, Any]) -> str:
    given, kind = problem.get("input"), problem["type"]
    if kind == "extra_forbidden":
        known = _known_fields(problem["loc"], schema)
        near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
        return f"there is no such field; {hint}"
    if kind == "missing":
        return "this field is missing and must be given"
    if kind == "union_tag_invalid":
        given, tags = problem["ctx"]["tag"], problem["ctx"]["expected_tags"].replace("'", "")
        near = difflib.get_close_matches(given, tags.split(", "), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"kind must be one of {tags}, not {given!r}{hint}"
    if kind == "string_pattern_mismatch":
        return f"use lower-case letters, digits, - and _ only, not {given!r}"
    if kind == "too_short":
        return f"give at least {problem['ctx']['min_length']} entry"
    shown = "" if isinstance(given, dict | list) or given is None else f", not {given!r}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}{shown}"


def _known_fields(loc: Sequence[int | str], schema: dict[str, Any]) -> list[str]:
    """The fields of the model around `loc`, read from the JSON schema of the whole."""
    here = schema
    for step in loc[:-1]:
        here = _resolved(schema, here)
        if isinstance(step, int):
            here = here.get("items") or here.get("prefixItems", [{}])[0]
        elif "discriminator" in here:
            reference = here["discriminator"]["mapping"].get(step)
            here = {"$ref": reference} if reference else here
        else:  # The name of a type stands for the model that is here already.
            here = here.get("properties", {}).get(step, here)
    return sorted(_resolved(schema, here).get("properties", {}))


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    for option in part.get("anyOf", ()):
        if "$ref" in option:
            part = option
    if "$ref" in part:
        found: dict[str, Any] = schema["$defs"][part["$ref"].rsplit("/", 1)[-1]]
        return found
    return part


def _twice(node: yaml.Node) -> Iterator[tuple[str, int]]:
    """Keys that stand twice in one mapping, with the lines of the second."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield str(key.value), key.start_mark.line + 1
            seen.add(key.value)
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)
