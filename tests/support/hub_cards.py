"""The test Hub's checks of a README's metadata."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

SDKS = ("gradio", "docker", "static")
COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
_FRONT_MATTER = re.compile(r"\A\s*---\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)


class _StrictLoader(yaml.SafeLoader):
    """YAML as the Hub reads it: a repeated key is an error, while PyYAML keeps the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = [key.value for key, _ in node.value]
        twice = sorted({key for key in seen if isinstance(key, str) and seen.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"duplicated mapping key {twice[0]!r}")
        return super().construct_mapping(node, deep)


def front_matter(text: str) -> dict[str, Any] | None:
    """The metadata at the top of a README; None without such a block, ValueError if it is not a mapping."""
    block = _FRONT_MATTER.match(text)
    if block is None:
        return None
    try:
        data = yaml.load(block[1], _StrictLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"YAML metadata does not parse: {error}") from error
    if data is not None and not isinstance(data, dict):
        raise ValueError("YAML metadata must be a mapping of names to values.")
    return data


def readme_errors(content: str, repo_type: str = "model") -> list[str]:
    """What the Hub would refuse in this README."""
    try:
        card = front_matter(content) or {}
    except ValueError as error:
        return [str(error)]
    return space_errors(card) if repo_type == "space" else card_errors(card)


def space_errors(card: dict[str, Any]) -> list[str]:
    """What the Hub would refuse in a Space's metadata (https://huggingface.co/docs/hub/spaces-config-reference)."""
    errors = []
    for field, allowed in (("sdk", SDKS), ("colorFrom", COLORS), ("colorTo", COLORS)):
        if card.get(field, allowed[0]) not in allowed:
            errors.append(f'"{field}" must be one of [{", ".join(allowed)}]')
    if len(str(card.get("short_description", ""))) > 60:
        errors.append('"short_description" length must be less than or equal to 60 characters long')
    if not isinstance(card.get("app_port", 7860), int):
        errors.append('"app_port" must be a number')
    for field in ("models", "datasets", "tags"):
        if not all(isinstance(value, str) for value in card.get(field, [])):
            errors.append(f'"{field}" must be a list of strings')
    return errors


def card_errors(card: dict[str, Any]) -> list[str]:
    """What the Hub would refuse in this metadata (https://huggingface.co/docs/hub/model-cards#model-card-metadata)."""
    errors = []
    for field in ("license", "language", "datasets", "base_model", "metrics", "tags"):
        values = card.get(field, [])
        values = values if isinstance(values, list) else [values]
        if not all(isinstance(value, str) and value for value in values):
            errors.append(f'"{field}" must be a string or a list of strings')
    licences = card.get("license", [])
    for licence in licences if isinstance(licences, list) else [licences]:
        if isinstance(licence, str) and not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", licence):
            errors.append(f'"license" must be a licence identifier such as apache-2.0, not {licence!r}')
    for field in ("library_name", "pipeline_tag"):
        if not isinstance(card.get(field, ""), str):
            errors.append(f'"{field}" must be a string')
    return errors + (_model_index_errors(card["model-index"]) if "model-index" in card else [])


def _model_index_errors(index: Any) -> list[str]:
    if not isinstance(index, list) or not all(isinstance(model, dict) for model in index):
        return ['"model-index" must be a list of mappings']
    errors = []
    for i, model in enumerate(index):
        where = f"model-index[{i}]"
        if not isinstance(model.get("name"), str):
            errors.append(f'"{where}.name" must be a string')
        if not isinstance(model.get("results"), list):
            errors.append(f'"{where}.results" must be a list')
            continue
        for j, result in enumerate(model["results"]):
            errors += _result_errors(result, f"{where}.results[{j}]")
    return errors


def _result_errors(result: Any, where: str) -> list[str]:
    if not isinstance(result, dict):
        return [f'"{where}" must be a mapping']
    errors = []
    for part, fields in {"task": ("type",), "dataset": ("type", "name")}.items():
        value = result.get(part)
        for field in fields:
            if not isinstance(value, dict) or not isinstance(value.get(field), str):
                errors.append(f'"{where}.{part}.{field}" is required')
    metrics = result.get("metrics")
    if not isinstance(metrics, list):
        return [*errors, f'"{where}.metrics" must be a list']
    for k, metric in enumerate(metrics):
        if not isinstance(metric, dict) or not isinstance(metric.get("type"), str):
            errors.append(f'"{where}.metrics[{k}].type" is required')
        elif metric.get("value") is None or (isinstance(metric["value"], float) and math.isnan(metric["value"])):
            errors.append(f'"{where}.metrics[{k}].value" must have a value')
    return errors
