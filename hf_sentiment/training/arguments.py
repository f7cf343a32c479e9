"""TrainArguments: all options of a training run, from flags, from one YAML file or from Python."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, get_type_hints

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.sources import source_name
from hf_sentiment.training.recipe_files import AUTO, load_recipe
from hf_sentiment.training.resolved import ResolvedArguments

# Options that name a file beside the dataset.
FILES = ("validation_file", "test_file", "unlabelled")

# Options of the LoRA layers that come with an adapter to start from.
SHAPE = ("target_modules", "upper_layers", "lora_r", "lora_alpha", "lora_dropout", "use_rslora")


def option(text: str, default: Any = None, *, group: str | None = None) -> Any:
    """A field of an options class, with its help text; `group` is the title of the group that begins with it."""
    return field(default=default, metadata={"help": text, "group": group})


def _recipe_option(text: str, *, group: str | None = None) -> Any:
    """An option that a recipe may set; None means: the recipe's value, or else the base recipe's."""
    return option(f"{text} (default: the recipe's)", group=group)


@dataclass
class TrainArguments:
    """Options of one training run. Options that are None and that a recipe may set are taken from the recipe."""

    recipe: str = option(
        "auto (chosen by cross-validation on the training reviews), a shipped recipe (minilm, minilm-warm, ...), or a "
        "YAML file; hf-sentiment recipes lists them",
        AUTO,
        group="run",
    )
    dataset: str | None = option(
        "demo, amazon_polarity, a CSV, TSV, JSON, Parquet or Excel file or folder, or a Hub id (required)"
    )
    output_dir: str | None = option("folder for the adapter (required)")
    overwrite: bool = option("replace an adapter that is already in output_dir", False)
    resume: bool = option("resume from the last complete checkpoint in output_dir", False)

    dataset_config: str | None = option("configuration of a Hub dataset", group="data")
    dataset_revision: str | None = option("revision of a Hub dataset")
    text_column: str | None = option("column of the review text (default: found by its usual names)")
    title_column: str | None = option("column of the title (default: found by its usual names)")
    label_column: str | None = option("column of the label (default: found by its usual names)")
    slice_columns: str | None = option("columns whose values define the report's slices, e.g. domain,sarcastic")
    labels: str | None = option("names of the classes in class order, e.g. Negative,Neutral,Positive")
    label_map: str | None = option('source values to labels, e.g. "1=Negative,2=Negative,3=,4=Positive,5=Positive"')
    header: bool = option("the first row of a CSV, TSV or Excel file has the names of its columns", True)
    validation_file: str | None = option("file of the validation reviews, in place of the dataset's own or drawn ones")
    test_file: str | None = option("file of the test reviews, in place of the dataset's own or drawn ones")
    unlabelled: str | None = option(
        "file of reviews without labels, best with titles: the encoder first learns to predict their titles' words"
    )
    rejects: str | None = option("file to write lost rows to: those that cannot be read, or have no text or no label")
    train_size: int | None = option("maximum number of training reviews, drawn at random (default: all)")
    validation_size: int | None = option(
        "number of validation reviews (default: a quarter of train_size, at most 1000)"
    )
    test_size: int | None = option("maximum number of test reviews, drawn at random (default: all)")

    streaming: bool | None = _recipe_option("read the training rows during training instead of loading them all")

    base_model: str | None = _recipe_option("Hub id, folder or short name of the base encoder", group="base and start")
    base_revision: str | None = option("revision of the base on the Hub")
    base_model_id: str | None = option("Hub id to record for a base that is given as a folder")
    trust_remote_code: bool = option("allow a base that brings its own Python code", False)

    init_adapter: str | None = option(
        "adapter to continue training from (default, accurate, a folder or a Hub id), for the same labels or for "
        "others; it keeps its rank and target modules"
    )
    fit_head: str | None = _recipe_option(
        "new, always or never: which heads are fitted by logistic regression before the encoder is trained"
    )
    wake: str | None = _recipe_option(
        "titles, mean or never: what a first token that was never trained starts from, if the head fits better then"
    )
    target_modules: str | None = _recipe_option(
        "query, query-value, attention, all-linear, or comma-separated names of linear layers", group="LoRA"
    )
    upper_layers: int | None = _recipe_option(
        "adapt only this many of the last layers; the output of the layers below is computed once (0: all layers)"
    )
    lora_r: int | None = _recipe_option("rank of the LoRA updates")
    lora_alpha: int | None = _recipe_option("scales the LoRA updates by alpha / r")
    lora_dropout: float | None = _recipe_option("dropout before the LoRA updates")
    use_rslora: bool | None = _recipe_option("scale the LoRA updates by alpha / sqrt(r) instead")
    learning_rate: float | None = _recipe_option("peak learning rate of AdamW", group="optimisation")
    lr_scheduler: str | None = _recipe_option("learning rate schedule after the warmup, a transformers name")
    warmup_ratio: float | None = _recipe_option("share of the steps used for the warmup")
    weight_decay: float | None = _recipe_option("weight decay of AdamW")
    dropout: float | None = _recipe_option("dropout in the encoder's own layers during training (none: as in the base)")
    word_dropout: float | None = _recipe_option("share of the tokens hidden in each training step")
    label_smoothing: float | None = _recipe_option("label smoothing of the cross-entropy")
    ema_decay: float | None = _recipe_option(
        "decay of the weights' exponential moving average, which becomes the adapter (0: no averaging)"
    )
    batch_size: int | None = _recipe_option("reviews per step and process")
    epochs: float | None = _recipe_option("maximum number of passes over the training reviews")
    max_steps: int | None = _recipe_option("stop after this many steps, whatever the epochs (-1: no limit)")
    min_steps: int | None = _recipe_option("train at least this many steps when the epochs of few reviews are shorter")
    eval_steps: int | None = _recipe_option("evaluate and save every this many steps (0: after every epoch)")
    patience: int | None = _recipe_option("stop after this many evaluations without improvement on the validation rows")
    choose_by: str | None = _recipe_option(
        "metric on the validation rows that selects the epoch: accuracy, macro-f1, or auto (macro-f1 if over 70 % of "
        "the training reviews have one label, else accuracy); multi-label: always average precision"
    )
    max_length: int | None = _recipe_option("window in tokens")
    group_by_length: bool | None = _recipe_option("batch reviews of similar length together")
    bf16: bool | None = _recipe_option("bf16 autocast; without effect on a device that does not support bf16")
    seed: int | None = _recipe_option("seed of the subsets, the new head, the order and the dropout")

    license: str = option("license of the adapter, written to its card", "apache-2.0", group="output")
    language: str = option("language of the reviews, written to its card", "en")
    report_texts: bool = option("show texts of misclassified test reviews in the report, which is published", False)
    use_cpu: bool = option("train on the CPU even if there is an accelerator", False)
    push_to_hub: str | None = option("user/name to publish the finished adapter to")
    private: bool = option("publish to a private repository", False)

    def resolved(self) -> ResolvedArguments:
        """These options after the recipe is applied.

        An empty option (`--label-map ""`, or null in a recipe) stands for the base recipe's value, or for the default.

        Raises:
            SentimentError: the recipe cannot be read or sets an option it must not set, or dataset or output_dir is
                missing.
        """
        for name in ("dataset", "output_dir"):
            if not getattr(self, name):
                raise SentimentError(f"train needs --{name.replace('_', '-')}.")
        return ResolvedArguments.from_flat(self.with_recipe())

    def with_recipe(self) -> dict[str, Any]:
        """The value of each option after the recipe is applied; see `resolved`."""
        options = {f.name: getattr(self, f.name) for f in fields(TrainArguments)}
        base, recipe = self._recipes()
        recipe = {name: base.get(name) if value is None else value for name, value in recipe.items()}
        if self.base_model not in (None, "", recipe.get("base_model")):
            # A recipe's starting adapter belongs to the recipe's base.
            recipe.pop("init_adapter", None)
        if self.epochs is not None:
            # With an explicit number of epochs, the recipe's minimum of steps does not apply.
            recipe["min_steps"] = 0
        for name, value in (base | recipe).items():
            if options[name] is None:
                options[name] = value
        self._check_shape(options)
        emptied = {f.name: base.get(f.name, f.default) for f in fields(TrainArguments) if options[f.name] == ""}
        return options | emptied

    def _check_shape(self, options: Mapping[str, Any]) -> None:
        given = next((name for name in SHAPE if getattr(self, name) is not None), None)
        if given and options["init_adapter"]:
            raise SentimentError(
                f"--{given.replace('_', '-')} does not fit: the adapter that training starts from "
                f'({without_path(options["init_adapter"])}) decides it. Leave it out, or give --init-adapter "".'
            )

    def _recipes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The options of the base recipe, and of this run's own one."""
        types = option_types()
        base, recipe = load_recipe("base", types), load_recipe(self.recipe, types)
        # If an option has a default, giving the default and not giving the option look the same.
        with_default = [f.name for f in fields(TrainArguments) if f.name in recipe and f.default is not None]
        if with_default:
            raise SentimentError(
                f"The recipe {self.recipe} sets {with_default[0]}, which a recipe cannot set: give "
                f"--{with_default[0].replace('_', '-')}."
            )
        return base, recipe

    @classmethod
    def from_file(cls, path: str) -> Self:
        """All options from one YAML or JSON file.

        Raises:
            SentimentError: it cannot be read, or names an option that does not exist.
        """
        return cls(**load_recipe(path, get_type_hints(cls)))

    def command(self) -> str:
        """The command that trains the same adapter again, without any local path.

        Options that the user left to the recipe are left to it here too.
        """
        shown = {name: source_name(file) for name in FILES if (file := getattr(self, name))}
        shown |= {"dataset": source_name(self.dataset or ""), "output_dir": "DIR", "recipe": Path(self.recipe).name}
        if self.base_model_id:
            shown["base_model"] = self.base_model_id
        if self.init_adapter:
            shown["init_adapter"] = without_path(self.init_adapter)
        skipped = {"overwrite", "resume", "push_to_hub", "private", "base_model_id", "rejects"}
        parts = []
        for f in fields(TrainArguments):
            value = shown.get(f.name, getattr(self, f.name))
            if f.name in skipped or (value == f.default and f.name != "recipe"):
                continue
            text = str(value)
            flag = f"--{f.name.replace('_', '-')}"
            quoted = f'"{text}"' if " " in text or not text else text
            if value is False:
                flag = flag.replace("--", "--no-", 1)
            parts.append(flag if isinstance(value, bool) else f"{flag} {quoted}")
        return " ".join(["hf-sentiment train", *parts])


def option_types() -> Mapping[str, Any]:
    """The options of training, and their declared types."""
    return get_type_hints(TrainArguments)


def without_path(adapter: str) -> str:
    """An adapter as a published folder may name it: its Hub id, or the name of its folder alone."""
    return Path(adapter).name if Path(adapter).expanduser().is_dir() else adapter
