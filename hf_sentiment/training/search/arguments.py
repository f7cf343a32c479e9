"""SearchArguments: the options of training, and those of a search."""

from dataclasses import dataclass, replace

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.arguments import TrainArguments, option
from hf_sentiment.training.search.space import Space

# The number of trials of a TPE search, by default.
TRIALS = 20


@dataclass
class SearchArguments(TrainArguments):
    """Options of a search: those of training, which all trials share, and these."""

    space: str = option(
        "grid, optuna, or a YAML file: which options to search, and over which values", "grid", group="search"
    )
    trials: int | None = option(f"number of trials; not for a grid (default: {TRIALS})")
    workers: int = option("number of processes that run trials in parallel, sharing the CPU cores", 1)
    storage: str | None = option(
        "database of the trials, for searches on several machines, each with an --output-dir of its own: "
        "postgresql://USER@HOST/DATABASE or sqlite:///FILE (default: a file in --output-dir)"
    )
    study_name: str = option("name of the search in --storage, which may hold several", "search")
    heartbeat: int = option(
        "seconds between the signs of life of a trial in --storage; without three of them, another search tries it", 60
    )

    def with_fixed(self, space: Space) -> "SearchArguments":
        """A copy with the space's fixed options, where the user gave none, and without a minimum of steps."""
        fixed = {name: value for name, value in space.fixed.items() if getattr(self, name) is None}
        # A minimum number of steps would hide the effect of epochs and batch sizes.
        return replace(self, **fixed | {"min_steps": 0})

    def number_of_trials(self, space: Space) -> int:
        """How many trials the search has.

        Raises:
            SentimentError: a number is given for a grid, or it is less than 1.
        """
        if space.sampler == "grid":
            if self.trials is not None:
                raise SentimentError("A grid tries all of its settings: remove --trials.")
            return len(space.combinations())
        trials = TRIALS if self.trials is None else self.trials
        if trials < 1:
            raise SentimentError(f"--trials is {trials}: give 1 or more.")
        return trials
