"""Keep people's edits when a card is written again.

A comment at the end of the card lists a digest of each part as hf_sentiment wrote it: the metadata entries, the
introduction, and the sections under a heading "## ...". A part that differs from its digest was edited; a part that is
listed but missing was removed; a part that is not listed was added by somebody.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from huggingface_hub import ModelCard
from huggingface_hub.utils import yaml_dump  # type: ignore[attr-defined] # exported without __all__
from yaml import YAMLError

from hf_sentiment.errors import SentimentError, first_line

# Replaced when `publish` knows the repository.
REPO_PLACEHOLDER = "USER/NAME"
INTRODUCTION = "introduction"
SIGNATURE = """<!-- hf_sentiment wrote this card for {repo}. When it writes the card again, it keeps the metadata
entries and the sections (under a heading "## ...") that you edited, added or removed. To have an edited one written
again, delete its line from this list.
{digests}
-->"""
COMMENT = re.compile(r"^<!-- hf_sentiment wrote this card for (\S+)\. .*?^-->\n?", re.DOTALL | re.MULTILINE)
DIGEST = re.compile(r"^(.+) ([0-9a-f]{8})$", re.MULTILINE)
# From the template with which PEFT starts a card.
UNWRITTEN = "[More Information Needed]"


@dataclass
class CardParts:
    """The parts of a card.

    Attributes:
        metadata: its front matter.
        sections: heading line -> text, heading included; the first is the introduction.
        digests: of the parts as hf_sentiment last wrote them; empty for a card that it did not write.
        repo: for which it was written: the placeholder, or the name of an adapter that ships with the package.
    """

    metadata: dict[str, Any]
    sections: dict[str, str]
    digests: dict[str, str] = field(default_factory=dict)
    repo: str = REPO_PLACEHOLDER

    @classmethod
    def of(cls, text: str) -> "CardParts":
        """Split a card into its parts; the repository's name becomes the placeholder again.

        Raises:
            SentimentError: its metadata is not valid YAML.
        """
        digests, repo = {}, REPO_PLACEHOLDER
        if comment := COMMENT.search(text):
            digests = dict(DIGEST.findall(comment[0]))
            text = text[: comment.start()] + text[comment.end() :]
            if "/" in comment[1]:
                # Do not match the beginning of a longer name.
                text = re.sub(rf"(?<![\w./-]){re.escape(comment[1])}(?![\w/-]|\.\w)", REPO_PLACEHOLDER, text)
            else:
                repo = comment[1]
        try:
            card = ModelCard(text, ignore_metadata_errors=True)
        except (ValueError, TypeError, RecursionError, YAMLError) as error:
            raise SentimentError(
                f"The metadata at the head of a card cannot be read ({first_line(error)}): correct its YAML."
            ) from None
        return cls(card.data.to_dict(), _sections(card.text), digests, repo)

    def text(self) -> str:
        """The whole card."""
        digests = "\n".join(f"{name} {digest}" for name, digest in self.digests.items())
        comment = [SIGNATURE.format(repo=self.repo, digests=digests)] if self.digests else []
        body = "\n\n".join([*self.sections.values(), *comment])
        return f"---\n{yaml_dump(self.metadata, sort_keys=False)}---\n\n{body}\n"


def sign(text: str, repo: str = REPO_PLACEHOLDER) -> str:
    """Add the comment with digests to a newly rendered card, so that later edits can be recognized.

    Args:
        text: the card.
        repo: which it names: the placeholder, or an adapter that ships with the package.
    """
    parts = CardParts.of(text)
    parts.repo = repo
    parts.digests = {name: _digest(part) for name, part in (parts.metadata | parts.sections).items()}
    return parts.text()


def keep_edits(new: str, old: str) -> str:
    """Carry the edits in an old card over to a new one.

    Args:
        new: a signed card; where both cards were edited, its edits win.
        old: the card that it replaces. If hf_sentiment did not write it, only sections with other headings are kept.
    """
    written, before = CardParts.of(new), CardParts.of(old)
    if not before.digests:
        # The rest may come from a template or be out of date.
        before.metadata = {}
        before.sections = {
            name: text
            for name, text in before.sections.items()
            if name != INTRODUCTION and name not in written.sections and UNWRITTEN not in text
        }
    merged = CardParts(
        _merge(written.metadata, before.metadata, written.digests, before.digests),
        _merge(written.sections, before.sections, written.digests, before.digests),
        written.digests,
        written.repo,
    )
    return merged.text()


def _merge(new: dict[str, Any], old: dict[str, Any], written: dict[str, str], before: dict[str, str]) -> dict[str, Any]:
    merged = {}
    for name, part in new.items():
        if written.get(name) == _digest(part) and name in before:
            if name not in old:
                continue
            if _digest(old[name]) != before[name]:
                part = old[name]
        merged[name] = part
    return _with_added(merged, old, before)


def _with_added(merged: dict[str, Any], old: dict[str, Any], before: dict[str, str]) -> dict[str, Any]:
    """Insert the parts that people added to the old card, each after the part that it followed there."""
    order = list(merged)
    previous: str | None = None
    for name, part in old.items():
        if name not in merged and before.get(name) != _digest(part):
            order.insert(order.index(previous) + 1 if previous is not None and previous in order else len(order), name)
        if name in order:
            previous = name
    return {name: merged[name] if name in merged else old[name] for name in order}


def _sections(text: str) -> dict[str, str]:
    found: dict[str, list[str]] = {INTRODUCTION: []}
    name, fenced = INTRODUCTION, False
    for line in text.strip().splitlines():
        # In a code block, "## " starts a comment.
        fenced ^= line.lstrip().startswith("```")
        if line.startswith("## ") and not fenced:
            name = line.strip()
        found.setdefault(name, []).append(line.rstrip())
    return {name: "\n".join(lines).strip() for name, lines in found.items() if any(lines)}


def _digest(part: Any) -> str:
    text = part if isinstance(part, str) else json.dumps(part, sort_keys=True, default=str)
    return hashlib.sha256(text.strip().encode()).hexdigest()[:8]
