"""Every way in which the tests break the contract, with the check that must find it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from generators.contract import Need
from schemas.job import Forgery, Job
from schemas.picture import Mask
from schemas.vocabulary import MaskKind, Scope
from tests.generators import careless_toys as careless
from tests.generators import conformance_toys as toys
from tests.generators.conformance_toys import Toy, variant


def odd(forgery: Forgery, **changes: Any) -> Forgery:
    """The forgery with values that its types forbid."""
    return replace(forgery, **changes)


def leak(job: Job, forgery: Forgery) -> Forgery:
    image = forgery.image.copy()
    outside = np.argwhere(~np.asarray(forgery.applied))[0]
    image[tuple(outside)] ^= 1
    return replace(forgery, image=image)


def smaller(job: Job, forgery: Forgery) -> Forgery:
    assert forgery.applied is not None
    return replace(forgery, image=forgery.image[:-1], applied=forgery.applied[:-1])


def no_mask(forgery: Forgery) -> Mask:
    return np.zeros(forgery.image.shape[:2], dtype=np.bool_)


BAD: dict[str, tuple[str, type[Toy]]] = {
    "another name than the entry point's": ("spec", toys.with_spec(name="other")),
    "no terms": ("spec", toys.with_spec(terms=" ")),
    "no version": ("spec", toys.with_spec(version="")),
    "operation in capitals": ("spec", toys.with_spec(operations=("Invert",))),
    "no operation": ("spec", toys.with_spec(operations=())),
    "operations in a bare string": ("spec", toys.with_spec(operations="invert")),
    "no domain": ("spec", toys.with_spec(domains=())),
    "masks without need": ("spec", toys.with_spec(mask_kinds=(MaskKind.OBJECT,))),
    "need without masks": ("spec", toys.with_spec(needs=frozenset({Need.MASK}))),
    "neither source nor prompt": ("spec", toys.with_spec(needs=frozenset({Need.GPU}))),
    "a second source without a first": (
        "spec",
        toys.with_spec(needs=frozenset({Need.PROMPT, Need.SECOND})),
    ),
    "scope in words": ("spec", toys.with_spec(scope="some of it")),
    "generous tolerance": ("spec", toys.with_spec(tolerance=40, model="tiny/noise")),
    "tolerance without a network": ("spec", toys.with_spec(tolerance=1)),
    "released on no day": ("spec", toys.with_spec(released="2023-02-30")),
    "negative cost": ("spec", toys.with_spec(gpu_seconds=(("A100", -1.0),))),
    "option without description": ("options", toys.with_options(toys.Undescribed)),
    "option without default": ("options", toys.with_options(toys.Demanding)),
    "unknown options": ("options", toys.with_options(toys.Lenient)),
    "option outside JSON": ("options", toys.with_options(toys.NoJson)),
    "options that cannot be pickled": ("options", toys.with_options(toys.local_options())),
    "breaks when made": ("construction", toys.BreaksWhenMade),
    "network when made": ("construction", toys.CallsHome),
    "raises": ("answers", toys.Crashing),
    "forgets the last job": ("answers", toys.Forgetful),
    "answers twice": ("answers", toys.Twice),
    "answers backwards": ("answers", toys.Backwards),
    "other ids": ("answers", toys.Strange),
    "yields arrays": ("answers", toys.Bare),
    "wordy reason": ("answers", toys.Wordy),
    "wants a list": ("answers", toys.Indexing),
    "rejects everything": ("successes", toys.Picky),
    "rejects one operation": ("successes", toys.PickyInOne),
    "float image": ("images", variant(lambda job, f: odd(f, image=f.image / 1.0))),
    "image in bytes": ("images", variant(lambda job, f: odd(f, image=f.image.tobytes()))),
    "grey image": ("images", variant(lambda job, f: replace(f, image=f.image[..., 0]))),
    "no-op": ("images", variant(lambda job, f: replace(f, image=job.source.pixels.copy()))),
    "another scope": ("scope", variant(lambda job, f: replace(f, scope=Scope.REGENERATED))),
    "scope in a word": ("scope", variant(lambda job, f: odd(f, scope="everywhere"))),
    "full scope with a mask": ("masks", variant(lambda job, f: replace(f, scope=Scope.FULL))),
    "mask of bytes": (
        "masks",
        variant(lambda job, f: odd(f, applied=np.asarray(f.applied, np.uint8))),
    ),
    "cut mask": ("masks", variant(lambda job, f: replace(f, applied=np.asarray(f.applied)[1:]))),
    "no mask": ("masks", variant(lambda job, f: replace(f, applied=None))),
    "cut request": ("masks", variant(lambda job, f: replace(f, requested=no_mask(f)[1:]))),
    "empty request": ("masks", variant(lambda job, f: replace(f, requested=no_mask(f)))),
    "pixel outside": ("splices", variant(leak)),
    "other size": ("splices", variant(smaller)),
    "numpy number": (
        "parameters",
        variant(lambda job, f: replace(f, parameters={"top": np.int64(1)})),
    ),
    "no number": ("parameters", variant(lambda job, f: replace(f, parameters={"a": float("nan")}))),
    "no dict": ("parameters", variant(lambda job, f: odd(f, parameters=7))),
    "notes among parameters": (
        "parameters",
        variant(lambda job, f: replace(f, parameters={"notes": []})),
    ),
    "one string of notes": ("parameters", variant(lambda job, f: odd(f, notes="resized"))),
    "writes": ("inputs", careless.Writing),
    "writes where permitted": ("inputs", careless.WritingWherePermitted),
    "unseeded": ("determinism", careless.Unseeded),
    "ignores its seed": ("seeds", careless.Seedless),
    "counts its jobs": ("batches", careless.Counting),
    "sorts its jobs": ("batches", careless.Sorting),
    "remembers what went before": ("batches", careless.Remembering),
    "sows the global seed": ("global state", careless.Sowing),
    "draws from the global state": ("global state", careless.Drawing),
    "bound to its process": ("second process", careless.BoundToItsProcess),
    "fragile": ("hostile jobs", careless.Fragile),
}
CONSEQUENCES = {
    "option without default": {"construction"},
    "float image": {"hostile jobs"},
    "image in bytes": {"hostile jobs"},
    "grey image": {"hostile jobs"},
    "full scope with a mask": {"scope", "hostile jobs"},
    "mask of bytes": {"hostile jobs"},
    "cut mask": {"hostile jobs"},
    "no mask": {"hostile jobs"},
    "cut request": {"hostile jobs"},
    "pixel outside": {"hostile jobs"},
    "other size": {"hostile jobs"},
    "unseeded": {"batches", "global state", "second process"},
    "draws from the global state": {"batches"},
}
"""The other checks that cannot but fail as well."""
