"""What an adaptor is, once its options have chosen a checkpoint."""

from __future__ import annotations

from dataclasses import replace

from generators.contract import GeneratorSpec, Need
from generators.diffusion.options import CheckpointOptions
from generators.diffusion.preset import UNKNOWN
from generators.diffusion.presets import PRESETS
from generators.diffusion.speeds import gpu_seconds

FAMILY = "diffusion"


def configured_spec(spec: GeneratorSpec, options: CheckpointOptions) -> GeneratorSpec:
    """`spec` with the family, licence, model and costs of the checkpoint that `options` choose."""
    preset = options.chosen
    family = FAMILY if preset.family == UNKNOWN else preset.family
    return replace(
        spec,
        family=family,
        model=preset.name,
        autoencoder=preset.autoencoder,
        released="" if preset.released == UNKNOWN else preset.released,
        terms=terms_of(preset.licence),
        needs=spec.needs | {Need.GPU} if preset.gpu else spec.needs,
        gpu_seconds=gpu_seconds(preset, PRESETS),
    )


def terms_of(licence: str) -> str:
    """The licence terms of the output, from the checkpoint's licence."""
    if licence == UNKNOWN:
        return "Unknown: the licence of the checkpoint was not given."
    return f"Output is subject to the checkpoint's licence: {licence}."
