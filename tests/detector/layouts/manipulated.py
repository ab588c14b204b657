"""Tiny benchmarks of manipulated pictures with masks, laid out as they are distributed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tests.detector.layouts.trees import (
    IMAGE,
    SIDE,
    encoded,
    mask_file,
    picture,
    write,
    write_table,
)


def casia_v1(folder: Path) -> Path:
    return write(
        folder,
        {
            "CASIA 1.0 dataset/Au/Au_ani_0001.jpg": picture(1, "JPEG"),
            "CASIA 1.0 dataset/Modified Tp/Sp/Sp_D_CND_A_pla0005_ani0001_0002.jpg": picture(2),
            "CASIA 1.0 dataset/Modified Tp/CM/Sp_S_CND_A_pla0016_pla0016_0196.jpg": picture(3),
            "CASIA 1.0 groundtruth/Sp/Sp_D_CND_A_pla0005_ani0001_0002_gt.png": mask_file(),
            "CASIA 1.0 groundtruth/CM/Sp_S_CND_A_pla0016_pla0016_0196_gt.png": mask_file(),
        },
    )


def casia_v2(folder: Path) -> Path:
    return write(
        folder,
        {
            "Au/Au_art_00014.jpg": picture(1, "JPEG"),
            "Tp/Tp_D_CRN_S_N_cha00063_art00014_11818.jpg": picture(2, "JPEG"),
            "Tp/Tp_S_NRN_M_N_pla00020_pla00020_10988.tif": picture(3, "TIFF"),
            "CASIA 2 Groundtruth/Tp_D_CRN_S_N_cha00063_art00014_11818_gt.png": mask_file(255, 9),
        },
    )


def columbia(folder: Path) -> Path:
    colours = np.zeros((SIDE, SIDE, 3), np.uint8)
    colours[..., 0] = 200
    colours[: SIDE // 2, : SIDE // 2] = (0, 200, 0)
    colours[:2, :2] = (0, 255, 0)
    colours[-2:, -2:] = (255, 0, 0)
    edges = encoded(colours, "JPEG", quality=90, subsampling=0)
    stem = "canong3_nikond70_sub_01"
    return write(
        folder,
        {
            "4cam_auth/canong3_02_sub_01.tif": picture(1, "TIFF"),
            f"4cam_splc/{stem}.tif": picture(2, "TIFF"),
            f"4cam_splc/edgemask/{stem}_edgemask.jpg": edges,
        },
    )


def coverage(folder: Path) -> Path:
    return write(
        folder,
        {
            f"COVERAGE/image/{name}.tif": picture(n, "TIFF")
            for n, name in enumerate(("2", "2t", "10", "10t"))
        }
        | {
            f"COVERAGE/mask/{name}.tif": mask_file(form="TIFF")
            for name in ("2forged", "2copy", "2paste", "10forged")
        },
    )


def nist16(folder: Path) -> Path:
    header = (
        "TaskID|ProbeFileID|ProbeFileName|ProbeMaskFileName|IsTarget|BaseFileName|"
        "IsManipulationTypeSplice|IsManipulationTypeCopyClone|IsManipulationTypeRemoval"
    )
    rows = [
        header,
        "manipulation|1|probe/NC2016_1.jpg|reference/manipulation/mask/m1.png|Y|world/w.jpg|N|Y|N",
        "manipulation|2|probe/NC2016_2.jpg||N||||",
    ]
    removal = [
        header,
        "removal|1|probe/NC2016_1.jpg|reference/remove/mask/m1.png|Y|world/w.jpg|N|N|Y",
        "removal|3|probe/NC2016_3.jpg|reference/remove/mask/m3.png|Y|world/w.jpg|||",
    ]
    white = mask_file(0, 255)
    return write(
        folder,
        {f"probe/NC2016_{n}.jpg": picture(n, "JPEG") for n in (1, 2, 3)}
        | {
            "reference/manipulation/NC2016-manipulation-ref.csv": "\n".join(rows),
            "reference/remove/NC2016-removal-ref.csv": "\n".join(removal),
            "reference/manipulation/mask/m1.png": white,
            "reference/remove/mask/m3.png": white,
        },
    )


def cocoglide(folder: Path) -> Path:
    return write(
        folder,
        {
            "real/dining table_114871.png": picture(1),
            "fake/glide_inpainting_val2017_114871_up.png": picture(2),
            "mask/dining table_114871_mask.png": mask_file(),
            "fake/glide_inpainting_val2017_7_up.png": picture(3),
        },
    )


def autosplice(folder: Path) -> Path:
    return write(
        folder,
        {
            "Authentic/40574.jpg": picture(1, "JPEG"),
            "Forged_JPEG100/40574_0.jpg": picture(2, "JPEG"),
            "Forged_JPEG75/40574_0.jpg": picture(3, "JPEG"),
            "Forged_JPEG75/40574_1.jpg": picture(4, "JPEG"),
            "Mask/40574_mask.png": mask_file(1),
            "Mask/40574_1_mask.png": mask_file(),
            "Caption/40574.txt": "unread",
        },
    )


def opensdi(folder: Path) -> Path:
    schema = pa.schema({"key": pa.string(), "image": IMAGE, "mask": IMAGE, "label": pa.int64()})
    whole = encoded(np.full((SIDE, SIDE), 255, np.uint8))
    for generator in ("flux", "sd2"):
        columns: dict[str, list[Any]] = {
            "key": ["partial/1.png", "entire/2.png", "real/3.jpg"],
            "image": [{"bytes": picture(n), "path": None} for n in range(3)],
            "mask": [{"bytes": mask_file(), "path": None}, {"bytes": whole, "path": None}, None],
            "label": [1, 1, 0],
        }
        write_table(folder / f"data/{generator}-00000-of-00001.parquet", columns, schema)
    return folder


def doctamper_entries() -> dict[bytes, bytes]:
    return {
        b"num-samples": b"3",
        b"image-000000000": picture(1, "JPEG"),
        b"label-000000000": mask_file(1),
        b"image-000000001": picture(2, "JPEG"),
        b"label-000000001": mask_file(),
        b"image-000000002": picture(3, "JPEG"),
    }
