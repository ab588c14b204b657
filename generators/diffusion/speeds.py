"""How long a picture takes on which card, for `counterfoil plan`; every figure with its source."""

from __future__ import annotations

from dataclasses import dataclass

from generators.diffusion.preset import Preset


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds for one picture at the native size with the preset's steps, without compiling."""

    card: str
    seconds: float
    source: str


_SD15 = "as reported for 50 steps in float16 at 512 px"
_SDXL = "as reported for 30 steps in float16 at 1024 px"
_FLUX = "as reported for 28 steps in bfloat16 at 1024 px"

REPORTED: dict[str, tuple[Speed, ...]] = {
    "sd-1.5": (Speed("A100", 1.6, _SD15),),
    "sdxl": (Speed("A100", 3.3, _SDXL),),
    "flux.1-dev": (Speed("H100", 6.7, _FLUX),),
}

_LIKE = {
    # Same networks: the time goes with the steps, and with the area.
    "sd-1.4": "sd-1.5",
    "sd-1.5-inpainting": "sd-1.5",
    "instruct-pix2pix": "sd-1.5",
    "lcm-dreamshaper-7": "sd-1.5",
    "sd-2-inpainting": "sd-1.5",
    "sd-2.1": "sd-1.5",
    "sdxl-inpainting": "sdxl",
    "sdxl-turbo": "sdxl",
    "flux.1-schnell": "flux.1-dev",
    "flux.1-fill": "flux.1-dev",
    "flux.1-kontext": "flux.1-dev",
    "flux.1-krea": "flux.1-dev",
}


def speeds_of(preset: Preset, presets: dict[str, Preset]) -> tuple[Speed, ...]:
    """What is known of a preset's speed: reported, estimated from its like, or nothing.

    An estimate scales by steps and by area, and says so.
    """
    like = presets.get(_LIKE.get(preset.name, preset.name))
    if like is None or like.name not in REPORTED:
        return ()
    if not (preset.steps and like.steps and preset.native and like.native):
        return ()
    area = preset.native[0] * preset.native[1] / (like.native[0] * like.native[1])
    # Kontext reads the picture to be edited beside the one it draws.
    length = 2.0 if "kontext" in preset.name else 1.0
    factor = preset.steps / like.steps * area * length
    if preset.name == like.name and factor == 1.0:
        return REPORTED[like.name]
    return tuple(
        Speed(speed.card, round(speed.seconds * factor, 2), f"estimated from {like.name}")
        for speed in REPORTED[like.name]
    )


def gpu_seconds(preset: Preset, presets: dict[str, Preset]) -> tuple[tuple[str, float], ...]:
    """By card, the seconds of a picture at the native size, which plans count in."""
    return tuple((speed.card, speed.seconds) for speed in speeds_of(preset, presets))
