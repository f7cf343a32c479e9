import pytest
import torch
from peft import get_peft_model
from tiny import SIZES, save_tiny_base
from transformers import GPT2Config, GPT2LMHeadModel, T5Config, T5ForConditionalGeneration

from hf_sentiment import SentimentError
from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.adapter.classifier import find_new_modules, load_classifier
from hf_sentiment.adapter.lora_targets import linear_layers, lora_config
from hf_sentiment.core.config import SentimentConfig

LABELS = SentimentConfig(["Negative", "Positive"])


def new_classifier(tmp_path, architecture):
    return load_classifier(locate_base(str(save_tiny_base(tmp_path, architecture))), LABELS)


@pytest.mark.parametrize(
    ("architecture", "modules"),
    [
        ("bert", ["bert.pooler.dense", "classifier"]),
        ("distilbert", ["pre_classifier", "classifier"]),
        ("deberta-v2", ["pooler.dense", "classifier"]),
        ("roberta", ["classifier"]),
        ("xlnet", ["sequence_summary.summary", "logits_proj"]),
        ("xlm", ["sequence_summary.summary"]),
        ("eurobert", ["dense", "classifier"]),
    ],
)
def test_new_modules_are_read_off_loading(tmp_path, architecture, modules):
    assert new_classifier(tmp_path, architecture).new_modules == modules


def test_a_base_that_lacks_a_weight_it_should_have_is_refused():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    assert find_new_modules(model, {"1.weight", "1.bias"}) == ["1"]
    with pytest.raises(SentimentError, match="lacks some weights .*0.bias.*incomplete"):
        find_new_modules(model, {"0.bias"})


@pytest.mark.parametrize(
    ("architecture", "target", "expected"),
    [
        ("bert", "query", {"attention.self.query"}),
        ("bert", "query-value", {"attention.self.query", "attention.self.value"}),
        ("distilbert", "query", {"attention.q_lin"}),
        ("distilbert", "attention", {"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"}),
        ("modernbert", "query-value", {"attn.Wqkv"}),
        ("roberta", "key,value", {"attention.self.key", "attention.self.value"}),
    ],
)
def test_targets_are_chosen_from_the_model(tmp_path, architecture, target, expected):
    config = lora_config(new_classifier(tmp_path, architecture), target, r=2, alpha=4)
    assert set(config.target_modules) == expected


@pytest.mark.parametrize("architecture", SIZES)
def test_all_linear_never_targets_a_new_module(tmp_path, architecture):
    classifier = new_classifier(tmp_path, architecture)
    config = lora_config(classifier, "all-linear", r=2, alpha=4)
    assert set(config.modules_to_save) == set(classifier.new_modules) - {"classifier", "score"}
    adapted = [name for name, _ in get_peft_model(classifier.model, config).named_modules() if name.endswith(".lora_A")]
    assert adapted and not any(f".{new}." in name for name in adapted for new in classifier.new_modules)


def test_a_target_that_is_fresh_is_left_out(tmp_path):
    classifier = new_classifier(tmp_path, "bert")
    assert "bert.pooler.dense" not in linear_layers(classifier)
    model = get_peft_model(classifier.model, lora_config(classifier, "dense", r=2, alpha=4))
    adapted = [name for name, _ in model.named_parameters() if "lora_A" in name]
    assert len(adapted) == 6 and not any("pooler" in name for name in adapted)


def test_unknown_targets_list_the_layers_there_are(tmp_path):
    classifier = new_classifier(tmp_path, "xlnet")
    with pytest.raises(
        SentimentError, match="'query' names no linear layer of this xlnet base.*from this list: ff.layer_1, ff.layer_2"
    ):
        lora_config(classifier, "query", r=2, alpha=4)
    with pytest.raises(SentimentError, match="names no linear layer"):
        lora_config(classifier, "layer_1,nothing", r=2, alpha=4)


@pytest.mark.parametrize("kind", ["decoder", "encoder-decoder"])
def test_a_base_that_is_no_encoder_is_refused(tmp_path, kind):
    if kind == "decoder":
        model = GPT2LMHeadModel(GPT2Config(vocab_size=50, n_embd=8, n_layer=1, n_head=2, n_positions=16))
    else:
        model = T5ForConditionalGeneration(
            T5Config(vocab_size=50, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
        )
    model.save_pretrained(tmp_path)
    with pytest.raises(SentimentError, match="no encoder classifier: choose an encoder such as"):
        load_classifier(locate_base(str(tmp_path)), LABELS)


def test_a_half_precision_checkpoint_is_loaded_in_float32(tmp_path):
    from transformers import AutoModelForMaskedLM

    folder = save_tiny_base(tmp_path)
    AutoModelForMaskedLM.from_pretrained(folder).half().save_pretrained(folder)
    assert {p.dtype for p in load_classifier(locate_base(str(folder)), LABELS).model.parameters()} == {torch.float32}
