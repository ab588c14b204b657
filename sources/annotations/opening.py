"""Which reader reads which `annotations` entry, and what is found where none is written."""

from __future__ import annotations

from upath import UPath

from schemas.errors import RecipeError
from schemas.recipe.annotations import Annotations
from sources.annotations import caption_text, cord, funsd, hocr, sroie, voc
from sources.annotations.coco import COCO
from sources.annotations.file_each import FileEach, Place
from sources.annotations.label_map import label_map_marks, mask_marks
from sources.annotations.metadata import metadata_format
from sources.annotations.one_file import FileFormat, OneFile
from sources.annotations.places import resolve, usual_folder
from sources.annotations.reader import AnnotationReader
from sources.annotations.via import VIA

WELL_KNOWN: dict[str, tuple[str, ...]] = {
    "metadata": ("metadata.jsonl", "metadata.csv"),
    "coco": ("_annotations.coco.json",),
    "via": ("via_region_data.json",),
}
"""Files that are read where a recipe does not say how its pictures are annotated."""


def detect(root: UPath) -> tuple[Annotations, ...]:
    """An entry for each format of which there is a well-known file in the folder."""
    return tuple(
        Annotations.model_validate({"format": form, "path": found})
        for form, names in WELL_KNOWN.items()
        if (found := next((name for name in names if (root / name).is_file()), None))
    )


def open_annotations(root: UPath, entry: Annotations) -> AnnotationReader:
    """The reader of `entry` for the pictures in the folder `root`."""
    if entry.format in WELL_KNOWN:
        names = WELL_KNOWN[entry.format]
        usual = next((name for name in names if (root / name).is_file()), names[0])
        path = resolve(root, entry.path or usual)
        return OneFile(f"{entry.format} {path.name}", path, _file_format(entry))
    return _file_each(root, entry)


def _file_format(entry: Annotations) -> FileFormat:
    match entry.format:
        case "coco":
            return COCO
        case "via":
            return VIA
        case _:
            return metadata_format(entry.columns)


def _file_each(root: UPath, entry: Annotations) -> FileEach:
    def main(names: tuple[str, ...], *suffixes: str) -> Place:
        folder = resolve(root, entry.path) if entry.path else usual_folder(root, names)
        return Place(folder, (entry.suffix,) if entry.suffix else suffixes)

    match entry.format:
        case "voc":
            place = main(("Annotations",), ".xml")
            if (place.folder / "Annotations").is_dir():
                place = Place(place.folder / "Annotations", place.suffixes)
            outlines = Place(place.folder.parent / "SegmentationObject", (".png",))
            return FileEach("voc", root, (place, outlines), marks=voc.marks)
        case "sroie":
            place = main(("box",), ".csv", ".txt")
            folder = usual_folder(place.folder, ("key", "entities"))
            # Beside the boxes, a text file is the boxes themselves.
            beside = str(folder) == str(place.folder)
            keys = Place(folder, (".json",) if beside else (".json", ".txt"))
            return FileEach("sroie", root, (place, keys), marks=sroie.marks)
        case "funsd":
            places = (main(("annotations",), ".json"),)
            return FileEach("funsd", root, places, marks=funsd.marks)
        case "cord":
            return FileEach("cord", root, (main(("json",), ".json"),), marks=cord.marks)
        case "hocr":
            return FileEach("hocr", root, (main(("hocr",), ".hocr", ".html"),), marks=hocr.marks)
        case "text":
            places = (main((), ".txt", ".caption"),)
            return FileEach("text", root, places, notes=caption_text.notes)
        case _:
            place = main((), ".png", ".bmp", ".tif", ".tiff")
            if str(place.folder) == str(root) and not entry.suffix:
                raise RecipeError(
                    f"sources: {entry.format} in the folder of the pictures needs a suffix that "
                    f"tells the two apart (such as _mask.png)"
                )
            marks = label_map_marks if entry.format == "label_map" else mask_marks
            return FileEach(entry.format, root, (place,), marks=marks)
