"""`hf-sentiment jobs train`: training on Hugging Face Jobs."""

from hf_sentiment.cli.dataclass_options import Words, parse_options
from hf_sentiment.cli.parser import did_you_mean
from hf_sentiment.cli.streams import say
from hf_sentiment.errors import SentimentError

TRAIN = Words(
    "hf-sentiment jobs train",
    "Print the command that trains an adapter on Hugging Face Jobs and publishes it from there, or submit it.\n"
    "The options are those of hf-sentiment train, and those of the job. The machine gets your token as its secret.",
    "--code ADDRESS --dataset USER/REVIEWS --push-to-hub USER/ADAPTER ",
    (
        "hf-sentiment jobs train --code https://github.com/OWNER/REPOSITORY --dataset USER/REVIEWS --push-to-hub "
        "USER/ADAPTER",
        "hf-sentiment jobs train --code https://github.com/OWNER/REPOSITORY --flavor a10g-largex2 --job-timeout 6h "
        "--recipe whole-distilbert --dataset amazon_polarity --push-to-hub USER/ADAPTER --run",
    ),
    {"run": "submit the job, which costs money while it runs"},
)


def run_jobs(argv: list[str]) -> int:
    """`hf-sentiment jobs`."""
    if argv and argv[0] == "train":
        return _train(argv[1:])
    if argv and argv[0] in ("-h", "--help"):
        return _train(["--help"])
    guess = did_you_mean(argv[0], ["train"]) if argv else ""
    raise SentimentError(f"jobs knows one command, train{guess}: hf-sentiment jobs train --help lists its options.")


def _train(argv: list[str]) -> int:
    from hf_sentiment.training.job_arguments import JobArguments

    values = parse_options(JobArguments, argv, TRAIN)
    run = values.pop("run", False)
    arguments = JobArguments(**values)
    arguments.check()
    from hf_sentiment.training.check_run import check_options

    check_options(arguments.resolved())
    from hf_sentiment.hub.jobs import Job
    from hf_sentiment.install import requirement

    job = Job(
        requirement(str(arguments.code), "embedded"),
        "hf_sentiment.training.hf_job",
        tuple(arguments.train_words()),
        arguments.flavor,
        arguments.job_timeout,
        arguments.namespace,
    )
    if not run:
        print(job.command())
        say("Nothing was submitted: run this command, or add --run.")
        return 0
    submitted = job.submit()
    print(f"Submitted: {submitted.url}\nNext:\n  hf jobs logs --follow {submitted.id}\n  hf jobs cancel {submitted.id}")
    return 0
