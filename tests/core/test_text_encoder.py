import pickle

import pytest
from tiny import tiny_tokenizer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast
from transformers.models.bertweet.tokenization_bertweet import BertweetTokenizer

from hf_sentiment import SentimentError
from hf_sentiment.adapter.tokenizer import SlowTextEncoder, text_encoder
from hf_sentiment.core.text_encoder import FastTextEncoder, InputFormat

TEXTS = ["great lovely kettle", "", "awful [SEP] broken " * 40]


def template(single, *special):
    """A tokenizer of words whose special tokens stand as `single` says."""
    vocabulary = {word: place for place, word in enumerate(["<unk>", "<a>", "<b>", "good", "product", "fine"])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(
        single=single, special_tokens=[(name, vocabulary[name]) for name in special]
    )
    return made


def test_token_ids_are_those_of_transformers():
    tokenizer = tiny_tokenizer()
    encoder = text_encoder(tokenizer)
    ours = [encoder.layout.model_inputs(tokens) for tokens in encoder.encode(TEXTS)]
    theirs = tokenizer(TEXTS)
    assert [row["input_ids"] for row in ours] == theirs["input_ids"]
    assert [row["attention_mask"] for row in ours] == theirs["attention_mask"]
    assert all(row.keys() == theirs.keys() for row in ours)


def test_a_transformers_tokenizer_and_its_encoder_share_no_state():
    tokenizer = tiny_tokenizer()
    encoder = text_encoder(tokenizer)
    before = encoder.encode(TEXTS)
    tokenizer(TEXTS, truncation=True, max_length=5, padding="max_length")
    assert encoder.encode(TEXTS) == before
    encoder.encode(TEXTS)
    assert tokenizer.backend_tokenizer.truncation["max_length"] == 5


def test_special_tokens_may_stand_on_either_side():
    form = InputFormat(("input_ids", "token_type_ids"))
    both = FastTextEncoder(template("<a> $A <b>", "<a>", "<b>"), form).layout
    assert (both.prefix, both.suffix, both.special_tokens) == ((1,), (2,), 2)
    behind = FastTextEncoder(template("$A:0 <b>:0 <a>:2", "<a>", "<b>"), form).layout
    assert (behind.prefix, behind.suffix, behind.suffix_types) == ((), (2, 1), (0, 2))
    none = FastTextEncoder(template("$A"), form).layout
    assert none.special_tokens == 0
    assert behind.model_inputs([5]) == {"input_ids": [5, 2, 1], "token_type_ids": [0, 0, 2]}


def test_a_tokenizer_without_tokens_is_refused():
    with pytest.raises(SentimentError, match="special tokens before and after the text"):
        FastTextEncoder(Tokenizer(models.BPE()), InputFormat())


def test_offsets_say_which_characters_a_token_stands_for():
    encoder = text_encoder(tiny_tokenizer())
    text = "The kettle, broken."
    assert [text[start:end] for start, end in encoder.offsets(text)][:2] == ["The", "kettle"]


def test_padding_comes_from_the_transformers_tokenizer():
    made = PreTrainedTokenizerFast(
        tokenizer_object=template("<a> $A", "<a>"), pad_token="<b>", padding_side="left", truncation_side="left"
    )
    form = text_encoder(made).layout.format
    assert (form.pad_id, form.pad_left, form.cut_left) == (2, True, True)


def test_an_encoder_can_be_pickled():
    encoder = text_encoder(tiny_tokenizer())
    again = pickle.loads(pickle.dumps(encoder))
    assert again.encode(TEXTS) == encoder.encode(TEXTS) and again.layout == encoder.layout


def test_a_tokenizer_without_a_fast_form_gives_whole_texts_too(tmp_path):
    (tmp_path / "vocab.txt").write_text("good 1\nproduct 1\nfine 1\n")
    (tmp_path / "merges.txt").write_text("g o\no d</w>\n")
    tokenizer = BertweetTokenizer(str(tmp_path / "vocab.txt"), str(tmp_path / "merges.txt"))
    encoder = text_encoder(tokenizer)
    assert isinstance(encoder, SlowTextEncoder) and encoder.offsets("fine") == []
    texts = ["good product", "fine " * 300]
    ours = [encoder.layout.model_inputs(tokens)["input_ids"] for tokens in encoder.encode(texts)]
    assert ours == [tokenizer(text)["input_ids"] for text in texts] and len(ours[1]) > 300
