"""The bodies of requests and answers, as OpenAPI describes them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
TopK = Annotated[int | None, Field(ge=1, description="labels per review, highest first; all of them without it")]
TargetError = Annotated[float | None, Field(gt=0, lt=1, description="marks reviews as undecided: 0.05")]
Function = Annotated[Literal["softmax", "sigmoid", "none"] | None, Field(description="instead of the adapter's own")]
LongReviews = Annotated[
    Literal["windows", "truncate"] | None, Field(description="read a long review whole, or its beginning")
]


class _Body(BaseModel):
    # Nothing that a client asks for is ignored, and "1" is not 1.
    model_config = ConfigDict(extra="forbid", strict=True)


class ReviewBody(_Body):
    """A review with a title."""

    text: Text
    title: str | None = None


Review = Text | ReviewBody


class Options(_Body):
    """Options of a call, as the pipeline has them."""

    top_k: TopK = None
    function_to_apply: Function = None
    target_error: TargetError = None
    explain: Annotated[bool, Field(description="add what each word contributes")] = False
    windows: Annotated[bool, Field(description="add in how many windows a review was read")] = False
    present: Annotated[bool, Field(description="of a multi-label adapter: the labels that reach their thresholds")] = (
        False
    )
    long_reviews: LongReviews = None

    def chosen(self) -> dict[str, Any]:
        """As keywords of a call."""
        return self.model_dump()


class HubRequest(_Body):
    """What huggingface_hub's InferenceClient sends."""

    inputs: Review | list[Review]
    parameters: Options | None = None
    options: Annotated[dict[str, Any] | None, Field(description="of the hosted API; they have no effect here")] = None


class VertexRequest(_Body):
    """What Vertex AI sends."""

    instances: list[Review]
    parameters: Options | None = None


class TeiRequest(_Body):
    """What clients of text-embeddings-inference send to /predict."""

    inputs: Annotated[
        Text | list[Text] | list[list[Text]],
        Field(description='a review, or a batch: [["a"], ["b"]]. ["a", "b"] is a pair, which is refused.'),
    ]
    raw_scores: bool = False
    truncate: Annotated[bool, Field(description="read the beginning of a long review instead of all of it")] = False
    truncation_direction: Literal["left", "right", "Left", "Right"] = "right"


class ClassifyRequest(Options):
    """Reviews for one adapter, for several, or for all."""

    reviews: list[Review]
    adapter: Annotated[str | None, Field(description="its name; the first one without it")] = None
    adapters: Annotated[
        list[str] | Literal["all"] | None, Field(description='several: each answers each review; or "all"')
    ] = None


class InferTensor(_Body):
    """An input of the open inference protocol."""

    name: Literal["text", "title"]
    shape: list[int]
    datatype: Literal["BYTES"]
    data: list[str]
    parameters: dict[str, Any] | None = None


class InferOutput(_Body):
    """An output that the open inference protocol asks for."""

    name: Literal["label", "scores"]
    parameters: dict[str, Any] | None = None


class InferRequest(_Body):
    """A request of the open inference protocol, version 2."""

    inputs: list[InferTensor]
    id: str | None = None
    outputs: list[InferOutput] | None = None
    parameters: dict[str, Any] | None = None


class AdapterBody(_Body):
    """An adapter to load."""

    adapter: Annotated[Text, Field(description="a Hub id or a folder that the server's settings allow")]
    revision: str | None = None


class LabelScore(BaseModel):
    """A label with its score, and whatever else was asked for."""

    model_config = ConfigDict(extra="allow")
    label: str
    score: float


class ErrorBody(BaseModel):
    """Why there is no answer."""

    error: str
    error_type: str


class ClassifyAnswer(BaseModel):
    """The answers to reviews, in order; in place of one that cannot be scored, its error."""

    answers: list[LabelScore | list[LabelScore] | ErrorBody | dict[str, Any]]


class Predictions(BaseModel):
    """The answers that Vertex AI expects."""

    predictions: list[list[LabelScore]]
