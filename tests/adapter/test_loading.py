"""An adapter comes back exactly as it was trained, on any encoder, or is refused with the reason."""

import json
import shutil
import warnings

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from tiny import SIZES, save_tiny_base, tiny_tokenizer
from transformers import AutoModelForSequenceClassification
from two_steps import TEXTS, train_two_steps

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.adapter.loading import load_adapter


def logits(model):
    with torch.no_grad():
        return model(**tiny_tokenizer()(TEXTS, padding=True, return_tensors="pt")).logits


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("architecture", SIZES)
def test_reloaded_and_merged_logits_equal_the_trained_ones(tmp_path, architecture, count):
    base = save_tiny_base(tmp_path / "base", architecture)
    trained = train_two_steps(tmp_path / "adapter", base, ["a", "b", "c"][:count])
    assert trained.shape == (3, count) and trained.std() > 1e-4
    loaded = load_adapter(tmp_path / "adapter", base_model=str(base))
    torch.testing.assert_close(logits(loaded.model), trained, rtol=0, atol=1e-6)
    torch.testing.assert_close(logits(loaded.merge()), trained, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "options", [{"use_rslora": True}, {"target": "query", "dropout": 0.1}], ids=["rslora", "dropout"]
)
def test_lora_variants_come_back(tmp_path, options):
    base = save_tiny_base(tmp_path / "base")
    trained = train_two_steps(tmp_path / "adapter", base, ["a", "b"], **options)
    loaded = load_adapter(tmp_path / "adapter", base_model=str(base))
    torch.testing.assert_close(logits(loaded.model), trained, rtol=0, atol=1e-6)
    torch.testing.assert_close(logits(loaded.merge()), trained, rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bases")
    return {name: save_tiny_base(folder / name, name) for name in ("bert", "roberta", "distilbert")}


@pytest.fixture(scope="module")
def bert_adapter(bases, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters") / "bert"
    train_two_steps(folder, bases["bert"], ["a", "b", "c"])
    return folder


@pytest.fixture
def copy(bert_adapter, tmp_path):
    return shutil.copytree(bert_adapter, tmp_path / "copy")


def test_an_adapter_that_was_not_made_here_loads_with_its_own_head(copy, bases):
    expected = logits(load_adapter(copy, base_model=str(bases["bert"])).model)
    (copy / "sentiment_config.json").unlink()
    config = json.loads((copy / "adapter_config.json").read_text())
    # As a script that reuses its LoraConfig leaves it.
    config["modules_to_save"] = [*config["modules_to_save"], *["classifier", "score"] * 7]
    (copy / "adapter_config.json").write_text(json.dumps(config))
    with pytest.warns(UserWarning, match=r"labels are named LABEL_0 ... LABEL_2.*labels=\["):
        loaded = load_adapter(copy, base_model=str(bases["bert"]))
    assert loaded.config.labels == ["LABEL_0", "LABEL_1", "LABEL_2"] and loaded.config.max_length == 64
    torch.testing.assert_close(logits(loaded.model), expected)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        named = hf_sentiment.load(copy, base_model=str(bases["bert"]), labels=["bad", "so-so", "good"], dtype="float32")
    assert named("meh")[0]["label"] in ("bad", "so-so", "good")
    with pytest.raises(SentimentError, match="labels= names 2 labels .*head has 3 outputs"):
        hf_sentiment.load(copy, base_model=str(bases["bert"]), labels=["bad", "good"], dtype="float32")


def test_plain_peft_makes_the_same_of_it(bert_adapter, bases):
    base = AutoModelForSequenceClassification.from_pretrained(bases["bert"], num_labels=3)
    theirs = PeftModel.from_pretrained(base, bert_adapter).eval()
    torch.testing.assert_close(logits(theirs), logits(load_adapter(bert_adapter, base_model=str(bases["bert"])).model))


def test_a_head_or_fresh_layer_that_is_missing_is_named(copy, bases):
    weights = load_file(copy / "adapter_model.safetensors")
    for module in ("classifier", "pooler"):
        left = {key: value for key, value in weights.items() if module not in key}
        save_file(left, copy / "adapter_model.safetensors")
        with pytest.raises(SentimentError, match=f"lacks .*{module}.*would be random"):
            load_adapter(copy, base_model=str(bases["bert"]))


def test_a_fresh_layer_that_peft_alone_forgets_is_refused(tmp_path, bases):
    """What plain PEFT makes of a BERT saved as a masked-language model: its new pooler is not in the file."""
    model = AutoModelForSequenceClassification.from_pretrained(bases["bert"], num_labels=2)
    get_peft_model(model, LoraConfig(task_type="SEQ_CLS", target_modules=["query"])).save_pretrained(
        tmp_path, save_embedding_layers=False
    )
    with pytest.raises(SentimentError, match="lacks bert.pooler.dense"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        load_adapter(tmp_path, base_model=str(bases["bert"]))


def damaged(copy, name, content):
    path = copy / name
    if content is None:
        path.unlink()
    elif isinstance(content, dict):
        path.write_text(json.dumps(json.loads(path.read_text()) | content))
    else:
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("adapter_config.json", None, "has no adapter_config.json"),
        ("adapter_config.json", b"{", "adapter_config.json is not readable JSON"),
        ("adapter_config.json", {"task_type": "CAUSAL_LM"}, "for the task CAUSAL_LM"),
        ("adapter_config.json", {"base_model_name_or_path": None}, "does not name its base model"),
        ("adapter_model.safetensors", None, "has no adapter_model.safetensors: its weights are missing"),
        ("adapter_model.safetensors", b"\x10\0\0\0\0\0\0\0{}", "damaged or truncated"),
        ("sentiment_config.json", {"labels": ["a", "b"]}, "names 2 labels .* head has 3 outputs"),
        ("sentiment_config.json", b"[", "not readable JSON"),
        ("adapter_config.json", {"r": 20_000}, "r is 20000; it must be a whole number from 1 to 8192"),
        ("adapter_config.json", {"peft_type": "NONE"}, "adapter_config.json cannot be read"),
        ("adapter_config.json", {"init_lora_weights": 5}, "adapter_config.json"),
        ("tokenizer.json", None, "has no tokenizer.json"),
        ("tokenizer.json", b"{", "The tokenizer of .* cannot be read"),
    ],
)
def test_a_damaged_folder_is_one_sentence(copy, bases, name, content, message):
    damaged(copy, name, content)
    with pytest.raises(SentimentError, match=message):
        load_adapter(copy, base_model=str(bases["bert"]))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_weight_that_is_no_number_is_refused(copy, bases, value):
    weights = load_file(copy / "adapter_model.safetensors")
    name = next(key for key in weights if "lora_B" in key)
    weights[name][0, 0] = value
    save_file(weights, copy / "adapter_model.safetensors")
    with pytest.raises(SentimentError, match="has a weight that is no finite number, in .*lora_B"):
        load_adapter(copy, base_model=str(bases["bert"]))


def test_weights_cut_short_are_noticed(copy, bases):
    whole = (copy / "adapter_model.safetensors").read_bytes()
    damaged(copy, "adapter_model.safetensors", whole[: len(whole) // 2])
    with pytest.raises(SentimentError, match="damaged or truncated"):
        load_adapter(copy, base_model=str(bases["bert"]))


def test_a_pickle_is_never_opened(copy, bases, tmp_path):
    opened = tmp_path / "opened"
    damaged(copy, "adapter_model.safetensors", None)
    (copy / "adapter_model.bin").write_bytes(b"cos\nsystem\n(S'touch %s'\ntR." % bytes(opened))
    with pytest.raises(SentimentError, match="its weights are a pickle, which is never opened"):
        load_adapter(copy, base_model=str(bases["bert"]))
    assert not opened.exists()


@pytest.mark.parametrize("other", ["roberta", "distilbert", "wider", "shallower"])
def test_a_base_that_does_not_fit_is_refused(bert_adapter, bases, tmp_path, other):
    if other == "wider":
        base = save_tiny_base(tmp_path / "wider", hidden_size=64)
    elif other == "shallower":
        base = save_tiny_base(tmp_path / "shallower", num_hidden_layers=1)
    else:
        base = bases[other]
    with pytest.raises(SentimentError, match="does not fit the base"):
        load_adapter(bert_adapter, base_model=str(base))


def test_a_base_with_more_layers_does_not_fit_either(bert_adapter, tmp_path):
    base = save_tiny_base(tmp_path / "deeper", num_hidden_layers=3)
    with pytest.raises(SentimentError, match="lacks bert.encoder.layer.2"):
        load_adapter(bert_adapter, base_model=str(base))
