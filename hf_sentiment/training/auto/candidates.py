"""The recipes that `auto` tries, in the order of what they cost."""

from dataclasses import dataclass

from datasets import Dataset

from hf_sentiment.adapter.embedded_base import BASE_ID
from hf_sentiment.reviews.polarity import meaning_of
from hf_sentiment.training.arguments import SHAPE, TrainArguments
from hf_sentiment.training.setup import RunSetup

AS_IS, NEW_HEAD, BASE_HEAD, WARM, OWN = "as-is", "new-head", "base-head", "minilm-warm", "minilm"


@dataclass(frozen=True)
class Candidate:
    """A recipe that `auto` tries.

    Attributes:
        recipe: its name.
        what: what it does, for the table.
        trains: whether it changes the encoder; the others are for few rows.
    """

    recipe: str
    what: str
    trains: bool


CANDIDATES = (
    Candidate(AS_IS, "the shipped adapter as it is", trains=False),
    Candidate(NEW_HEAD, "the shipped adapter with a new head", trains=False),
    Candidate(BASE_HEAD, "the base with a new head", trains=False),
    Candidate(WARM, "trained from the shipped adapter", trains=True),
    Candidate(OWN, "trained from the base", trains=True),
)


def candidates_for(setup: RunSetup, arguments: TrainArguments) -> list[Candidate]:
    """The recipes that suit a run, the cheapest first.

    Args:
        setup: of the run with the options of the recipe `minilm`.
        arguments: the user's options; those that shape the LoRA layers, or the length of the training, leave out the
            recipes that they would not fit.
    """
    if setup.arguments.lora.init_adapter:
        return [_only(WARM)]
    shaped = any(getattr(arguments, name) is not None for name in SHAPE)
    several = setup.config.multi_label or not isinstance(setup.reviews.train, Dataset)
    if setup.base.id != BASE_ID or shaped or several:
        return [_only(OWN)]
    fits = sorted(map(meaning_of, setup.config.labels)) == ["negative", "positive"]
    trains = arguments.epochs is not None or arguments.max_steps is not None
    return [each for each in CANDIDATES if (fits or each.recipe != AS_IS) and (each.trains or not trains)]


def usually_best(tried: list[Candidate], *, few: bool) -> Candidate:
    """The recipe that is the best most often: training from the shipped adapter.

    With few rows, the shipped adapter as it is, where its labels are those of the rows: training can make it worse. See
    docs/recipes.md, "What `auto` chooses from".

    Args:
        tried: at least one candidate.
        few: whether there are few rows.
    """
    order = [AS_IS, WARM] if few else [WARM]
    by_recipe = {each.recipe: each for each in tried}
    return next((by_recipe[recipe] for recipe in order if recipe in by_recipe), tried[0])


def _only(recipe: str) -> Candidate:
    return next(each for each in CANDIDATES if each.recipe == recipe)
