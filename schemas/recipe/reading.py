"""Reads a recipe's YAML; a wrong one gets one message with the line, the field and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from schemas.errors import RecipeError
from schemas.recipe.model import Recipe


def parse_recipe(text: str, name: str) -> Recipe:
    """The recipe in `text`. `name` is what error messages call the file."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        plain = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or str(error)
        raise RecipeError(f"{where}: this is not valid YAML: {problem}") from error
    if not isinstance(plain, dict) or node is None:
        raise RecipeError(f"{name}: a recipe is a mapping that begins with `name: …`")
    duplicate = _duplicate_key(node)
    if duplicate:
        key, line = duplicate
        raise RecipeError(f"{name}:{line}: {key!r} stands here a second time; keep one of them")
    try:
        return Recipe.model_validate(plain)
    except ValidationError as error:
        raise RecipeError(_explain(error, node, name)) from error


def _explain(error: ValidationError, node: yaml.Node, name: str) -> str:
    located = []
    problems = error.errors()
    for problem in problems:
        loc = problem["loc"]
        if problem["type"] == "too_short" and any(
            len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in problems
        ):
            continue  # It is short because its entries are wrong, which is said of each of them.
        path, line = _locate(node, loc)
        located.append((line, f"{name}:{line}: {path or 'the recipe'}: {_remedy(dict(problem))}"))
    return "\n".join(message for _, message in sorted(located))


def _locate(node: yaml.Node, loc: Sequence[int | str]) -> tuple[str, int]:
    """The path of a problem as it reads in the file, and its line; union tags are passed over."""
    path = ""
    line = node.start_mark.line + 1
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if found is None:
                if step not in ("packaged", "folder", "rendered", "[key]"):
                    path += f".{step}"
                continue
            key, node = found
            path += f".{step}"
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            path += f"[{step}]"
    return path.removeprefix("."), line


def _remedy(problem: dict[str, Any]) -> str:
    given = problem.get("input")
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _known_fields(problem["loc"])
        near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
        return f"there is no such field; {hint}"
    if kind == "missing":
        return "this field is missing and must be given"
    if kind == "union_tag_invalid":
        given, known = problem["ctx"]["tag"], problem["ctx"]["expected_tags"].replace("'", "")
        near = difflib.get_close_matches(given, known.split(", "), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"kind must be one of {known}, not {given!r}{hint}"
    if kind == "string_pattern_mismatch":
        return f"use lower-case letters, digits, - and _ only, not {given!r}"
    if kind == "too_short":
        return f"give at least {problem['ctx']['min_length']} entry"
    shown = "" if isinstance(given, (dict, list)) or given is None else f", not {given!r}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}{shown}"


def _known_fields(loc: Sequence[int | str]) -> list[str]:
    """The fields that the model around `loc` has, read from the recipe's JSON schema."""
    schema = Recipe.model_json_schema()
    here: dict[str, Any] = schema
    for step in loc[:-1]:
        here = _resolve(schema, here)
        if isinstance(step, int):
            here = here.get("items") or here.get("prefixItems", [{}])[0]
        elif "discriminator" in here:
            reference = here["discriminator"]["mapping"].get(step)
            here = {"$ref": reference} if reference else here
        else:
            here = here.get("properties", {}).get(step, {})
    return sorted(_resolve(schema, here).get("properties", {}))


def _resolve(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    for option in part.get("anyOf", ()):
        if "$ref" in option:
            part = option
    if "$ref" in part:
        resolved: dict[str, Any] = schema["$defs"][part["$ref"].rsplit("/", 1)[-1]]
        return resolved
    return part


def _duplicate_key(node: yaml.Node) -> tuple[str, int] | None:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                return str(key.value), key.start_mark.line + 1
            seen.add(key.value)
            if found := _duplicate_key(value):
                return found
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if found := _duplicate_key(item):
                return found
    return None
