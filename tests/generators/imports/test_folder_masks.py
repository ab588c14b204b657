"""Masks beside the pictures of an imported folder, and files that cannot be read."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image

from generators.contract import breach
from schemas.vocabulary import Scope
from tests.generators.imports.sets import (
    HEIGHT,
    WIDTH,
    forgery,
    imported,
    png,
    refusal,
    square_mask,
    take,
)


def test_masks_make_it_regenerated(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png(1))
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "x.png").write_bytes(square_mask())
    (made,) = map(forgery, take(imported(path=str(tmp_path), masks="masks")))
    assert made.scope is Scope.REGENERATED
    assert made.applied is not None
    assert made.applied.sum() == 400
    assert made.parameters["applied"] == "imported mask"
    assert breach(made) == ""
    (turned,) = map(forgery, take(imported(path=str(tmp_path), masks="masks", invert_masks=True)))
    assert turned.applied is not None
    assert turned.applied.sum() == HEIGHT * WIDTH - 400


def test_lossy_masks_are_cut_at_half(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png(1))
    (tmp_path / "m").mkdir()
    with Image.open(io.BytesIO(square_mask())) as mask:
        mask.convert("L").save(tmp_path / "m" / "x.jpg", quality=60)
    (made,) = map(forgery, take(imported(path=str(tmp_path), masks="m")))
    assert made.applied is not None
    assert made.applied.sum() == pytest.approx(400, abs=20)


def test_masks_that_cannot_be_are_rejections(tmp_path: Path) -> None:
    for name in ("none", "small", "empty", "broken", "lossy"):
        (tmp_path / f"{name}.png").write_bytes(png(1))
    (tmp_path / "small.mask.png").write_bytes(square_mask()[:40] + png(2)[40:])
    Image.new("L", (8, 8), 255).save(tmp_path / "small.mask.png")
    Image.new("L", (WIDTH, HEIGHT), 0).save(tmp_path / "empty.mask.png")
    (tmp_path / "broken.mask.png").write_bytes(b"no mask")
    (tmp_path / "m").mkdir()
    Image.new("L", (8, 8), 255).save(tmp_path / "m" / "lossy.jpg")
    answers = take(imported(path=str(tmp_path), masks="m"))
    reasons = {refusal(a).job_id: refusal(a).reason for a in answers}
    assert reasons == {
        "job-none.png": "no_mask",
        "job-small.png": "bad_mask",
        "job-empty.png": "empty_mask",
        "job-broken.png": "bad_mask",
        "job-lossy.png": "bad_mask",
    }


def test_hostile_files_are_rejections_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(png(1))
    (tmp_path / "cut.png").write_bytes(png(2)[:200])
    (tmp_path / "text.jpg").write_bytes(b"not a picture")
    (tmp_path / "void.png").write_bytes(b"")
    Image.new("RGB", (8, 8)).save(tmp_path / "tiny.png")
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    header = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    bomb = b"\x89PNG\r\n\x1a\n"
    for chunk in (header, b"IDAT" + zlib.compress(b"\0" * 99)):
        bomb += (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    (tmp_path / "bomb.png").write_bytes(bomb)
    answers = {a.job_id: a for a in take(imported(path=str(tmp_path)))}
    forgery(answers.pop("job-good.png"))
    reasons = {name: refusal(answer).reason for name, answer in answers.items()}
    assert reasons == {
        "job-bomb.png": "too_large",
        "job-cut.png": "broken",
        "job-text.jpg": "not_a_picture",
        "job-void.png": "empty",
        "job-tiny.png": "too_small",
        "job-moving.gif": "animated",
    }
