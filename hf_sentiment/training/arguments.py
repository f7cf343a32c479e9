"""TrainArguments: everything `train` can be told, from flags, from one YAML file or from Python."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import get_type_hints

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.recipe_files import load_recipe


def _option(text: str, default=None):
    return field(default=default, metadata={"help": text})


def _recipe_option(text: str):
    """An option that a recipe may set; None means: as the recipe says, else as the base recipe does."""
    return field(default=None, metadata={"help": f"{text} (default: the recipe's)"})


@dataclass
class TrainArguments:
    """Options of one training run. What is None and belongs to the recipe comes from the recipe."""

    recipe: str = _option("name of a shipped recipe (minilm, minilm-warm, five-stars, ...), or a YAML file", "minilm")
    dataset: str | None = _option("demo, amazon_polarity, a CSV/TSV/JSONL/Parquet file, a folder of them, or a Hub id")
    output_dir: str | None = _option("folder for the adapter")
    overwrite: bool = _option("replace an adapter that is already in output_dir", False)
    resume: bool = _option("go on from the last complete checkpoint in output_dir", False)

    dataset_config: str | None = _option("configuration of a Hub data set")
    dataset_revision: str | None = _option("revision of a Hub data set")
    text_column: str | None = _option("column of the review text; found by its usual names otherwise")
    title_column: str | None = _option("column of the title; found by its usual names otherwise")
    label_column: str | None = _option("column of the label; found by its usual names otherwise")
    slice_columns: str | None = _option("columns by whose values the report is sliced, e.g. domain,sarcastic")
    labels: str | None = _option("names of the classes in class order, e.g. Negative,Neutral,Positive")
    label_map: str | None = _option('source values to labels, e.g. "1=Negative,2=Negative,3=,4=Positive,5=Positive"')
    train_size: int | None = _option("most training reviews, shuffled; all by default")
    validation_size: int | None = _option("validation reviews; by default a quarter of train_size, at most 1,000")
    test_size: int | None = _option("most test reviews, shuffled; all by default")

    streaming: bool | None = _recipe_option("read the training rows while training, and never hold them all")

    base_model: str | None = _recipe_option("Hub id, folder or short name of the base encoder")
    base_revision: str | None = _option("revision of the base on the Hub")
    base_model_id: str | None = _option("the Hub id that stands for a base given as a folder")
    trust_remote_code: bool = _option("allow a base that brings its own Python code", False)

    init_adapter: str | None = _option(
        "go on from an adapter (default, a folder or a Hub id), for its labels or for others; its rank and targets stay"
    )
    target_modules: str | None = _recipe_option(
        "query, query-value, attention, all-linear, or names of linear layers with commas between them"
    )
    upper_layers: int | None = _recipe_option(
        "adapt the last so many layers only; what the layers below give is computed once (0: all layers)"
    )
    lora_r: int | None = _recipe_option("rank of the LoRA updates")
    lora_alpha: int | None = _recipe_option("the updates are scaled by alpha / r")
    lora_dropout: float | None = _recipe_option("dropout before the LoRA updates")
    dropout: float | None = _recipe_option("of the encoder's own layers while training; by default what the base says")
    word_dropout: float | None = _recipe_option("share of the words that are hidden from each training step")
    use_rslora: bool | None = _recipe_option("scale by alpha / sqrt(r) instead")
    learning_rate: float | None = _recipe_option("peak learning rate of AdamW")
    lr_scheduler: str | None = _recipe_option("schedule after the warm-up, a transformers name")
    warmup_ratio: float | None = _recipe_option("share of the steps that the learning rate rises for")
    weight_decay: float | None = _recipe_option("of AdamW")
    label_smoothing: float | None = _recipe_option("of the cross-entropy")
    ema_decay: float | None = _recipe_option("of the weights' moving average, which becomes the adapter; 0: none")
    batch_size: int | None = _recipe_option("reviews per step and process")
    epochs: float | None = _recipe_option("most passes over the training reviews")
    max_steps: int | None = _recipe_option("stop after so many steps, whatever the epochs; -1: never")
    min_steps: int | None = _recipe_option("at least so many steps, where the epochs of few reviews would be fewer")
    eval_steps: int | None = _recipe_option("evaluate and save every so many steps; 0: after every epoch")
    patience: int | None = _recipe_option("evaluations without a better one on the validation rows before stopping")
    max_length: int | None = _recipe_option("window in tokens")
    group_by_length: bool | None = _recipe_option("batches of reviews of about the same length")
    bf16: bool | None = _recipe_option("bf16 autocast; false on a machine without the instructions for it")
    seed: int | None = _recipe_option("of the subsets, the new head, the order and the dropout")

    license: str = _option("licence of the adapter, written into its card", "apache-2.0")
    language: str = _option("language of the reviews, written into its card", "en")
    report_texts: bool = _option("show texts of misread test reviews in the report, which `publish` publishes", False)
    use_cpu: bool = _option("stay on the CPU even where there is an accelerator", False)
    push_to_hub: str | None = _option("user/name to publish the adapter to when it is done")
    private: bool = _option("publish to a private repository", False)

    def resolved(self) -> "TrainArguments":
        """A copy in which nothing is left to the recipe.

        Raises:
            SentimentError: the recipe cannot be read or sets what it cannot, or dataset or output_dir is missing.
        """
        for name in ("dataset", "output_dir"):
            if not getattr(self, name):
                raise SentimentError(f"train needs --{name.replace('_', '-')}.")
        types = get_type_hints(type(self))
        options = load_recipe("base", types) | load_recipe(self.recipe, types)
        # Of these nobody can tell whether the user wants the default or has said nothing.
        if own := [f.name for f in fields(self) if f.name in options and f.default is not None]:
            raise SentimentError(
                f"The recipe {self.recipe} sets {own[0]}, which is no matter of recipes: give "
                f"--{own[0].replace('_', '-')}."
            )
        chosen = {name: value for name, value in options.items() if getattr(self, name) is None}
        if self.epochs is not None and self.min_steps is None:
            # Who names the epochs gets those.
            chosen["min_steps"] = 0
        # An empty value on the command line takes back what the recipe says.
        return replace(self, **chosen, **{name: None for name in types if getattr(self, name) == ""})

    @classmethod
    def from_file(cls, path: str) -> "TrainArguments":
        """All options from one YAML or JSON file.

        Raises:
            SentimentError: it cannot be read, or names an option that does not exist.
        """
        return cls(**load_recipe(path, get_type_hints(cls)))

    def command(self) -> str:
        """The command that trains the same adapter again, without any path of this machine.

        Called on arguments that are not `resolved`, it leaves to the recipe what the user left to it.
        """
        from hf_sentiment.reviews.sources import source_name

        shown = {"dataset": source_name(self.dataset), "output_dir": "DIR", "recipe": Path(self.recipe).name}
        if self.base_model_id:
            shown["base_model"] = self.base_model_id
        if self.init_adapter and Path(self.init_adapter).expanduser().is_dir():
            shown["init_adapter"] = Path(self.init_adapter).name
        skipped = {"overwrite", "resume", "push_to_hub", "private", "base_model_id"}
        parts = []
        for f in fields(self):
            value = shown.get(f.name, getattr(self, f.name))
            if f.name in skipped or (value == f.default and f.name != "recipe"):
                continue
            text = str(value)
            flag = f"--{f.name.replace('_', '-')}"
            quoted = f'"{text}"' if " " in text or not text else text
            parts.append(flag if value is True else f"{flag} {quoted}")
        return " ".join(["hf-sentiment train", *parts])
