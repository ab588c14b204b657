"""`python -m benchmarks.adaptors`: what the diffusers adaptors cost over a bare loop of the same.

For each task a tiny random pipeline draws batches of 4 pictures of 64 px in 64 steps, through the
adaptor and by calling the pipeline, in turn. Of each pair, which takes the better of three turns on
either side, the ratio of processor time on one thread is taken, so that it matters little what else
the machine does. Prints one line: the median ratio of each task, the worst of them last.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from generators.contract import Generator
from generators.diffusion import Edit, Inpaint, TextToImage, Variation
from generators.diffusion.sampling import Sampler
from schemas.job import Forgery, Job
from tests.generators.diffusion.tiny_pipelines import save
from tests.generators.pictures import make_job, make_picture, noise

STEPS = 64
SIDE = 64
BATCH = 4
PAIRS = 8
TURNS = 3

_TASKS: tuple[tuple[str, str, Any], ...] = (
    ("text_to_image", "StableDiffusionPipeline", TextToImage),
    ("image_variation", "StableDiffusionPipeline", Variation),
    ("inpaint_object", "StableDiffusionPipeline", Inpaint),
    ("instruct_edit", "StableDiffusionInstructPix2PixPipeline", Edit),
)


def _jobs(operation: str) -> list[Job]:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[16:40, 24:56] = True
    masked = mask if operation == "inpaint_object" else None
    return [
        make_job(
            make_picture(noise(SIDE, SIDE, seed)),
            operation,
            seed=seed,
            mask=masked,
            prompt=f"picture {seed}",
        )
        for seed in range(BATCH)
    ]


def _bare(pipeline: Any, jobs: list[Job]) -> Callable[[], object]:
    """What somebody would write who needs the pictures of these jobs and nothing else."""

    def draw() -> object:
        call: dict[str, Any] = {
            "prompt": [job.prompt for job in jobs],
            "generator": [torch.Generator("cpu").manual_seed(job.seed) for job in jobs],
            "num_inference_steps": STEPS,
            "guidance_scale": 5.0,
            "output_type": "np",
        }
        operation = jobs[0].operation
        if operation == "text_to_image":
            call |= {"height": SIDE, "width": SIDE}
        else:
            call["image"] = [Image.fromarray(job.source.pixels) for job in jobs]
        if operation == "image_variation":
            call["strength"] = 1.0
        if operation == "inpaint_object":
            masks = [
                Image.fromarray(np.uint8(255) * job.mask) for job in jobs if job.mask is not None
            ]
            call |= {"mask_image": masks, "height": SIDE, "width": SIDE}
        return [np.rint(image * 255).astype(np.uint8) for image in pipeline(**call).images]

    return draw


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(operation: str, generator: Generator, options: Any) -> float:
    """The median over pairs of the adaptor's time by the bare loop's."""
    jobs = _jobs(operation)
    bare = _bare(Sampler(options).pipeline, jobs)

    def adapted() -> object:
        answers = list(generator.forge(jobs))
        assert all(isinstance(answer, Forgery) for answer in answers)
        return answers

    adapted()
    bare()
    ratios = []
    for number in range(PAIRS):
        # Who comes first alternates, so that neither finds the caches warmer.
        pair = (adapted, bare) if number % 2 else (bare, adapted)
        took = [(work, _seconds(work)) for _ in range(TURNS) for work in pair]
        best = {work: min(t for w, t in took if w is work) for work in pair}
        ratios.append(best[adapted] / best[bare])
    return statistics.median(ratios)


def main() -> None:
    """Measure and print the line."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted({name for _, name, _ in _TASKS}):
            save(name, Path(folder) / name)
        for operation, name, adaptor in _TASKS:
            options = {"checkpoint": str(Path(folder) / name), "steps": STEPS, "guidance": 5.0}
            if operation == "image_variation":
                options["strength"] = 1.0
            chosen = adaptor.Options(**options)
            ratios[operation] = measure(operation, adaptor(chosen), chosen)
    told = ", ".join(f"{operation} {ratio:.3f}" for operation, ratio in ratios.items())
    print(f"adaptors, {STEPS} steps, batches of {BATCH}: {told}; worst {max(ratios.values()):.3f}")


if __name__ == "__main__":
    main()
