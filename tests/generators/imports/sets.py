"""Small public sets for the tests of imports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from generators.imports import Import
from generators.imports.options import ImportOptions
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Pixels
from storage.codecs import encode_jpeg, encode_png
from storage.masks import encode_mask

HEIGHT, WIDTH = 80, 96


def pixels(number: int) -> Pixels:
    """A smooth picture that is another for every number."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    channels = [x * 2 + number, y * 2 + 5 * number, (x + y) // 2 + 11 * number]
    return (np.stack(channels, axis=-1) % 256).astype(np.uint8)


def png(number: int) -> bytes:
    return encode_png(pixels(number))


def square_mask(side: int = 20) -> bytes:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[10 : 10 + side, 30 : 30 + side] = True
    return encode_mask(mask)


def folder_of(root: Path, count: int = 6) -> Path:
    """Pictures in two folders, PNG and JPEG."""
    for number in range(count):
        place = root / ("a" if number % 2 else "b")
        place.mkdir(parents=True, exist_ok=True)
        if number % 3:
            (place / f"{number}.png").write_bytes(png(number))
        else:
            (place / f"{number}.jpg").write_bytes(encode_jpeg(pixels(number), 85, "4:2:0"))
    return root


def mmfr(root: Path) -> Path:
    """MMFR-Dataset in little: two evaluation generators, training forgeries, real pictures."""
    for generator in ("flux", "gigagan"):
        told: dict[str, Any] = {}
        for label in ("0_real", "1_fake"):
            place = root / "evaluation_sets" / generator / label
            place.mkdir(parents=True)
            for number in range(4):
                (place / f"{label}_{number}.png").write_bytes(png(number))
                told[f"{generator}/{label}/{label}_{number}.png"] = {
                    "Anomalous Image Texture": f"The skin of {number} is waxen.",
                    "Irregular Image Edges": None,
                }
        file = root / "evaluation_sets" / f"{generator}_reasoning.json"
        file.write_text(json.dumps(told), encoding="utf-8")
    train = root / "diffusiondb" / "part-000001"
    train.mkdir(parents=True)
    (train / "0001.png").write_bytes(png(9))
    (train / "0002.png").write_bytes(png(10))
    (root / "diffusiondb" / "diffusiondb_reasoning.json").write_text("{}", encoding="utf-8")
    answer = "<SUMMARY> … </SUMMARY> <CONCLUSION> This image is fake. </CONCLUSION>"
    conversations = [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": answer}]
    entry = {"image": "diffusiondb/part-000001/0001.png", "conversations": conversations}
    (root / "forgery_reasoning_cot.json").write_text(json.dumps([entry]), encoding="utf-8")
    real = root / "laion" / "00000"
    real.mkdir(parents=True)
    (real / "000000001.jpg").write_bytes(encode_jpeg(pixels(3), 90, "4:2:0"))
    return root


def imported(**options: Any) -> Import:
    """The generator with these options."""
    return Import(ImportOptions.model_validate(options))


def job(item: str | None, prompt: str | None = None) -> Job:
    return Job(f"job-{item}", "text_to_image", 1, None, prompt=prompt, item=item)


def take(generator: Import, count: int = 100) -> list[Forgery | Rejection]:
    """All items of a set, forged."""
    return list(generator.forge(job(i.name, i.prompt) for i in generator.items(count)))


def forgery(answer: Forgery | Rejection) -> Forgery:
    assert isinstance(answer, Forgery), answer
    return answer


def refusal(answer: Forgery | Rejection) -> Rejection:
    assert isinstance(answer, Rejection), answer
    return answer
