"""Writes the trained detector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from detector.model.checkpoints import build, save_pretrained
from detector.training.material import Material


def keep_detector(accelerator: Any, model: nn.Module, material: Material, out: Path) -> None:
    """Write config, weights and dialogue into `out`; the weights are gathered where shared out."""
    from accelerate import DistributedType

    shared = accelerator.distributed_type in (DistributedType.FSDP, DistributedType.DEEPSPEED)
    state = accelerator.get_state_dict(model) if shared else None
    if accelerator.is_main_process:
        detector = accelerator.unwrap_model(model)
        if state is not None:
            detector = build(material.config)
            detector.load_state_dict(state)
        save_pretrained(detector, out)
        if material.dialogue is not None:
            material.dialogue.save(out)
    accelerator.wait_for_everyone()
