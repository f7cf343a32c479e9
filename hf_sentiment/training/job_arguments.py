"""JobArguments: the options of a training run on Hugging Face Jobs."""

from dataclasses import dataclass, fields
from pathlib import Path

from hf_sentiment.adapter.folder import SHIPPED
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.sources import PRESETS
from hf_sentiment.training.arguments import FILES, TrainArguments, option

# Options whose value may be a file or a folder that a run reads.
READ = ("dataset", *FILES, "init_adapter", "base_model")


@dataclass
class JobArguments(TrainArguments):
    """Options of a job: those of training, and these."""

    code: str | None = option(
        "git address from which the machine installs hf_sentiment, such as https://github.com/OWNER/REPOSITORY, with "
        "@REVISION at its end for one revision (required: no package index has it)",
        group="job",
    )
    flavor: str = option("the machine; hf jobs hardware lists them with their prices", "t4-small")
    job_timeout: str = option("the job ends after this time, whether it is done or not", "2h")
    namespace: str | None = option("user or organization that owns and pays the job (default: the token's user)")

    def __post_init__(self) -> None:
        # Where the adapter is on the machine matters to nobody.
        self.output_dir = self.output_dir or "adapter"

    def check(self) -> None:
        """Check what a job needs besides the options of training.

        Raises:
            SentimentError: an option is missing, or names a file of this machine.
        """
        if not self.code:
            raise SentimentError(
                "jobs train needs --code: the git address from which the machine can install hf_sentiment, such as "
                "https://github.com/OWNER/REPOSITORY."
            )
        if not self.push_to_hub:
            raise SentimentError(
                "jobs train needs --push-to-hub USER/ADAPTER: the machine's disk is gone when the job ends."
            )
        if Path(self.recipe).is_file():
            raise SentimentError(
                f"--recipe {self.recipe} is a file of this machine, where a job cannot read it: give its options here."
            )
        for name in READ:
            if value := getattr(self, name):
                _check_remote(name, value)

    def train_words(self) -> list[str]:
        """The options of `hf-sentiment train` on the machine."""
        words = []
        for each in fields(TrainArguments):
            value = getattr(self, each.name)
            if value != each.default:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                words += [f"--{each.name.replace('_', '-')}", text]
        return words


def _check_remote(name: str, value: str) -> None:
    """Refuse a value that the machine could not read."""
    known = {*PRESETS, *SHIPPED}
    if value in known or not (name in FILES or Path(value).expanduser().exists()):
        return
    flag = f"--{name.replace('_', '-')}"
    if name == "dataset":
        raise SentimentError(
            f"{flag} {value} is on this machine, where a job cannot read it: run hf upload USER/REVIEWS {value} "
            "--repo-type dataset --private, and give --dataset USER/REVIEWS."
        )
    if name == "init_adapter":
        raise SentimentError(
            f"{flag} {value} is on this machine, where a job cannot read it: run hf-sentiment publish {value} "
            "USER/ADAPTER, and give that name."
        )
    raise SentimentError(f"{flag} {value} is on this machine, where a job cannot read it: leave it out.")
