"""Words as search compares them: without accents, case or punctuation.

Both databases get the same folded words, so that both find the same.
"""

import unicodedata
from collections.abc import Iterable

LONGEST = 64
MOST = 500
# Begins what nobody can type: `folded` keeps letters and digits alone.
MARK = "\N{SECTION SIGN}"


def folded(text: str) -> list[str]:
    """Return the words of a text, folded, in their order.

    Words of scripts that put no spaces between them stay together.
    """
    plain = unicodedata.normalize("NFKD", text)
    letters = (one for one in plain.casefold() if unicodedata.category(one) != "Mn")
    spaced = "".join(one if one.isalnum() else " " for one in letters)
    return [word[:LONGEST] for word in spaced.split()]


def document(texts: Iterable[str | None], marks: Iterable[str]) -> str:
    """Return what is kept of the texts about one study: each word once, and its marks.

    Parameters
    ----------
    marks
        What may be searched for in a field of its own: from `mark`.
    """
    words = {word for text in texts if text for word in folded(text)}
    return " ".join((*sorted(marks), *sorted(words)[:MOST]))


def mark(kind: str, value: str) -> str:
    """Return the word for a value of a field, which no free text contains."""
    return f"{MARK}{kind}{''.join(folded(value))}"
