"""Makes a job that starts from a real picture ready for a pipeline."""

from __future__ import annotations

import numpy as np

from generators.contract import CannotForge
from generators.diffusion.drafts import Draft, Drawn
from generators.diffusion.prompting import clip_notes
from generators.diffusion.sampling import Sampler
from generators.diffusion.sizes import frame_for
from schemas.job import Forgery, Job
from schemas.picture import Mask
from schemas.vocabulary import Scope

_WORDLESS = "the prompt was empty: nothing but the picture led the model"


def draft_of(job: Job, sampler: Sampler) -> Draft:
    """The job's picture at the working size, and what of its prompt fits."""
    height, width = job.source.pixels.shape[:2]
    frame = frame_for((width, height), sampler.size, sampler.native, sampler.multiple)
    prompt = job.prompt or ""
    clipped = sampler.clipped(prompt)
    return Draft(
        job,
        frame,
        prompt,
        image=frame.put(job.source.pixels),
        notes=frame.notes + clip_notes(clipped) + (() if prompt.strip() else (_WORDLESS,)),
        clipped=clipped,
    )


def forgery_of(draft: Draft, drawn: Drawn, scope: Scope, applied: Mask | None) -> Forgery:
    """What was drawn, brought back to the source's size. Raises CannotForge (`no_change`)."""
    image = draft.frame.back(drawn.pixels)
    if np.array_equal(image, draft.job.source.pixels):
        raise CannotForge("no_change", "the model gave the picture back as it was")
    return Forgery(
        draft.job.job_id,
        image,
        scope,
        applied,
        requested=draft.job.mask if applied is not None else None,
        parameters=drawn.parameters,
        notes=draft.notes + drawn.notes,
    )
