"""Objects as VIA, VOC, label maps and masks mark them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.errors import RecipeError
from schemas.picture import Picture
from sources.cutting import MIN_INSIDE
from tests.sources.annotations.trees import (
    HEIGHT,
    WIDTH,
    block,
    encoded,
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


VIA: dict[str, Any] = {
    "a.png123": {
        "filename": "a.png",
        "size": 123,
        "file_attributes": {"caption": " Two balloons. "},
        "regions": [
            {"shape_attributes": {"name": "polygon", "all_points_x": BOX[::2],
                                  "all_points_y": BOX[1::2]},
             "region_attributes": {"type": "balloon"}},
            {"shape_attributes": {"name": "rect", "x": 60, "y": 5, "width": 30, "height": 10},
             "region_attributes": {"kind": {"dog": False, "cat": True}}},
            {"shape_attributes": {"name": "circle", "cx": 100, "cy": 60, "r": 5},
             "region_attributes": {}},
            {"shape_attributes": {"name": "point", "cx": 100, "cy": 60}, "region_attributes": {}},
        ],
    }
}  # fmt: skip


@pytest.mark.parametrize("shape", ["list", "numbered", "project"])
def test_via_gives_regions_however_it_was_saved(tmp_path: Path, shape: str) -> None:
    content: Any = VIA
    if shape == "numbered":
        regions = {str(n): each for n, each in enumerate(VIA["a.png123"]["regions"])}
        content = {"a": {**VIA["a.png123"], "regions": regions}}
    elif shape == "project":
        content = {"_via_settings": {}, "_via_img_metadata": VIA}
    write(tmp_path, {"a.png": png(), "via_region_data.json": content})
    a = picture(read(tmp_path)["a.png"])
    assert objects(a)[:2] == [("balloon", 1600), ("cat", 300)]
    assert abs(objects(a)[2][1] - 78) < 6
    assert len(a.instances) == 3
    assert a.source.caption == "Two balloons."
    how = {"format": "via", "path": "via_region_data.json", "label": "thing"}
    named = picture(read(tmp_path, annotations=how)["a.png"])
    assert [each.label for each in named.source.instances] == ["balloon", "cat", "thing"]


XML = """<annotation><filename>a.png</filename>
<size><width>120</width><height>80</height><depth>3</depth></size>
<object><name>dog</name><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>50</xmax><ymax>60</ymax></bndbox>
</object><object><name>cat</name><bndbox><xmin>61</xmin><ymin>6</ymin><xmax>90</xmax><ymax>15</ymax>
</bndbox></object></annotation>"""


def test_voc_gives_boxes_and_outlines_where_there_are_any(tmp_path: Path) -> None:
    outlines = np.zeros((HEIGHT, WIDTH), np.uint8)
    outlines[5:15, 60:90] = 1
    outlines[22:60, 10:50] = 2
    outlines[20:22, 10:50] = 255
    write(tmp_path, {
        "JPEGImages/a.png": png(),
        "JPEGImages/b.png": png(1),
        "Annotations/a.xml": XML,
        "Annotations/b.xml": XML,
        "SegmentationObject/b.png": encoded(outlines),
    })  # fmt: skip
    for how in ({"format": "voc"}, {"format": "voc", "path": ".."}):
        found = read(tmp_path / "JPEGImages", annotations=how)
        assert objects(picture(found["a.png"])) == [("dog", 1600), ("cat", 300)]
        np.testing.assert_array_equal(picture(found["a.png"]).instances[0], block(20, 60, 10, 50))
        assert objects(picture(found["b.png"])) == [("cat", 300), ("dog", 1520)]
    write(tmp_path, {"Annotations/a.xml": XML[:50], "Annotations/gone.xml": XML})
    found = read(tmp_path / "JPEGImages", annotations={"format": "voc"})
    assert "XML is broken" in rejected(found["a.png"])
    assert "gone" in rejected(found["JPEGImages#voc"], "annotated_but_missing")


def test_label_maps_hold_an_object_a_value(tmp_path: Path) -> None:
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[20:60, 10:50], values[5:15, 60:90] = 9, 4
    colours = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    colours[20:60, 10:50], colours[5:15, 60:90] = (255, 0, 0), (0, 255, 0)
    write(tmp_path, {
        "a.png": png(), "a_ids.png": encoded(values), "b.png": png(1), "b_ids.png": encoded(colours)
    })  # fmt: skip
    how = {"format": "label_map", "suffix": "_ids.png", "label": "coin"}
    found = read(tmp_path, annotations=how)
    assert set(found) == {"a.png", "b.png"}
    for outcome in found.values():
        assert objects(picture(outcome)) == [("coin", 300), ("coin", 1600)]
    write(tmp_path, {"a_ids.png": png(5, HEIGHT, WIDTH)})
    assert "photograph" in rejected(read(tmp_path, annotations=how)["a.png"])


def test_a_crop_keeps_an_object_of_which_it_holds_enough(tmp_path: Path) -> None:
    ids = np.kron(np.arange(1, 49).reshape(6, 8), np.ones((50, 50))).astype(np.uint8)
    write(tmp_path, {"a.png": png(0, 300, 400), "a_ids.png": encoded(ids)})
    how = {"format": "label_map", "suffix": "_ids.png"}
    crops = {"min_side": 96, "max_side": 170}
    slivers = 0
    for cut in reader(tmp_path, annotations=how, crops=crops).read(f"{tmp_path.name}/a.png"):
        assert isinstance(cut, Picture)
        assert cut.source.crop is not None
        left, top, width, height = cut.source.crop
        inside = ids[top : top + height, left : left + width]
        sizes = np.bincount(inside.ravel(), minlength=49)[1:]
        assert len(cut.instances) == (sizes >= MIN_INSIDE * 2500).sum()
        for mask in cut.instances:
            (value,) = np.unique(inside[mask])
            assert mask.sum() == sizes[value - 1]
        slivers += int(((sizes > 0) & (sizes < MIN_INSIDE * 2500)).sum())
    assert slivers


def test_masks_lie_in_a_folder_of_their_own_or_are_cut_outs(tmp_path: Path) -> None:
    cut = np.full((HEIGHT, WIDTH, 4), 200, np.uint8)
    cut[..., 3] = np.where(block(5, 15, 60, 90), 255, 0)
    write(tmp_path, {
        "images/a.png": png(),
        "images/b.png": png(1),
        "masks/a.png": encoded(np.uint8(255) * block(20, 60, 10, 50).astype(np.uint8)),
        "masks/b.png": encoded(cut),
    })  # fmt: skip
    found = read(tmp_path, annotations={"format": "mask", "path": "masks"})
    assert set(found) == {"images/a.png", "images/b.png"}
    assert objects(picture(found["images/a.png"])) == [(None, 1600)]
    assert objects(picture(found["images/b.png"])) == [(None, 300)]
    with pytest.raises(RecipeError, match="no folder"):
        reader(tmp_path, annotations={"format": "mask", "path": "nowhere"}).origins()


def test_the_balloons_of_the_shared_pictures_are_outlined(shared_data: Path) -> None:
    folder = shared_data / "photos_masked" / "balloon"
    how = {"format": "via", "path": "via_region_data_train.json", "label": "balloon"}
    (found,) = reader(folder, annotations=how).read("balloon/126700562_8e27720147_b.jpg")
    assert isinstance(found, Picture)
    (balloon,) = found.source.instances
    assert balloon.label == "balloon"
    assert balloon.box == (64, 38, 507, 602)
