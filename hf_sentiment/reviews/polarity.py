"""Which labels mean negative and positive, in whatever words."""

# As written in lower case without accents being removed; each language's usual names of the two classes.
WORDS = {
    "negative": (
        "negative neg bad poor dislike unhappy negativ schlecht négatif négative mauvais mauvaise negativo negativa "
        "malo mala mal ruim cattivo negatief slecht negatywny negatywna zły dårlig dålig negatiivinen huono negativní "
        "špatný negatív rossz αρνητικό отрицательный отрицательная негативный негативная негатив плохой негативний "
        "поганий olumsuz kötü سلبي שלילי नकारात्मक negatif buruk tiêu_cực 负面 消极 "
        "差评 負面 ネガティブ 否定的 부정 부정적"
    ),
    "positive": (
        "positive pos good great like happy positiv gut positif bon bonne positivo positiva bueno buena bom buono "
        "positief goed pozytywny pozytywna dobry god bra positiivinen hyvä pozitivní dobrý pozitív jó θετικό "
        "положительный положительная позитивный позитивная позитив хороший позитивний добрий olumlu iyi إيجابي חיובי "
        "सकारात्मक baik tích_cực 正面 积极 好评 ポジティブ 肯定的 긍정 긍정적"
    ),
}
_MEANINGS = {word.replace("_", " "): meaning for meaning, words in WORDS.items() for word in words.split()}


def meaning_of(label: str) -> str:
    """What a label means: "negative" or "positive" in a known language, else the label itself in lower case."""
    name = " ".join(label.split()).casefold()
    return _MEANINGS.get(name, name)
