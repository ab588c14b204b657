"""Jobs that may well be impossible, to see that a generator refuses them rather than breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from generators.conformance.jobs import middle
from generators.conformance.pictures import make_picture
from generators.contract import GeneratorSpec, Need
from schemas.job import Job
from schemas.picture import Face, Mask, Picture, Word

_NAN = float("nan")
_BAD_QUADS = (
    ("a word whose corners coincide", ((50.0, 50.0),) * 4),
    ("a word without height", ((20.0, 60.0), (90.0, 60.0), (90.0, 60.0), (20.0, 60.0))),
    ("a word read backwards", ((90.0, 20.0), (20.0, 20.0), (20.0, 40.0), (90.0, 40.0))),
    ("a word outside", ((900.0, 900.0), (990.0, 900.0), (990.0, 930.0), (900.0, 930.0))),
    ("a word that is nowhere", ((_NAN, 20.0), (90.0, 20.0), (90.0, 40.0), (20.0, 40.0))),
)
_BAD_FACES = (
    ("a face whose box is empty", Face((60, 60, 0, 0), ((60.0, 60.0), (60.0, 60.0)))),
    ("a face outside the picture", Face((900, 900, 90, 90), ((930.0, 930.0), (960.0, 930.0)))),
    ("a face whose eyes coincide", Face((60, 40, 90, 90), ((105.0, 75.0), (105.0, 75.0)))),
)
_BAD_PROMPTS = (
    ("no prompt", None),
    ("an empty prompt", ""),
    ("a prompt of spaces", " \t\n "),
    ("a prompt of 1,000 words", "a very long prompt " * 250),
    # Stacked accents, joined emoji, text that turns the reading direction, and a NUL.
    (
        "a prompt of odd characters",
        "Z\u0351\u036f\u0315 👩\u200d🚀 \u202eegami\u202c \x00 {} %s <|endoftext|>",
    ),
)


def hostile_jobs(
    spec: GeneratorSpec, jobs: Sequence[Job], each: bool = True
) -> Iterator[tuple[str, Job]]:
    """Hostile jobs, each with what is odd about it in words, made from `jobs`, the ordinary ones.

    Every oddity for each operation of `spec`, or, unless `each`, for one operation after another.
    """
    first = {job.operation: job for job in reversed(jobs)}
    for turn, operation in enumerate(spec.operations):
        job = first[operation]
        odd = _odd_items(job) if job.picture is None else _hostile(spec.needs, job, job.picture)
        for number, (oddity, bad) in enumerate(odd):
            if each or number % len(spec.operations) == turn:
                yield oddity, replace(bad, job_id=f"{operation}-hostile-{number + 1}")


def _odd_items(job: Job) -> Iterator[tuple[str, Job]]:
    yield "an item that the set does not have", replace(job, item="no such item/at all.png")
    yield "an item without a name", replace(job, item="")
    yield "no item", replace(job, item=None)


def _hostile(needs: frozenset[Need], job: Job, source: Picture) -> Iterator[tuple[str, Job]]:
    yield "a picture of 8 by 8 pixels", _on(job, _tiny(source))
    yield "a picture of one grey", _on(job, _painted(source, 128))
    yield "a black picture", _on(job, _painted(source, 0))
    yield "a strip of 12 rows", _on(job, _strip(source))
    if Need.MASK in needs:
        empty = np.zeros(source.pixels.shape[:2], dtype=np.bool_)
        single = empty.copy()
        single[empty.shape[0] // 2, empty.shape[1] // 2] = True
        yield "no mask", replace(job, mask=None)
        yield "a mask that is False everywhere", replace(job, mask=_sealed(empty))
        yield "a mask that is True everywhere", replace(job, mask=_sealed(~empty))
        yield "a mask of one pixel", replace(job, mask=_sealed(single))
    if Need.WORDS in needs:
        unread = tuple(replace(word, text=None, field=None) for word in source.source.words)
        yield "a page without words", _on(job, _marked(source, words=()))
        yield "words that were not read", _on(job, _marked(source, words=unread))
        for oddity, quad in _BAD_QUADS:
            yield oddity, _on(job, _marked(source, words=(Word(quad, "4471"),)))
    if Need.FACE in needs:
        yield "a picture without faces", _on(job, _marked(source, faces=()))
        for oddity, face in _BAD_FACES:
            yield oddity, _on(job, _marked(source, faces=(face,)))
    if Need.SECOND in needs and job.second is not None:
        yield "no second picture", replace(job, second=None)
        yield "a second picture of 8 by 8 pixels", replace(job, second=_tiny(job.second))
        yield "a second picture of one grey", replace(job, second=_painted(job.second, 128))
        bare = _marked(job.second, words=(), faces=())
        yield "a second picture without any marks", replace(job, second=bare)
    if Need.PROMPT in needs:
        for oddity, prompt in _BAD_PROMPTS:
            yield oddity, replace(job, prompt=prompt)


def _on(job: Job, picture: Picture) -> Job:
    return replace(job, picture=picture, mask=None if job.mask is None else middle(picture))


def _sealed(mask: Mask) -> Mask:
    mask.setflags(write=False)
    return mask


def _marked(
    picture: Picture,
    *,
    words: tuple[Word, ...] | None = None,
    faces: tuple[Face, ...] | None = None,
) -> Picture:
    """The picture with other words or faces."""
    source = picture.source
    kept_words = source.words if words is None else words
    kept_faces = source.faces if faces is None else faces
    return make_picture("marks", picture.pixels, source.domain, words=kept_words, faces=kept_faces)


def _painted(picture: Picture, value: int) -> Picture:
    """One grey, with the picture's size and marks."""
    source = picture.source
    pixels = np.full_like(picture.pixels, value)
    return make_picture("flat", pixels, source.domain, words=source.words, faces=source.faces)


def _tiny(picture: Picture) -> Picture:
    """Eight by eight pixels of noise, with the kinds of marks that the picture has."""
    noise = np.random.default_rng(8).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    word = Word(((1.0, 1.0), (6.0, 1.0), (6.0, 5.0), (1.0, 5.0)), "a1")
    face = Face((0, 0, 8, 8), ((2.0, 3.0), (5.0, 3.0)))
    return make_picture(
        "tiny",
        noise,
        picture.source.domain,
        words=(word,) if picture.source.words else (),
        faces=(face,) if picture.source.faces else (),
    )


def _strip(picture: Picture) -> Picture:
    """The picture's first 12 rows, with its marks, most of which then lie outside."""
    source = picture.source
    return make_picture(
        "strip", picture.pixels[:12], source.domain, words=source.words, faces=source.faces
    )
