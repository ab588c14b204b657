"""Tiny benchmarks in the layouts that the real ones are distributed in."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

SIDE = 16
IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def encoded(pixels: npt.NDArray[np.uint8], form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=form, **options)
    return buffer.getvalue()


def picture(seed: int, form: str = "PNG") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    return encoded(pixels, form)


def corner() -> npt.NDArray[np.bool_]:
    """The forged region of every mask: the upper left quarter."""
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[: SIDE // 2, : SIDE // 2] = True
    return mask


def mask_file(forged: int = 255, real: int = 0, form: str = "PNG") -> bytes:
    return encoded(np.where(corner(), forged, real).astype(np.uint8), form)


def write(folder: Path, files: Mapping[str, bytes | str | object]) -> Path:
    """Files by their path; bytes and texts as they are, anything else as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def write_table(path: Path, columns: Mapping[str, list[Any]], schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns), schema=schema), path)


def mmfr(folder: Path) -> Path:
    said = {"Anomalous Image Texture": "The skin is waxy.", "Low Image Quality": None}
    cot = (
        "<SUMMARY> s </SUMMARY> <CAPTION> A street. </CAPTION> <REASONING> From low-level "
        "perspective: blurred. </REASONING> <CONCLUSION> This image is {}. </CONCLUSION>"
    )
    return write(
        folder,
        {
            "evaluation_sets/flux/0_real/a.jpg": picture(1, "JPEG"),
            "evaluation_sets/flux/1_fake/b.png": picture(2),
            "evaluation_sets/flux/1_fake/c.png": picture(3),
            "evaluation_sets/flux_reasoning.json": {
                "flux/0_real/a.jpg": {"Semantic Rationality": "The light is plausible."},
                "flux/1_fake/b.png": said,
            },
            "diffusiondb/part-000001/x.png": picture(4),
            "diffusiondb_reasoning.json": {"part-000001/x.png": said},
            "laion/00000/000000001.jpg": picture(5, "JPEG"),
            "forgery_reasoning_cot.json": [
                {
                    "image": image,
                    "conversations": [
                        {"from": "human", "value": "<image>\nreal or fake?"},
                        {"from": "gpt", "value": cot.format(verdict)},
                    ],
                }
                for image, verdict in (
                    ("diffusiondb/part-000001/x.png", "fake"),
                    ("laion/00000/000000001.jpg", "real"),
                )
            ],
        },
    )


def loki(folder: Path) -> Path:
    far = "/mnt/away/FakeImage_dataset"
    pictures = {"doc/real/paper/1.jpg": "No", "doc/fake/paper/2.jpg": "Yes", "scene/3.jpg": "Yes"}
    questions = []
    for number, (name, generated) in enumerate(pictures.items()):
        kind = name.split("/")[0]
        other = "Yes" if generated == "No" else "No"
        for asked, answer in (("fake", generated), ("real", other)):
            questions.append(
                {
                    "image_path": f"{far}/{name}",
                    "question": "<image>\n?",
                    "answer": answer,
                    "question_type": f"image_fake_or_real_{asked}_{kind}",
                    "id": f"{kind}_{asked}_{number}",
                }
            )
    faults = {
        "image_path": "/elsewhere/scene/3.jpg",
        "problems": {
            "global": [{"desc": "The sky is odd."}],
            "regional": [{"region": [0, 0, 4, 4], "desc": "Six fingers."}],
        },
    }
    return write(
        folder,
        {f"FakeImage_dataset/{name}": picture(n, "JPEG") for n, name in enumerate(pictures)}
        | {
            "data/image/image_tf_0922.json": questions,
            "data/image/image_open_ended_vqa.json": [faults],
        },
    )


def genimage(folder: Path) -> Path:
    return write(
        folder,
        {
            "BigGAN/imagenet_ai_0419_biggan/val/ai/1_biggan_00001.png": picture(1),
            "BigGAN/imagenet_ai_0419_biggan/val/nature/n01_1.JPEG": picture(2, "JPEG"),
            "BigGAN/imagenet_ai_0419_biggan/train/ai/1_biggan_00002.png": picture(3),
            "Stable Diffusion V1.4/val/ai/1_sdv4_00001.png": picture(4),
            "Stable Diffusion V1.4/val/nature/n01_2.JPEG": picture(5, "JPEG"),
        },
    )


def community_forensics(folder: Path) -> Path:
    schema = pa.schema(
        {
            "image_name": pa.string(),
            "image_data": pa.binary(),
            "model_name": pa.string(),
            "prompt": pa.string(),
            "real_source": pa.string(),
            "label": pa.int64(),
            "architecture": pa.string(),
        }
    )
    columns: dict[str, list[Any]] = {
        "image_name": ["a.png", "b.png", "a.png"],
        "image_data": [picture(1), picture(2), None],
        "model_name": ["DFGAN", "DFGAN", "LFM"],
        "prompt": [None, "a cat", None],
        "real_source": ["COCO", "COCO", "COCO"],
        "label": [0, 1, 1],
        "architecture": ["GAN"] * 3,
    }
    write_table(folder / "data" / "CompEval-00000-of-00001.parquet", columns, schema)
    return folder


def bfree(folder: Path) -> Path:
    rows = [
        "filename,label,source_id,md5,url",
        "REAL/s1/img1.jpg,REAL,s1,x,http://a",
        "FAKE/s2/img2.jpg,FAKE,s2,x,http://b",
        "FAKE/s2/img3.jpg,FAKE,s2,x,http://gone",
    ]
    return write(
        folder,
        {
            "BFree_viral_images.csv": "\n".join(rows) + "\n",
            "REAL/s1/img1.jpg": picture(1, "JPEG"),
            "FAKE/s2/img2.jpg": picture(2, "JPEG"),
        },
    )


def celeb_df(folder: Path) -> Path:
    far = "/home/someone/datasets/rgb/Celeb-DF-v2"
    real = [f"{far}/Celeb-real/frames/id0_0000/{n}.png" for n in ("10", "2")]
    fake = [f"{far}/Celeb-synthesis/frames/id0_id1_0000/0.png"]
    told = {
        "Celeb-DF-v2": {
            "CelebDFv2_real": {
                "train": {},
                "val": {},
                "test": {"id0_0000": {"label": "CelebDFv2_real", "frames": real}},
            },
            "CelebDFv2_fake": {
                "train": {},
                "val": {},
                "test": {"id0_id1_0000": {"label": "CelebDFv2_fake", "frames": fake}},
            },
        }
    }
    files: dict[str, bytes | object] = {
        f"rgb/Celeb-DF-v2/{path.removeprefix(far)[1:]}": picture(n)
        for n, path in enumerate(real + fake)
    }
    files["dataset_json/Celeb-DF-v2.json"] = told
    return write(folder, files)


def faceforensics(folder: Path) -> Path:
    base = "datasets/FaceForensics++"
    real = [f"{base}/original_sequences/youtube/c23/frames/000/0.png"]
    hard = [f"{base}/original_sequences/youtube/c40/frames/000/0.png"]
    fake = [f"{base}/manipulated_sequences/{{}}/c23/frames/000_003/{n}.png" for n in (0, 1)]
    masks = f"{base}/manipulated_sequences/{{}}/c23/masks/000_003/0.png"
    files: dict[str, bytes | object] = {}
    for label, name in (("FF-DF", "Deepfakes"), ("FF-NT", "NeuralTextures")):
        frames = [path.format(name) for path in fake]
        files[f"preprocessing/dataset_json/{label}.json"] = {
            label: {
                "FF-real": {
                    "test": {
                        "c23": {"000": {"label": "FF-real", "frames": real}},
                        "c40": {"000": {"label": "FF-real", "frames": hard}},
                    }
                },
                label: {
                    "test": {
                        "c23": {
                            "000_003": {
                                "label": label,
                                "frames": frames,
                                "masks": [masks.format(name)],
                            }
                        }
                    }
                },
            }
        }
        files |= {path.removeprefix("datasets/"): picture(3) for path in frames}
        files[masks.format(name).removeprefix("datasets/")] = mask_file()
    for path in real + hard:
        files[path.removeprefix("datasets/")] = picture(4)
    return write(folder, files)
