"""What people change in a card stays when it is written anew.

A comment at the end of the card lists a digest of each part as it was written: the metadata entries, the introduction,
and the sections under a heading "## ...". A part that differs from its digest was edited, one that is listed and not
there was removed, and one that is not listed is somebody's own.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field

from huggingface_hub import ModelCard
from huggingface_hub.utils import yaml_dump
from yaml import YAMLError

from hf_sentiment.errors import SentimentError, first_line

# Stands in the card until `publish` knows the repository.
REPO_PLACEHOLDER = "USER/NAME"
INTRODUCTION = "introduction"
RULE = """<!-- hf_sentiment wrote this card for {repo}. What you change in it stays when it is written anew: entries of
the metadata and sections (under a heading "## ...") that you edit, add or remove. To have one of those below written
anew, take its line out of this list.
{digests}
-->"""
COMMENT = re.compile(r"^<!-- hf_sentiment wrote this card for (\S+)\. .*?^-->\n?", re.DOTALL | re.MULTILINE)
DIGEST = re.compile(r"^(.+) ([0-9a-f]{8})$", re.MULTILINE)
# The template that PEFT puts where there is no card.
UNWRITTEN = "[More Information Needed]"


@dataclass
class Parts:
    """A card, taken apart.

    Attributes:
        metadata: its front matter.
        sections: heading line -> text, heading included; the first is the introduction.
        digests: of the parts as hf_sentiment last wrote them; empty for a card that is not ours.
    """

    metadata: dict
    sections: dict[str, str]
    digests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Parts":
        """Take a card apart; its repository's name becomes the placeholder again.

        Raises:
            SentimentError: its metadata is no YAML.
        """
        digests = {}
        if comment := COMMENT.search(text):
            digests = dict(DIGEST.findall(comment[0]))
            text = text[: comment.start()] + text[comment.end() :]
            # Not the beginning of a longer name.
            text = re.sub(rf"(?<![\w./-]){re.escape(comment[1])}(?![\w/-]|\.\w)", REPO_PLACEHOLDER, text)
        try:
            card = ModelCard(text, ignore_metadata_errors=True)
        except (ValueError, TypeError, YAMLError) as error:
            raise SentimentError(
                f"The metadata at the head of a card cannot be read ({first_line(error)}): mend it."
            ) from None
        return cls(card.data.to_dict(), _sections(card.text), digests)

    def text(self) -> str:
        """The card, put together again."""
        digests = "\n".join(f"{name} {digest}" for name, digest in self.digests.items())
        comment = [RULE.format(repo=REPO_PLACEHOLDER, digests=digests)] if self.digests else []
        body = "\n\n".join([*self.sections.values(), *comment])
        return f"---\n{yaml_dump(self.metadata, sort_keys=False)}---\n\n{body}\n"


def sign(text: str) -> str:
    """A card as it was just rendered, with the comment that lets later ones tell what was changed in it."""
    parts = Parts.of(text)
    parts.digests = {name: _digest(part) for name, part in (parts.metadata | parts.sections).items()}
    return parts.text()


def keep_edits(new: str, old: str) -> str:
    """A new card with what people changed in an older one.

    Args:
        new: a signed card; what was edited in it counts for more than the older one's.
        old: the card that it replaces. One that hf_sentiment did not write keeps only sections of its own.
    """
    fresh, before = Parts.of(new), Parts.of(old)
    if not before.digests:
        # Anything about it may be a template's or out of date; what is under headings of its own is not.
        before.metadata = {}
        before.sections = {
            name: text
            for name, text in before.sections.items()
            if name != INTRODUCTION and name not in fresh.sections and UNWRITTEN not in text
        }
    merged = Parts(
        _merge(fresh.metadata, before.metadata, fresh.digests, before.digests),
        _merge(fresh.sections, before.sections, fresh.digests, before.digests),
        fresh.digests,
    )
    return merged.text()


def _merge(new: dict, old: dict, written: dict[str, str], before: dict[str, str]) -> dict:
    merged = {}
    for name, part in new.items():
        if written.get(name) == _digest(part) and name in before:
            if name not in old:
                continue
            if _digest(old[name]) != before[name]:
                part = old[name]
        merged[name] = part
    return _with_own(merged, old, before)


def _with_own(merged: dict, old: dict, before: dict[str, str]) -> dict:
    """Add the old parts that the new card does not have and people wrote, each behind the one it stood behind."""
    order, previous = list(merged), None
    for name, part in old.items():
        if name not in merged and before.get(name) != _digest(part):
            order.insert(order.index(previous) + 1 if previous in order else len(order), name)
        if name in order:
            previous = name
    return {name: merged[name] if name in merged else old[name] for name in order}


def _sections(text: str) -> dict[str, str]:
    found: dict[str, list[str]] = {INTRODUCTION: []}
    name, fenced = INTRODUCTION, False
    for line in text.strip().splitlines():
        # A comment in a block of code begins with the same signs.
        fenced ^= line.lstrip().startswith("```")
        if line.startswith("## ") and not fenced:
            name = line.strip()
        found.setdefault(name, []).append(line.rstrip())
    return {name: "\n".join(lines).strip() for name, lines in found.items() if any(lines)}


def _digest(part) -> str:
    text = part if isinstance(part, str) else json.dumps(part, sort_keys=True, default=str)
    return hashlib.sha256(text.strip().encode()).hexdigest()[:8]
