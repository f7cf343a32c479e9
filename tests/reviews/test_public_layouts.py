"""Files as the public collections have them need no option beyond what the labels mean. The rows are made up."""

import csv
import gzip
import json

import pytest
from scoring_doors import texts_scored
from tiny import tiny_reviews

from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions

STARS = "1=Negative,2=Negative,3=,4=Positive,5=Positive"
ROWS = 60
BODIES = [f"{row['text']}, number {index}" for index, row in enumerate(tiny_reviews(ROWS))]
TITLES = [f"Title {index}" for index in range(ROWS)]


def star(index):
    return 1 + 4 * (index % 2)


def table(path, header, rows, delimiter=",", encoding="utf-8", **options):
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=delimiter, **options)
        writer.writerows([header, *rows] if header else rows)


def lines(path, rows):
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def amazon_fine_food(folder):
    header = "Id,ProductId,UserId,ProfileName,HelpfulnessNumerator,HelpfulnessDenominator,Score,Time,Summary,Text"
    rows = [[i, "B0", "A1", "n/a", 1, 1, star(i), 1303862400, TITLES[i], BODIES[i]] for i in range(ROWS)]
    table(folder / "Reviews.csv", header.split(","), rows)
    return folder / "Reviews.csv", STARS


def amazon_2018(folder):
    rows = [
        {"overall": float(star(i)), "verified": True, "reviewerID": "A1", "asin": "B0", "style": {"Color:": " red"}}
        | {"reviewText": BODIES[i], "summary": TITLES[i], "unixReviewTime": 1303862400, "vote": "3"}
        for i in range(ROWS)
    ]
    lines(folder / "Musical_Instruments_5.json.gz", rows)
    return folder / "Musical_Instruments_5.json.gz", STARS


def amazon_2023(folder):
    rows = [
        {"rating": float(star(i)), "title": TITLES[i], "text": BODIES[i], "asin": "B0", "parent_asin": "B0"}
        | {"images": [] if i < 40 else [{"small_image_url": "x"}], "helpful_vote": i, "verified_purchase": i % 3 == 0}
        for i in range(ROWS)
    ]
    lines(folder / "All_Beauty.jsonl", rows)
    return folder / "All_Beauty.jsonl", STARS


def amazon_tsv(folder):
    header = "marketplace\tcustomer_id\treview_id\tproduct_id\tproduct_parent\tproduct_title\tproduct_category"
    header += "\tstar_rating\thelpful_votes\ttotal_votes\tvine\tverified_purchase\treview_headline\treview_body"
    rows = [
        ["US", 1, "R1", "B0", 2, "Kettle", "Kitchen", star(i), 0, 0, "N", "Y", TITLES[i], BODIES[i], "2015-08-31"]
        for i in range(ROWS)
    ]
    # Its quotes are letters.
    rows[7][13] = BODIES[7] = f'"Great {BODIES[7]}'
    header = [*header.split("\t"), "review_date"]
    table(folder / "kitchen.tsv", header, rows, "\t", quoting=csv.QUOTE_NONE, quotechar=None)
    return folder / "kitchen.tsv", STARS


def yelp(folder):
    rows = [
        {"review_id": "a", "user_id": "b", "business_id": "c", "stars": float(star(i)), "useful": i, "funny": 0}
        | {"cool": 0, "text": BODIES[i], "date": "2018-07-07 22:09:11"}
        for i in range(ROWS)
    ]
    lines(folder / "yelp_academic_dataset_review.json", rows)
    return folder / "yelp_academic_dataset_review.json", STARS


def imdb_csv(folder):
    rows = [[BODIES[i], ["negative", "positive"][i % 2]] for i in range(ROWS)]
    table(folder / "IMDB Dataset.csv", ["review", "sentiment"], rows)
    return folder / "IMDB Dataset.csv", None


def imdb_folders(folder):
    for i, text in enumerate(BODIES):
        path = folder / "aclImdb" / ["train", "test"][i >= 40] / ["neg", "pos"][i % 2] / f"{i}_{star(i)}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "aclImdb/train/unsup").mkdir()
    (folder / "aclImdb/train/unsup/0_0.txt").write_text("nobody has read this one")
    (folder / "aclImdb/README").write_text("about")
    (folder / "aclImdb/train/urls_pos.txt").write_text("http://example.org")
    return folder / "aclImdb", None


def sentiment140(folder):
    rows = [
        [4 * (i % 2), 1467810369 + i, "Mon Apr 06 22:19:45 PDT 2009", "NO_QUERY", f"user_{i}", f"{BODIES[i]} é"]
        for i in range(ROWS)
    ]
    table(folder / "training.1600000.csv", None, rows, encoding="latin-1", quoting=csv.QUOTE_ALL)
    return folder / "training.1600000.csv", "0=Negative,2=,4=Positive"


def airline_tweets(folder):
    header = "tweet_id,airline_sentiment,airline_sentiment_confidence,negativereason,negativereason_confidence,airline"
    header += ",airline_sentiment_gold,name,negativereason_gold,retweet_count,text,tweet_coord,tweet_created"
    header += ",tweet_location,user_timezone"
    rows = [
        [570306133677760513 + i, ["negative", "positive"][i % 2], 1.0, "", "", "United", "", "me", "", 0, BODIES[i]]
        + ["", "2015-02-24 11:35:52 -0800", "", "Eastern Time"]
        for i in range(ROWS)
    ]
    table(folder / "Tweets.csv", header.split(","), rows)
    return folder / "Tweets.csv", None


def womens_clothing(folder):
    header = ["", "Clothing ID", "Age", "Title", "Review Text", "Rating", "Recommended IND", "Positive Feedback Count"]
    header += ["Division Name", "Department Name", "Class Name"]
    rows = [
        [i, 767, 33, TITLES[i] if i % 3 else "", BODIES[i], star(i), 1, 0, "General", "Tops", "Blouses"]
        for i in range(ROWS)
    ]
    table(folder / "Womens Clothing E-Commerce Reviews.csv", header, rows)
    return folder / "Womens Clothing E-Commerce Reviews.csv", STARS


def play_store(folder):
    header = "reviewId,userName,userImage,content,score,thumbsUpCount,reviewCreatedVersion,at,replyContent,repliedAt"
    rows = [
        ["gp:1", "me", "http://x", BODIES[i], star(i), i, "4.2", "2020-10-27 21:24:41", "" if i < 50 else "Thanks", ""]
        for i in range(ROWS)
    ]
    table(folder / "reviews.csv", header.split(","), rows)
    return folder / "reviews.csv", STARS


def app_store(folder):
    rows = [["2024-01-05", "me", TITLES[i], BODIES[i], star(i), "1.2.0", "US"] for i in range(ROWS)]
    # As a spreadsheet of a country with decimal commas saves it.
    header = ["Date", "User Name", "Title", "Review", "Rating", "Version", "Country"]
    table(folder / "app reviews.csv", header, rows, ";", "utf-8-sig")
    return folder / "app reviews.csv", STARS


def datafiniti(folder):
    header = ["id", "brand", "reviews.date", "reviews.numHelpful", "reviews.rating", "reviews.text", "reviews.title"]
    rows = [["AV1", "Amazon", "2017-01-13", "", star(i), BODIES[i], TITLES[i]] for i in range(ROWS)]
    table(folder / "1429_1.csv", header, rows)
    return folder / "1429_1.csv", STARS


def zhang_polarity(folder):
    table(folder / "train.csv", None, [[1 + i % 2, TITLES[i], BODIES[i]] for i in range(ROWS)], quoting=csv.QUOTE_ALL)
    return folder / "train.csv", "1=Negative,2=Positive"


LAYOUTS = [
    amazon_fine_food,
    amazon_2018,
    amazon_2023,
    amazon_tsv,
    yelp,
    imdb_csv,
    imdb_folders,
    sentiment140,
    airline_tweets,
    womens_clothing,
    play_store,
    app_store,
    datafiniti,
    zhang_polarity,
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_option_but_the_meaning_of_the_labels(tmp_path, layout):
    path, label_map = layout(tmp_path)
    reviews = load_reviews(DataOptions(str(path), label_map=label_map))
    assert reviews.labels == ["Negative", "Positive"]
    read = [row for part in (reviews.train, reviews.validation, reviews.test) for row in part]
    wanted = [f"{body} é" for body in BODIES] if layout is sentiment140 else BODIES
    assert sorted(row["text"] for row in read) == sorted(wanted)
    # By their place: odd rows are positive.
    assert all(row["label"] == wanted.index(row["text"]) % 2 for row in read)
    titles = {row["title"] for row in read}
    assert titles <= {*TITLES, ""} and (len(titles) > 30 or "TITLES" not in layout.__code__.co_names)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_evaluation_and_prediction_read_the_same_rows(tmp_path, layout):
    path, label_map = layout(tmp_path)
    parts = ["train", "test"] if layout is imdb_folders else ["train"]
    options = DataOptions(str(path), label_map=label_map, labels=["Negative", "Positive"])
    texts = [text for part in parts for text in load_split(options, part)["text"]]
    assert len(texts) == ROWS
    if path.is_file():
        assert sorted(texts) == sorted(text for _, text in texts_scored(path, tmp_path / "scored.jsonl"))
