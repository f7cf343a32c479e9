"""Turn texts into token ids without truncation or padding: what the core needs from a tokenizer.

transformers keeps truncation and padding as state of the `tokenizers` object it wraps, so a call in one thread changes
the result in another. The core never touches that state: it encodes whole texts, and truncates and pads them itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from tokenizers import Tokenizer

from hf_sentiment.core.windows import split_into_windows
from hf_sentiment.errors import SentimentError, first_line

# Any text that every tokenizer splits into tokens.
PROBE = "good product"


@dataclass(frozen=True)
class InputFormat:
    """The format of a model's inputs.

    Attributes:
        names: the names of the inputs: "input_ids", "attention_mask", "token_type_ids".
        pad_id, pad_type: the token id and the token type id that fill a short row.
        pad_left: whether padding comes before the text.
        cut_left: whether truncation removes the beginning of a text instead of its end.
    """

    names: tuple[str, ...] = ("input_ids", "attention_mask")
    pad_id: int = 0
    pad_type: int = 0
    pad_left: bool = False
    cut_left: bool = False


@dataclass(frozen=True)
class TokenLayout:
    """How the token ids of a text become an input of the model.

    Attributes:
        format: padding, and the names of the inputs.
        prefix, suffix: ids of the special tokens before and after the text.
        prefix_types, suffix_types, text_type: token type ids of the three parts.
    """

    format: InputFormat
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    prefix_types: tuple[int, ...]
    suffix_types: tuple[int, ...]
    text_type: int = 0

    @property
    def special_tokens(self) -> int:
        """Number of special tokens in a window."""
        return len(self.prefix) + len(self.suffix)

    def model_inputs(self, tokens: Sequence[int]) -> dict[str, list[int]]:
        """The model's inputs for the tokens of one window, special tokens added, not padded."""
        ids = [*self.prefix, *tokens, *self.suffix]
        types = [*self.prefix_types, *[self.text_type] * len(tokens), *self.suffix_types]
        rows = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": types}
        return {name: rows[name] for name in self.format.names if name in rows}


class TextEncoder(Protocol):
    """A tokenizer as the core uses it; threads may share it.

    Attributes:
        layout: special tokens and padding.
    """

    layout: TokenLayout

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, not truncated and without special tokens."""
        ...

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The characters that each token of a text covers, [(start, end)]; empty if the tokenizer cannot tell."""
        ...


class FastTextEncoder:
    """A `tokenizers.Tokenizer` with its truncation and padding off.

    Args:
        tokenizer: not shared with other code; its truncation and padding are turned off.
        format: the format of the model's inputs.

    Raises:
        SentimentError: its special tokens are not placed before and after the text.
    """

    def __init__(self, tokenizer: Tokenizer, format: InputFormat) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer

        def probe(text: str, special: bool) -> tuple[list[int], list[int]]:
            encoded = tokenizer.encode(text, add_special_tokens=special)
            return encoded.ids, encoded.type_ids

        self.layout = find_layout(probe, format)

    @classmethod
    def read(cls, path: Path, names: tuple[str, ...]) -> Self:
        """Read what `write` wrote.

        Args:
            path: tokenizer.json.
            names: the model's inputs.

        Raises:
            SentimentError: it cannot be read, or does not say how rows are padded and cut.
        """
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise SentimentError(f"{path} cannot be read ({first_line(error)}): export the adapter again.") from error
        pad, cut = tokenizer.padding, tokenizer.truncation
        if pad is None or cut is None:
            raise SentimentError(f"{path} does not say how rows are padded and cut: export the adapter again.")
        left = (pad["direction"] == "left", cut["direction"] == "left")
        return cls(tokenizer, InputFormat(names, pad["pad_id"], pad["pad_type_id"], *left))

    def write(self, path: Path, max_length: int) -> None:
        """Write tokenizer.json, with how rows are padded and cut.

        Args:
            path: the file.
            max_length: tokens in a window.
        """
        whole, form = Tokenizer.from_str(self._tokenizer.to_str()), self.layout.format
        whole.enable_padding(
            direction="left" if form.pad_left else "right",
            pad_id=form.pad_id,
            pad_type_id=form.pad_type,
            pad_token=whole.id_to_token(form.pad_id) or "",
        )
        whole.enable_truncation(max_length, direction="left" if form.cut_left else "right")
        whole.save(str(path))

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, not truncated and without special tokens."""
        # The fast variant skips offsets, which are not needed here.
        return [each.ids for each in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The characters that each token of a text covers: [(start, end)]."""
        return self._tokenizer.encode(text, add_special_tokens=False).offsets


def find_layout(probe: Callable[[str, bool], tuple[list[int], list[int]]], format: InputFormat) -> TokenLayout:
    """Find the layout of a tokenizer by encoding one text with and without special tokens.

    Args:
        probe: called with a text and whether to add special tokens; returns token ids and token type ids.
        format: the format of the model's inputs.

    Raises:
        SentimentError: its special tokens are not placed before and after the text.
    """
    text, _ = probe(PROBE, False)
    ids, types = probe(PROBE, True)
    starts = [place for place in range(len(ids) - len(text) + 1) if ids[place : place + len(text)] == text]
    if not text or not starts:
        raise SentimentError(
            "The tokenizer does not put its special tokens before and after the text, and no other layout is "
            "supported: use a base with an ordinary tokenizer."
        )
    start, stop = starts[0], starts[0] + len(text)
    return TokenLayout(
        format=format,
        prefix=tuple(ids[:start]),
        suffix=tuple(ids[stop:]),
        prefix_types=tuple(types[:start]),
        suffix_types=tuple(types[stop:]),
        text_type=types[start],
    )


def encode_truncated(encoder: TextEncoder, texts: Sequence[str], max_length: int) -> list[list[int]]:
    """The token ids of each text, truncated to a window but without its special tokens.

    Args:
        encoder: the adapter's tokenizer.
        texts: rendered reviews.
        max_length: tokens in a window, special tokens included.
    """
    room = max_length - encoder.layout.special_tokens
    tokens = encoder.encode(texts)
    windows = split_into_windows([len(each) for each in tokens], room, None, from_end=encoder.layout.format.cut_left)
    return [tokens[owner][start:stop] for owner, start, stop in windows]
