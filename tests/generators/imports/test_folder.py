"""A folder of pictures becomes forgeries with all that is known and unknown of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError
from upath import UPath

from generators.contract import Configured, Supplies, Trial, breach
from generators.imports import Import
from generators.imports.options import ImportOptions
from schemas.errors import GeneratorError
from schemas.identity import hash_bytes
from schemas.vocabulary import Domain, Scope
from tests.generators.imports.sets import (
    HEIGHT,
    WIDTH,
    folder_of,
    forgery,
    imported,
    job,
    pixels,
    png,
    refusal,
    take,
)


def test_it_keeps_the_contract(tmp_path: Path) -> None:
    generator = imported(path=str(folder_of(tmp_path)))
    assert isinstance(generator, Configured)
    assert isinstance(generator, Supplies)
    assert isinstance(generator, Trial)
    answers = [forgery(answer) for answer in take(generator)]
    assert [breach(answer) for answer in answers] == [""] * 6
    assert all(answer.scope is Scope.FULL and answer.applied is None for answer in answers)


def test_the_pixels_are_those_of_the_file_and_its_facts_are_kept(tmp_path: Path) -> None:
    generator = imported(path=str(folder_of(tmp_path)), licence="CC0-1.0", attribution="Ada")
    made = {a.parameters["item"]: a for a in map(forgery, take(generator))}
    lossless = made["a/1.png"]
    np.testing.assert_array_equal(lossless.image, pixels(1))
    assert lossless.parameters["sha256"] == hash_bytes(png(1))
    assert lossless.parameters["set"] == tmp_path.name
    assert str(tmp_path.parent) not in json.dumps(lossless.parameters)
    assert lossless.parameters["licence"] == "CC0-1.0"
    lossy = made["a/3.jpg"].parameters["codec"]
    assert (lossy["format"], lossy["quality"], lossy["saves"]) == ("JPEG", 85, 1)


def test_what_is_not_known_is_marked_as_unknown(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png(1))
    (bare,) = map(forgery, take(imported(path=str(tmp_path))))
    assert bare.parameters["unknown"] == [
        "attribution", "autoencoder", "family", "licence", "model", "prompt", "released",
        "sampling", "seed",
    ]  # fmt: skip
    (tmp_path / "x.txt").write_text("a red kite\n", encoding="utf-8")
    told = imported(path=str(tmp_path), model="DALL-E 3", family="dall-e", licence="MIT")
    (item,) = told.items(5)
    assert item.prompt == "a red kite"
    (known,) = map(forgery, take(told))
    assert known.parameters["unknown"] == [
        "attribution", "autoencoder", "released", "sampling", "seed",
    ]  # fmt: skip


def test_the_spec_says_what_the_options_say(tmp_path: Path) -> None:
    bare = imported(path=str(tmp_path)).configured()
    assert (bare.model, bare.family, bare.terms) == ("unknown", "unknown", "licence: unknown")
    assert bare.released == ""
    assert bare.makes is Domain.AIGC
    told = imported(
        path=str(tmp_path), model="Midjourney 5", released="2023-03", domain="deepfake"
    ).configured()
    assert (told.model, told.released, told.makes) == ("Midjourney 5", "2023-03", Domain.DEEPFAKE)
    assert told.name == "import"


def test_the_order_is_that_of_a_hash_and_a_prefix_stays(tmp_path: Path) -> None:
    generator = imported(path=str(folder_of(tmp_path, 12)))
    whole = [item.name for item in generator.items(100)]
    assert len(whole) == 12
    assert whole != sorted(whole)
    assert [item.name for item in generator.items(5)] == whole[:5]
    (tmp_path / "a" / "new.png").write_bytes(png(40))
    again = [i.name for i in imported(path=str(tmp_path)).items(100) if i.name != "a/new.png"]
    assert again == whole
    limited = imported(path=str(tmp_path), limit=3)
    assert len(limited.items(100)) == 3


def test_a_changed_file_has_another_stamp_and_the_others_keep_theirs(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    before = {item.name: item.stamp for item in imported(path=str(folder)).items(6)}
    (folder / "a/1.png").write_bytes(png(9))
    after = {item.name: item.stamp for item in imported(path=str(folder)).items(6)}
    assert {name for name in before if before[name] != after[name]} == {"a/1.png"}


def test_include_and_where_choose(tmp_path: Path) -> None:
    folder_of(tmp_path)
    rows = [{"file_name": f"a/{n}.png", "kind": "cat" if n == 1 else "dog"} for n in (1, 5)]
    table = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "metadata.jsonl").write_text(table, encoding="utf-8")
    chosen = imported(path=str(tmp_path), include=["b/*"]).items(9)
    assert sorted(item.name for item in chosen) == ["b/0.jpg", "b/2.png", "b/4.png"]
    (cat,) = imported(path=str(tmp_path), where={"kind": "cat"}).items(9)
    assert cat.name == "a/1.png"
    both = imported(path=str(tmp_path), where={"kind": ["cat", "dog"]}).items(9)
    assert len(both) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"include": ["z/*"]}, "no picture in .* fits include .*for example"),
        ({"where": {"kind": "emu"}}, "none of the pictures .* has kind = 'emu'"),
        ({"where": {"colour": "red"}}, "has a column 'colour'; they have: file_name, kind"),
    ],
)
def test_an_empty_choice_says_what_is_there(
    tmp_path: Path, options: dict[str, object], words: str
) -> None:
    folder_of(tmp_path)
    (tmp_path / "metadata.csv").write_text("file_name,kind\na/1.png,cat\n", encoding="utf-8")
    with pytest.raises(GeneratorError, match=words):
        imported(path=str(tmp_path), **options).items(3)


def test_a_set_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="needs the option path"):
        Import(ImportOptions())
    for path in (str(tmp_path / "nowhere"), "./nowhere"):
        with pytest.raises(GeneratorError, match="does not exist"):
            imported(path=path).items(1)
    with pytest.raises(GeneratorError, match="holds no picture"):
        imported(path=str(tmp_path)).items(1)
    (tmp_path / "one.png").write_bytes(png(1))
    with pytest.raises(GeneratorError, match="is a file"):
        imported(path=str(tmp_path / "one.png")).items(1)


def test_wrong_options_are_refused() -> None:
    wrong = (
        {"group_pattern": "("},
        {"scope": "full", "masks": "m"},
        {"scope": "spliced"},
        {"layout": "folder", "generator": "flux"},
        {"pth": "x"},
        {"released": "last year"},
    )
    for options in wrong:
        with pytest.raises(ValidationError):
            ImportOptions.model_validate({"path": "x", **options})


def test_groups_come_from_a_pattern_or_a_column(tmp_path: Path) -> None:
    for name in ("s1_a.png", "s1_b.png", "s2_a.png"):
        (tmp_path / name).write_bytes(png(len(name)))
    (tmp_path / "metadata.csv").write_text("file_name,who\ns1_a.png,Ada\n", encoding="utf-8")
    by_name = imported(path=str(tmp_path), group_pattern=r"(s\d)_").items(9)
    assert sorted((i.name, i.group) for i in by_name) == [
        ("s1_a.png", "s1"), ("s1_b.png", "s1"), ("s2_a.png", "s2"),
    ]  # fmt: skip
    by_column = {i.name: i.group for i in imported(path=str(tmp_path), group_column="who").items(9)}
    assert by_column == {"s1_a.png": "Ada", "s1_b.png": None, "s2_a.png": None}


def test_prompts_come_from_what_lies_beside(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "case7_cat.png", "d.png"):
        (tmp_path / name).write_bytes(png(len(name)))
    (tmp_path / "a.json").write_text('{"text": "a hen", "prompt": "no"}', encoding="utf-8")
    (tmp_path / "b.yml").write_text("text: |\n  a goat\n", encoding="utf-8")
    (tmp_path / "case7.yml").write_text("image: cat.png\ntext: a cat\n", encoding="utf-8")
    (tmp_path / "broken.yml").write_text("a: [", encoding="utf-8")
    found = {i.name: i.prompt for i in imported(path=str(tmp_path), prompt_column="text").items(9)}
    assert found == {"a.png": "a hen", "b.png": "a goat", "case7_cat.png": "a cat", "d.png": None}
    (tmp_path / "d.json").write_text("{", encoding="utf-8")
    with pytest.raises(GeneratorError, match=r"d\.json cannot be read"):
        imported(path=str(tmp_path)).items(9)


def test_what_reading_changes_is_noted(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x0131] = 6, "Some Model 1.0"
    Image.fromarray(pixels(1)).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    rgba = Image.fromarray(pixels(2)).convert("RGBA")
    rgba.putalpha(128)
    rgba.save(tmp_path / "clear.png")
    Image.fromarray(pixels(3)).convert("CMYK").save(tmp_path / "cmyk.tif")
    Image.fromarray(pixels(4)).quantize(16).save(tmp_path / "palette.png")
    Image.fromarray(np.full((80, 80), 40_000, np.uint16)).save(tmp_path / "deep.png")
    made = {a.parameters["item"]: a for a in map(forgery, take(imported(path=str(tmp_path))))}
    assert all(answer.image.dtype == np.uint8 for answer in made.values())
    assert made["turned.jpg"].image.shape == (WIDTH, HEIGHT, 3)
    assert made["turned.jpg"].notes == (
        "It was turned upright as its EXIF orientation says.",
        "Its metadata (EXIF) was left out.",
    )
    marks = made["turned.jpg"].parameters["provenance_found"]
    assert {"kind": "exif", "name": "Software", "value": "Some Model 1.0"} in marks
    assert made["clear.png"].notes == ("Its transparency was laid on white.",)
    assert "mode CMYK" in made["cmyk.tif"].notes[0]
    assert "mode P" in made["palette.png"].notes[0]
    assert "rounded to 8 bits" in made["deep.png"].notes[0]
    assert made["deep.png"].image[0, 0, 0] == round(40_000 / 257)


def test_jobs_without_an_item_or_with_one_that_is_gone(tmp_path: Path) -> None:
    generator = imported(path=str(folder_of(tmp_path)))
    answers = generator.forge([job(None), job("a/gone.png"), job("../x.png"), job("a/1.png")])
    first, second, third, last = answers
    assert refusal(first).reason == "no_item"
    assert refusal(second).reason == "item_is_gone"
    assert refusal(third).reason == "item_is_gone"
    forgery(last)


def test_it_reads_through_fsspec() -> None:
    root = UPath("memory://imports/set")
    root.mkdir(parents=True, exist_ok=True)
    (root / "x.png").write_bytes(png(1))
    (made,) = map(forgery, take(imported(path="memory://imports/set")))
    assert made.parameters["set"] == "set"
    np.testing.assert_array_equal(made.image, pixels(1))


def test_its_trial_can_be_forged_and_leaves_nothing_behind() -> None:
    with Import.trial() as options:
        generator = imported(**options)
        answers = [forgery(answer) for answer in take(generator)]
        assert len({hash_bytes(answer.image.tobytes()) for answer in answers}) == 8
        assert all(item.prompt for item in generator.items(8))
        folder = Path(options["path"])
    assert not folder.exists()


@pytest.mark.parametrize("name", ["gcp_gemini", "gpt4o", "sd2"])
def test_pictures_by_real_models(shared_data: Path, name: str) -> None:
    generator = imported(
        path=str(shared_data / "ai_generated" / name), limit=4, prompt_column="prompt_en"
    )
    answers = [forgery(answer) for answer in take(generator)]
    assert len(answers) == 4
    if name == "gpt4o":
        assert all(len(item.prompt or "") > 40 for item in generator.items(4))
