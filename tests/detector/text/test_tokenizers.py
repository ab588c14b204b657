"""Tokenizers that are learnt, those of checkpoints, and the tokens of the verdict in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from detector.text.dialogue import encode, new_dialogue
from detector.text.templates import conclusion
from detector.text.verdict import of_conclusions, of_first_words
from detector.text.vocabulary import learnt, of_checkpoint
from schemas.errors import CounterfoilError

TEXT = "</REASONING>" + conclusion(True) + " and " + conclusion(False) + " Yes No"


def test_the_same_texts_give_the_same_tokens_in_any_order_and_process() -> None:
    texts = [f"Number {n} of {n * n} words." for n in range(50)]
    here = learnt(texts, 700).tokenizer.to_str()
    assert learnt(texts[::-1], 700).tokenizer.to_str() == here
    code = (
        "from detector.text.vocabulary import learnt; import sys; sys.stdout.write("
        "learnt([f'Number {n} of {n * n} words.' for n in range(50)], 700).tokenizer.to_str())"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert there.stdout.decode() == here


def test_every_text_comes_back_as_it_was() -> None:
    tokenizer = learnt(["some words"], 400).tokenizer
    for text in ("", "Ünïcode – 14.6 L* units,  two spaces\n", "x<y> &amp; [SEG]ments", "語"):
        ids = encode(tokenizer, text)
        assert tokenizer.decode(ids, skip_special_tokens=False) == text


def bracket_joining() -> Tokenizer:
    """A tokenizer that joins a tag's bracket with whatever stands before it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator([TEXT, "><CONCLUSION ><SUMMARY"] * 20, trainer)
    return tokenizer


def test_the_introduction_leaves_out_what_merges_with_what_leads() -> None:
    tokenizer = bracket_joining()
    joined = encode(tokenizer, "</REASONING>" + conclusion(True))
    assert any("><" in str(tokenizer.id_to_token(one)) for one in joined), "this test tests nothing"
    found = of_conclusions(lambda text: encode(tokenizer, text), lambda ids: tokenizer.decode(ids))
    for lead in ("", "</REASONING>", "x. ", "?\n"):
        for answer, word in ((False, found.real), (True, found.fake)):
            ids = encode(tokenizer, lead + conclusion(answer))
            size = len(found.introduction)
            at = [i for i in range(len(ids)) if tuple(ids[i : i + size]) == found.introduction]
            assert len(at) == 1
            assert (ids[at[0] + size],) == word


def test_a_tokenizer_of_letters_is_refused() -> None:
    letters = learnt([], 300).tokenizer
    spelt = Tokenizer.from_str(letters.to_str())
    spelt.model = models.BPE(letters.get_vocab(), [])
    for of in (
        lambda: of_conclusions(lambda text: encode(spelt, text), lambda ids: spelt.decode(ids)),
        lambda: of_first_words(lambda text: encode(spelt, text)),
    ):
        with pytest.raises(CounterfoilError, match="cannot say a verdict in one token"):
            of()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A language model's tokenizer on disk, with a beginning, an end and a chat template."""
    from transformers import PreTrainedTokenizerFast

    tokenizer = bracket_joining()
    tokenizer.add_special_tokens(["<s>", "</s>", "<unk>"])
    begin = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", begin)]
    )
    whole = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    whole.save_pretrained(tmp_path / "plain")
    whole.chat_template = (
        "{% for m in messages %}<s>[{{ m['role'] }}] {{ m['content'] }} [/]{% endfor %}"
        "{% if add_generation_prompt %}[a]{% endif %}"
    )
    whole.save_pretrained(tmp_path / "chat")
    return tmp_path


def test_a_checkpoint_brings_its_beginning_and_its_frame(checkpoint: Path) -> None:
    plain = of_checkpoint(str(checkpoint / "plain"))
    assert plain.begin == (plain.tokenizer.token_to_id("<s>"),)
    assert plain.image == plain.tokenizer.token_to_id("<unk>")
    assert plain.added == (plain.segmentation,)
    dialogue = new_dialogue(plain, "reasoning", masks=True)
    said = dialogue.tokenizer.decode(dialogue.question(2))
    assert said.startswith("USER:")
    assert said.endswith("ASSISTANT:")

    chat = new_dialogue(of_checkpoint(str(checkpoint / "chat")), "reasoning")
    asked = chat.question(2)
    assert [chat.tokenizer.id_to_token(one) for one in asked].count("<s>") == 1
    assert chat.tokenizer.decode(asked).startswith("[user]")
    assert chat.tokenizer.decode(asked).endswith("[/][a]")


def test_a_checkpoint_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        of_checkpoint(str(tmp_path / "absent"))
