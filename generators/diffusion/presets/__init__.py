"""The checkpoints that Counterfoil knows by name, a file a family."""

from __future__ import annotations

import difflib

from generators.diffusion.preset import Preset, Task
from generators.diffusion.presets.deepfloyd import DEEPFLOYD
from generators.diffusion.presets.flux import FLUX
from generators.diffusion.presets.kandinsky import KANDINSKY
from generators.diffusion.presets.others import OTHERS
from generators.diffusion.presets.pixart import PIXART
from generators.diffusion.presets.pocket import POCKET
from generators.diffusion.presets.qwen import QWEN
from generators.diffusion.presets.stable_diffusion import STABLE_DIFFUSION

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        POCKET,
        *STABLE_DIFFUSION,
        *FLUX,
        *QWEN,
        *PIXART,
        *KANDINSKY,
        *DEEPFLOYD,
        *OTHERS,
    )
}


def preset_for(name: str, task: Task) -> Preset:
    """The preset `name`, if it offers `task`. Raises ValueError that says which ones do."""
    preset = PRESETS.get(name)
    offering = [other.name for other in PRESETS.values() if task in other.pipelines]
    if preset is None:
        near = difflib.get_close_matches(name, PRESETS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"there is no preset {name!r}.{hint} Presets for this: {', '.join(offering)}"
        )
    if task not in preset.pipelines:
        raise ValueError(
            f"the preset {name!r} offers no {task.value}; these do: {', '.join(offering)}"
        )
    return preset
