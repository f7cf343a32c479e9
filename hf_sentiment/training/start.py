"""Where training starts: a head that fits the rows, and a first token that says something."""

from typing import cast

import torch
from datasets import Dataset
from peft import PeftModel
from peft.tuners.lora import Linear

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.unlabelled import read_unlabelled
from hf_sentiment.training.callbacks.weight_average import copy_into, trained_parameters
from hf_sentiment.training.check_run import data_options
from hf_sentiment.training.device import training_device
from hf_sentiment.training.features import read_by_layer
from hf_sentiment.training.fit_head import FittedHead, fit_head
from hf_sentiment.training.head import head_layer, hidden_layer, pass_on
from hf_sentiment.training.say import Say
from hf_sentiment.training.setup import RunSetup
from hf_sentiment.training.titles import TitleOptions, learn_from_titles
from hf_sentiment.training.waking import cancel_query, last_query, start_awake

# Texts whose first tokens are woken; their number need only exceed the rank.
WAKING_ROWS = 512


def choose_start(model: PeftModel, setup: RunSetup, say: Say, *, wake: str, bf16: bool) -> None:
    """Wake the first token if that helps, learn from the run's unlabelled reviews, and fit the head.

    Cross-validation on the training rows decides about waking: a base whose first token was trained stays as it is.

    Args:
        model: the classifier with its LoRA layers, changed in place.
        setup: the setup of the run.
        say: called with lines about the start.
        wake: "titles", "mean" or "never"; never for layers that come from an adapter.
        bf16: compute in bf16.

    Raises:
        SentimentError: the unlabelled reviews cannot be read, are too few, or do not fit the base's head.
    """
    head = head_layer(model, len(setup.config.labels))
    if head is None:
        if setup.arguments.data.unlabelled:
            raise SentimentError(
                f"--unlabelled does not work with {setup.base.id}: its head does not end in a linear layer with a bias."
            )
        return
    fitted = fit_head(model, setup, bf16=bf16)
    if wake != "never" and fitted is not None and fitted.loss is not None:
        fitted = _woken(fitted, model, setup, say, titles=wake == "titles", bf16=bf16)
    if setup.arguments.data.unlabelled:
        _learn_titles(model, head, setup, say, bf16=bf16)
        fitted = fit_head(model, setup, bf16=bf16)
    if fitted is not None:
        fitted.put_into(head)


def _learn_titles(model: PeftModel, head: torch.nn.Linear, setup: RunSetup, say: Say, *, bf16: bool) -> None:
    arguments = setup.arguments
    options = data_options(arguments)
    reviews, left_out = read_unlabelled(str(arguments.data.unlabelled), options.columns, header=options.header)
    if left_out:
        say(f"  {left_out} rows of the unlabelled file hold no review and are left out.")
    learn_from_titles(
        model,
        head,
        reviews,
        setup.encoder,
        setup.tokenizer,
        say,
        TitleOptions(seed=arguments.run.seed),
        bf16=bf16,
        use_cpu=training_device(arguments.run.use_cpu).type == "cpu",
    )


def _woken(asleep: FittedHead, model: PeftModel, setup: RunSetup, say: Say, *, titles: bool, bf16: bool) -> FittedHead:
    """Wake the first token, and keep that if the head fits better."""
    tuned = trained_parameters(model).values()
    earlier = [value.detach().clone() for value in tuned]
    if titles and start_awake(model, setup.base.id):
        start = "layers that have learnt from titles of Amazon reviews, without labels"
    elif (query := last_query(model)) is not None:
        _cancel(query, model, setup, bf16=bf16)
        start = "a first token that reads the mean of all tokens"
    else:
        return asleep
    if (hidden := hidden_layer(model)) is not None:
        pass_on(hidden)
    woken = fit_head(model, setup, bf16=bf16)
    assert asleep.loss is not None and woken is not None and woken.loss is not None
    if woken.loss < asleep.loss:
        say(f"Starting from {start}: the head's cross-validated loss is {woken.loss:.2f} instead of {asleep.loss:.2f}")
        setup.reviews.notes.append(f"Training started from {start}.")
        return woken
    copy_into(tuned, earlier)
    return asleep


def _cancel(query: Linear, model: PeftModel, setup: RunSetup, *, bf16: bool) -> None:
    rows = cast(Dataset, setup.reviews.train)
    some = rows.select(range(min(len(rows), WAKING_ROWS)))
    cancel_query(query, torch.from_numpy(read_by_layer(query, model, some, setup, bf16=bf16)))
