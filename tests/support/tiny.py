"""Tiny random encoders of every architecture, saved as masked-language models so that heads are newly initialized."""

import csv
import functools
import random
from collections import Counter
from pathlib import Path

import pytest
import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import CONFIG_MAPPING, AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedTokenizerFast

from hf_sentiment.reviews.sources import DEMO_FILE

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
POSITIONS = 64
COMMON = {
    "vocab_size": 400,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": POSITIONS,
    "pad_token_id": 0,
}
RELATIVE = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
XLM = {"vocab_size": 400, "emb_dim": 32, "n_layers": 2, "n_heads": 4, "max_position_embeddings": 64, "pad_index": 0}
SIZES = {
    "albert": COMMON | {"embedding_size": 16},
    "bert": COMMON,
    "camembert": COMMON,
    "convbert": COMMON | {"embedding_size": 32},
    "deberta": COMMON | RELATIVE,
    "deberta-v2": COMMON | RELATIVE,
    "distilbert": {
        "vocab_size": 400,
        "dim": 32,
        "n_layers": 2,
        "n_heads": 4,
        "hidden_dim": 64,
        "max_position_embeddings": 64,
    },
    "electra": COMMON | {"embedding_size": 16},
    "ernie": COMMON,
    "eurobert": COMMON | {"num_key_value_heads": 4, "mask_token_id": 4, "bos_token_id": 2, "eos_token_id": 3},
    "funnel": {
        "vocab_size": 400,
        "block_sizes": [1, 1],
        "num_decoder_layers": 1,
        "d_model": 32,
        "n_head": 4,
        "d_head": 8,
        "d_inner": 64,
        "pad_token_id": 0,
    },
    "mobilebert": COMMON | {"embedding_size": 32, "intra_bottleneck_size": 32, "num_feedforward_networks": 2},
    "modernbert": COMMON | {"bos_token_id": 2, "cls_token_id": 2, "eos_token_id": 3, "sep_token_id": 3},
    "mpnet": COMMON,
    "nomic_bert": COMMON,
    "rembert": COMMON | {"input_embedding_size": 16, "output_embedding_size": 16},
    "roberta": COMMON,
    "squeezebert": COMMON
    | {"embedding_size": 32, "q_groups": 2, "k_groups": 2, "v_groups": 2, "intermediate_groups": 2, "output_groups": 2},
    "xlm": XLM,
    "xlm-roberta": COMMON,
    "xlnet": {"vocab_size": 400, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 64, "pad_token_id": 0},
}


@functools.cache
def _vocabulary() -> dict[str, int]:
    """400 tokens: letters, the words of the tiny reviews, and the most frequent words of the demo reviews.

    Words are counted here because tokenizers' own trainer breaks ties at random, so each process would have a
    different base.
    """
    normalizer, split = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    text = normalizer.normalize_str(Path(str(DEMO_FILE)).read_text(encoding="utf-8"))
    words = Counter(word for word, _ in split.pre_tokenize_str(text))
    letters = sorted({letter for word in words for letter in word})
    tokens = dict.fromkeys([*SPECIAL, *letters, *(f"##{letter}" for letter in letters)])
    tokens |= dict.fromkeys([*(word for label in WORDS.values() for word in label), *FILLER])
    tokens |= dict.fromkeys(sorted(words, key=lambda word: (-words[word], word)))
    return {token: place for place, token in enumerate(list(tokens)[:400])}


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """WordPiece, a new one for each call: a call of a tokenizer leaves its truncation in it, and saving writes that."""
    tokenizer = Tokenizer(models.WordPiece(_vocabulary(), unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=POSITIONS,
        model_input_names=["input_ids", "attention_mask"],
    )


def save_tiny_base(folder: Path, architecture: str = "bert", seed: int = 0, **changes) -> Path:
    """Write a tiny base encoder, weights and tokenizer, into `folder`.

    A test is skipped where the installed transformers does not have the architecture yet.
    """
    if architecture not in CONFIG_MAPPING:
        pytest.skip(f"transformers {transformers.__version__} has no {architecture}")
    torch.manual_seed(seed)
    config = AutoConfig.for_model(architecture, **(SIZES[architecture] | changes))
    # XLNet's language model is not a masked one.
    auto = AutoModelForCausalLM if architecture == "xlnet" else AutoModelForMaskedLM
    auto.from_config(config).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


WORDS = {
    "Negative": ["awful", "broken", "terrible", "useless", "refund"],
    "Neutral": ["okay", "average", "acceptable", "usual", "plain"],
    "Positive": ["great", "lovely", "excellent", "perfect", "happy"],
}
FILLER = [
    "the",
    "kettle",
    "came",
    "with",
    "a",
    "cable",
    "and",
    "we",
    "used",
    "it",
    "for",
    "cooking",
    "on",
    "some",
    "days",
    "at",
    "home",
    "before",
    "the",
    "summer",
]


def tiny_reviews(rows: int, labels: tuple[str, ...] = ("Negative", "Positive"), seed: int = 0) -> list[dict]:
    """Reviews that a tiny encoder can learn: each has three words of its label among neutral ones; no two are equal."""
    draw = random.Random(seed)
    made = []
    for index in range(rows):
        label = labels[index % len(labels)]
        words = draw.sample(FILLER, draw.randint(1, 5)) + draw.sample(WORDS[label], 3)
        draw.shuffle(words)
        made.append({"title": "", "text": " ".join(words), "label": label})
    return made


def write_csv(path: Path, rows: list[dict]) -> Path:
    """Write rows to a CSV file with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path
