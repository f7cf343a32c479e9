"""Check a run before anything heavy is imported: a mistake in the options should cost no time and leave no folder."""

import os

from hf_sentiment.errors import SentimentError
from hf_sentiment.hub import check_identifiers
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.labels import parse_names
from hf_sentiment.reviews.layout import check_files
from hf_sentiment.reviews.left_out import RejectsFile
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.sources import check_path
from hf_sentiment.reviews.unlabelled import open_unlabelled
from hf_sentiment.training.output_folder import check_folder
from hf_sentiment.training.resolved import ResolvedArguments

# Set by `accelerate launch` for a configuration with FSDP.
FSDP = "ACCELERATE_USE_FSDP"
# The options that take one of a few words.
CHOICES = {
    "fit_head": ("new", "always", "never"),
    "wake": ("titles", "mean", "never"),
    "choose_by": ("auto", "accuracy", "macro-f1"),
}


def check_run(arguments: ResolvedArguments) -> None:
    """Check what needs neither torch nor the network.

    Raises:
        SentimentError: as in `check_options`, or the output folder is in use.
    """
    check_options(arguments)
    check_folder(arguments.run)


def check_options(arguments: ResolvedArguments) -> None:
    """Check the options of a run, without its output folder.

    Raises:
        SentimentError: the licence, the language, a file of reviews, a column or a choice is wrong, or the launcher
            divides the model.
    """
    if os.environ.get(FSDP, "").lower() == "true":
        raise SentimentError(
            "FSDP divides the encoder among the processes, and no adapter can be saved from that yet: use "
            "launch/one-machine.yaml. Only the adapter is trained, so an encoder needs 2 bytes for each parameter."
        )
    options = data_options(arguments)
    for name, choices in CHOICES.items():
        if (given := arguments.flat()[name]) not in choices:
            raise SentimentError(f"--{name.replace('_', '-')} is {given!r}: give one of {', '.join(choices)}.")
    # The card is written last; refuse here what it would refuse.
    check_identifiers(arguments.publish.license, arguments.publish.language)
    check_path(options.source)
    check_files(options)
    if options.rejects is not None:
        RejectsFile(options.rejects)
    if arguments.data.unlabelled:
        open_unlabelled(arguments.data.unlabelled, options.columns, header=options.header)


def data_options(arguments: ResolvedArguments) -> DataOptions:
    """Which reviews a run reads, and how."""
    data = arguments.data
    slices = tuple(parse_names(data.slice_columns) or ()) or None
    return DataOptions(
        data.dataset,
        config=data.config,
        revision=data.revision,
        columns=Columns(data.text_column, data.title_column, data.label_column, slices),
        labels=data.labels,
        label_map=data.label_map,
        header=data.header,
        validation_file=data.validation_file,
        test_file=data.test_file,
        rejects=data.rejects,
        train_size=data.train_size,
        validation_size=data.validation_size,
        test_size=data.test_size,
        seed=arguments.run.seed,
    )
