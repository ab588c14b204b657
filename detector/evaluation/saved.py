"""A trained detector, read from its folder, as one that answers about pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from detector.evaluation.contract import Prediction, TestPicture
from schemas.errors import CounterfoilError, MissingExtraError
from schemas.identity import digest
from schemas.picture import Pixels
from storage.files import hash_file, location
from storage.reading import UnreadablePicture, read_picture

if TYPE_CHECKING:
    from detector.model.detector import Detection

_FILES = ("config.json", "model.safetensors", "tokenizer.json", "dialogue.json")
_ANSWER = 1024
"""Tokens of an answer at most; MMFR's published evaluation stops at 512."""
_BATCH = {"cpu": 8, "cuda": 16}


def saved_digest(folder: Path) -> str:
    """SHA-256 of all that decides what a saved detector answers.

    Raises `CounterfoilError` where the folder holds no detector.
    """
    known = {name: folder / name for name in _FILES if (folder / name).is_file()}
    missing = [name for name in _FILES[:2] if name not in known]
    if missing:
        raise CounterfoilError(
            f"{folder} holds no {missing[0]}: it is not the folder of a trained detector. Train "
            "one with `counterfoil train RECIPE`, which says where it lies when it is done."
        )
    return digest({name: hash_file(location(path)) for name, path in known.items()})


class SavedDetector:
    """Answers by batches: probability, text and mask, whichever it has.

    A detector that reasons writes its chain of thought, greedily. One that only says a verdict
    need not write it: its probability is read off the end of the question, unless a localiser
    waits for the token that asks for the mask.
    """

    def __init__(
        self, folder: Path, name: str, device: str | None = None, batch: int | None = None
    ) -> None:
        """Raises `MissingExtraError` without torch and transformers, `StorageError` for weights
        that do not fit.
        """
        try:
            import torch

            from detector.model.checkpoints import from_pretrained
        except ImportError as error:
            raise MissingExtraError(
                "detector", error.name or "torch", f"Opening {folder}"
            ) from error
        self.name = name
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._batch = batch or _BATCH.get(self._device, 8)
        self._detector: Any = from_pretrained(folder).to(self._device)
        self._dialogue: Any = None
        if self._detector.config.language is not None:
            from detector.text.dialogue import load_dialogue

            self._dialogue = load_dialogue(folder)

    def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
        """One prediction a picture, in order; a picture that cannot be decoded is a failure."""
        stream = iter(pictures)
        while batch := list(islice(stream, self._batch)):
            seen: list[Pixels | str] = [_pixels(picture) for picture in batch]
            answers = iter(self._answers([one for one in seen if not isinstance(one, str)]))
            for one in seen:
                yield Prediction(None, problem=one) if isinstance(one, str) else next(answers)

    def _answers(self, pictures: Sequence[Pixels]) -> list[Prediction]:
        if not pictures:
            return []
        import torch

        from detector.model.inputs import drawn_masks, join

        batch = join([self._example(picture) for picture in pictures], left=True)
        batch = {name: values.to(self._device) for name, values in batch.items()}
        half = torch.autocast(self._device, torch.bfloat16, enabled=self._device == "cuda")
        with torch.inference_mode(), half:
            found, texts = self._asked(batch)
        masks: Sequence[npt.NDArray[np.float32] | None] = [None] * len(pictures)
        if found.mask_logits is not None:
            masks = drawn_masks(found, batch)
        chances = found.probability.float().cpu().tolist() if found.probability is not None else []
        sure = [True] * len(pictures) if found.concluded is None else found.concluded.tolist()
        return [
            # A text that never concludes has no probability, whatever stands in its place.
            Prediction(chances[place] if chances and sure[place] else None, text, masks[place])
            for place, text in enumerate(texts)
        ]

    def _example(self, picture: Pixels) -> dict[str, npt.NDArray[Any]]:
        from detector.model.inputs import picture_inputs, text_inputs, visual_tokens

        config = self._detector.config
        example = picture_inputs(picture, config)
        if self._dialogue is not None:
            question = self._dialogue.question(visual_tokens(config, len(example["pixels"])))
            example |= text_inputs(question)
        return example

    def _asked(self, batch: dict[str, Any]) -> tuple[Detection, list[str | None]]:
        count = len(batch["size"])
        writes = self._dialogue is not None and (
            self._dialogue.form == "reasoning" or self._detector.localiser is not None
        )
        if not writes:
            return self._detector(**batch), [None] * count
        room = self._dialogue.terms.most - batch["input_ids"].shape[1]
        most = max(1, min(room, _ANSWER))
        found = self._detector.answer(**batch, most=most)
        if self._dialogue.form != "reasoning":
            return found, [None] * count
        ids, lengths = found.written.tolist(), found.lengths.tolist()
        pairs = zip(ids, lengths, strict=True)
        return found, [self._dialogue.decode(one[:length]) for one, length in pairs]


def _pixels(picture: TestPicture) -> Pixels | str:
    """The picture, or why it cannot be decoded."""
    try:
        return read_picture(picture.encoded)[0]
    except UnreadablePicture as error:
        return f"it cannot be decoded: {error}"
