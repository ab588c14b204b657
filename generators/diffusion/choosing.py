"""Chooses the class of diffusers that runs a task, where the preset does not name it."""

from __future__ import annotations

import inspect
from typing import Any

from generators.diffusion.preset import Task
from schemas.errors import GeneratorError


def accepted(cls: type[Any]) -> frozenset[str]:
    """The names of the arguments that calls of a pipeline class take."""
    return frozenset(inspect.signature(cls.__call__).parameters)


def pipeline_class(name: str, task: Task, given: bool) -> Any:
    """The class `name`, or, unless it was `given`, the one of its family that runs `task`.

    Raises `GeneratorError` where diffusers has none.
    """
    import diffusers

    cls = getattr(diffusers, name, None) if name else None
    if not (isinstance(cls, type) and hasattr(cls, "from_pretrained")):
        told = f"{name!r}" if name else "the checkpoint, which is no pipeline,"
        raise GeneratorError(
            f"diffusers {diffusers.__version__} has no pipeline class for {told}; name one with "
            "the option 'pipeline', or another checkpoint."
        )
    if given or _suits(accepted(cls), task):
        return cls
    found = _relative(name, task)
    if found is None:
        raise GeneratorError(
            f"diffusers knows no pipeline of the family of {name} for the task {task.value!r}; "
            "name one with the option 'pipeline', or another checkpoint."
        )
    return found


def _suits(takes: frozenset[str], task: Task) -> bool:
    if task is Task.INPAINT:
        return "mask_image" in takes
    if "mask_image" in takes:
        return False
    if task is Task.VARIATION:
        return {"image", "strength"} <= takes
    if task is Task.EDIT:
        return "image" in takes and "strength" not in takes
    return "prompt" in takes and not {"strength", "image_guidance_scale"} & takes


def _relative(name: str, task: Task) -> type[Any] | None:
    from diffusers.pipelines import auto_pipeline

    tables: dict[Task, Any] = {
        Task.TEXT_TO_IMAGE: auto_pipeline.AUTO_TEXT2IMAGE_PIPELINES_MAPPING,
        Task.VARIATION: auto_pipeline.AUTO_IMAGE2IMAGE_PIPELINES_MAPPING,
        Task.INPAINT: auto_pipeline.AUTO_INPAINT_PIPELINES_MAPPING,
    }
    families = [
        family for table in tables.values() for family, cls in table.items() if cls.__name__ == name
    ]
    table = tables.get(task, {})
    found: type[Any] | None = next((table[f] for f in families if f in table), None)
    return found


def defaults(cls: type[Any]) -> dict[str, Any]:
    """The defaults of the arguments that calls of a pipeline class take."""
    return {n: p.default for n, p in inspect.signature(cls.__call__).parameters.items()}
