"""Files of tiny reviews in every format that is scored, written and read back."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
from tiny import tiny_reviews

SUFFIXES = ["csv", "tsv", "jsonl", "parquet"]


def reviews(rows: int) -> list[dict]:
    """Reviews with a column of another type, a label of their own, and text that tries the formats."""
    made = [{"id": i, "review": row["text"], "label": row["label"]} for i, row in enumerate(tiny_reviews(rows, seed=4))]
    made[1]["review"] += ',\t"so" they\r\nsay;\rünïcode 😀'
    return made


def write(path, rows):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], delimiter="\t" if path.suffix == ".tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    return path


def read(path) -> list[dict]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_bytes().splitlines()]
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def rejects_of(result) -> list[tuple]:
    with open(result.rejects, encoding="utf-8") as file:
        return [(entry["row"], entry["reason"], entry["input"]) for entry in map(json.loads, file)]
