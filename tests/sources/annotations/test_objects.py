"""Objects that other tools outlined come with their pictures, by mask and name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from schemas.errors import RecipeError
from sources.annotations.reader import Frame
from sources.annotations.rle import decode_rle
from sources.annotations.shapes import ellipse_mask, polygon_mask
from storage.reading import UnreadablePicture
from tests.sources.annotations.trees import (
    HEIGHT,
    WIDTH,
    block,
    objects,
    picture,
    png,
    read,
    reader,
    rejected,
    write,
)

BOX = [10, 20, 50, 20, 50, 60, 10, 60]
"""A polygon around rows 20 to 60 and columns 10 to 50."""


def runs_of(mask: npt.NDArray[np.bool_]) -> list[int]:
    flat = mask.T.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *edges, flat.size]).tolist()
    return [0, *runs] if flat[0] else runs


def packed(runs: Sequence[int]) -> str:
    """COCO's string for run lengths, written from its description."""
    text = ""
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        while True:
            bits, value = value & 31, value >> 5
            done = value == (-1 if bits & 16 else 0)
            text += chr(48 + bits + (0 if done else 32))
            if done:
                break
    return text


def coco(annotations: list[dict[str, Any]], **image: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 7, "file_name": "a.png", "height": HEIGHT, "width": WIDTH, **image}],
        "annotations": [{"image_id": 7, **each} for each in annotations],
        "categories": [{"id": 3, "name": "dog"}, {"id": 4, "name": "cat"}],
    }


def test_coco_gives_polygons_runs_and_boxes_with_their_names(tmp_path: Path) -> None:
    runs = runs_of(block(5, 15, 60, 90))
    write(tmp_path, {
        "a.png": png(),
        "b.png": png(1),
        "_annotations.coco.json": coco([
            {"id": 1, "category_id": 3, "segmentation": [BOX], "bbox": [10, 20, 40, 40]},
            {"id": 2, "category_id": 4, "segmentation": {"counts": runs, "size": [80, 120]}},
            {"id": 3, "category_id": 4,
             "segmentation": {"counts": packed(runs), "size": [80, 120]}},
            {"id": 4, "category_id": 3, "bbox": [100, 70, 30, 30], "segmentation": []},
            {"id": 5, "category_id": 3, "iscrowd": 1,
             "segmentation": {"counts": runs, "size": [80, 120]}},
        ]),
    })  # fmt: skip
    found = read(tmp_path)
    a = picture(found["a.png"])
    assert [each.label for each in a.source.instances] == ["dog", "cat", "cat", "dog"]
    np.testing.assert_array_equal(a.instances[0], block(20, 60, 10, 50))
    np.testing.assert_array_equal(a.instances[1], block(5, 15, 60, 90))
    np.testing.assert_array_equal(a.instances[2], a.instances[1])
    np.testing.assert_array_equal(a.instances[3], block(70, 80, 100, 120))
    assert picture(found["b.png"]).instances == ()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32), st.floats(0, 1))
def test_runs_are_read_as_they_were_written(height: int, width: int, seed: int, p: float) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < p
    runs = runs_of(mask)
    np.testing.assert_array_equal(decode_rle(runs, height, width), mask)
    np.testing.assert_array_equal(decode_rle(packed(runs), height, width), mask)


@given(st.text(max_size=40) | st.lists(st.integers(-5, 50), max_size=9))
def test_broken_runs_are_told(counts: str | list[int]) -> None:
    try:
        mask = decode_rle(counts, 4, 5)
    except UnreadablePicture:
        return
    assert mask.shape == (4, 5)


@given(
    st.lists(st.tuples(st.floats(-20, 60), st.floats(-20, 60)), min_size=1, max_size=12),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_outlines_are_filled_as_skimage_fills_them(
    outline: list[tuple[float, float]], height: int, width: int
) -> None:
    # No edge runs through the very centre of a pixel: whose the centre is then is a convention.
    points = np.array(outline) + np.random.default_rng(0).uniform(-0.3, 0.3, (len(outline), 2))
    corners = points[:, ::-1] - 0.5
    # scikit-image is untyped.
    expected: Any = polygon2mask((height, width), corners)  # type: ignore[no-untyped-call]
    found = polygon_mask([[(x, y) for x, y in points.tolist()]], Frame(height, width))
    np.testing.assert_array_equal(found, expected)


def test_an_outline_covers_the_pixels_whose_centres_it_holds() -> None:
    frame = Frame(50, 60)
    triangle = polygon_mask([[(5.0, 5.0), (45.0, 5.0), (5.0, 45.0)]], frame)
    assert abs(int(triangle.sum()) - 800) <= 25
    assert triangle[5, 5]
    assert not triangle[4, 5]
    disc = ellipse_mask(30, 25, 20, 10, 0.0, frame)
    assert abs(disc.sum() - np.pi * 200) < 15
    upright = ellipse_mask(25, 25, 10, 20, 0.0, frame)
    np.testing.assert_array_equal(upright, ellipse_mask(25, 25, 20, 10, np.pi / 2, frame))
    outside = polygon_mask(
        [[(-30.0, -30.0), (100.0, -30.0), (100.0, 100.0), (-30.0, 100.0)]], frame
    )
    assert outside.all()


def test_a_coco_file_of_another_size_is_fitted_only_where_asked(tmp_path: Path) -> None:
    double = coco([
        {"id": 1, "category_id": 3, "segmentation": [[2 * value for value in BOX]]},
        {"id": 2, "category_id": 3, "bbox": [20, 40, 80, 80]},
        {"id": 3, "category_id": 3, "segmentation":
         {"counts": runs_of(np.kron(block(20, 60, 10, 50), np.ones((2, 2), np.bool_))),
          "size": [160, 240]}},
    ], height=160, width=240)  # fmt: skip
    write(tmp_path, {"a.png": png(), "x.json": double})
    how = {"format": "coco", "path": "x.json"}
    detail = rejected(read(tmp_path, annotations=how)["a.png"])
    assert "240 by 160" in detail
    assert "rescale: true" in detail
    fitted = picture(read(tmp_path, annotations={**how, "rescale": True})["a.png"])
    for mask in fitted.instances:
        np.testing.assert_array_equal(mask, block(20, 60, 10, 50))
    write(tmp_path, {"x.json": coco([], height=120, width=80)})
    assert "another shape" in rejected(
        read(tmp_path, annotations={**how, "rescale": True})["a.png"]
    )


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("{", "not of its format"),
        ("[]", "no list `images`"),
        (coco([{"id": 1, "image_id": 8, "category_id": 3}]), "image_id 8"),
        (coco([{"id": 1, "category_id": 9, "bbox": [1, 2, 3, 4]}]), "category 9"),
        (coco([{"id": 1, "segments_info": []}]), "panoptic"),
        (coco([], file_name="other.png"), "none of which is in the folder"),
    ],
)
def test_a_bad_file_is_an_error_of_the_recipe(tmp_path: Path, content: object, wrong: str) -> None:
    write(tmp_path, {"a.png": png(), "_annotations.coco.json": content})
    with pytest.raises(RecipeError, match=wrong):
        reader(tmp_path).origins()


@pytest.mark.parametrize(
    ("each", "wrong"),
    [
        ({"segmentation": [[1, 2, 3]]}, "3 numbers"),
        ({"segmentation": {"counts": [5], "size": [80, 120]}}, "covers 5 pixels"),
        ({"segmentation": "x"}, "segmentation"),
        ({}, "neither"),
    ],
)
def test_a_bad_object_rejects_its_picture_alone(
    tmp_path: Path, each: dict[str, Any], wrong: str
) -> None:
    content = coco([{"id": 1, "category_id": 3, **each}])
    write(tmp_path, {"a.png": png(), "b.png": png(), "_annotations.coco.json": content})
    found = read(tmp_path)
    assert wrong in rejected(found["a.png"])
    picture(found["b.png"])


def test_pictures_that_are_annotated_but_absent_are_counted(tmp_path: Path) -> None:
    content = coco([])
    content["images"] += [{"id": n, "file_name": f"gone{n}.png"} for n in range(20, 29)]
    write(tmp_path, {"a.png": png(), "_annotations.coco.json": content})
    found = read(tmp_path)
    assert set(found) == {"a.png", f"{tmp_path.name}#coco _annotations.coco.json"}
    detail = rejected(
        found[f"{tmp_path.name}#coco _annotations.coco.json"], "annotated_but_missing"
    )
    assert detail.startswith("9 pictures")
    assert "gone20.png" in detail
    assert "…" in detail
    assert reader(tmp_path, annotations=[]).origins() == (f"{tmp_path.name}/a.png",)


def test_a_name_may_be_the_end_of_a_path_or_begin_before_it(tmp_path: Path) -> None:
    folder = write(tmp_path, {
        "train/a.png": png(),
        "train/sub/b.png": png(1),
        "x.json": {
            "images": [{"id": 1, "file_name": "set/train/a.png"}, {"id": 2, "file_name": "b.png"}],
            "annotations": [
                {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10]},
                {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 20, 10]},
            ],
            "categories": [{"id": 1, "name": "thing"}],
        },
    })  # fmt: skip
    how = {"format": "coco", "path": "../x.json"}
    found = read(folder / "train", annotations=how)
    assert [objects(picture(found[name])) for name in ("a.png", "sub/b.png")] == [
        [("thing", 100)],
        [("thing", 200)],
    ]
    write(folder, {"train/other/b.png": png(2)})
    with pytest.raises(RecipeError, match="write the path within the folder"):
        reader(folder / "train", annotations=how).origins()


def test_an_annotation_that_changes_changes_its_own_picture_alone(tmp_path: Path) -> None:
    def state() -> dict[str, str]:
        source = reader(tmp_path)
        return {origin[-5:]: source.signature(origin) for origin in source.origins()}

    content = coco([{"id": 1, "category_id": 3, "bbox": [1, 2, 30, 4]}])
    content["images"].append({"id": 8, "file_name": "b.png"})
    write(tmp_path, {"a.png": png(), "b.png": png(), "_annotations.coco.json": content})
    before = state()
    content["annotations"][0]["bbox"] = [1, 2, 30, 40]
    write(tmp_path, {"_annotations.coco.json": content})
    after = state()
    assert before["b.png"] == after["b.png"]
    assert before["a.png"] != after["a.png"]
