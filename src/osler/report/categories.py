"""The grade or class of a package in a line, for people and for programs."""

from osler.clinical import Candidate, Category, CategoryKind, Draft
from osler.report.document_parts import Object
from osler.report.words import inside_sentence, listed, percent, sentence

OVERRULED = "as the model had it before the review"


def category_lines(draft: Draft) -> tuple[str, ...]:
    """Return the line of each category that stands: a person may have turned its findings over."""
    return tuple(
        category_line(one, draft) for one in draft.categories if draft.overruled(one) is None
    )


def category_line(category: Category, draft: Draft) -> str:
    """Say what a package's findings come to, how probable that is, or why it is open."""
    after = f" ({OVERRULED})" if draft.overruled(category) else ""
    return sentence(f"{category.subject}: {_said(category)}{after}")


def category_part(category: Category, draft: Draft) -> Object:
    """Describe a category for programs."""
    return {
        "model": category.model.name,
        "model_version": category.model.version,
        "kind": category.kind.value,
        "subject": category.subject,
        "state": category.state,
        "among": list(category.among),
        "candidates": [
            {"name": one.name, "display": one.display, "probability": one.probability}
            for one in category.candidates
        ],
        "why": category.why,
        "words": category_line(category, draft),
    }


def _said(category: Category) -> str:
    """Say it without its subject."""
    likeliest, *_ = category.candidates or (None,)
    if likeliest is None:
        return f"{category.kind} not assessed; {category.why}"
    names = [_named(one) for one in category.candidates]
    is_grade = category.kind is CategoryKind.GRADE
    scale = f" of {category.among[0]} to {category.among[-1]}" if is_grade else ""
    if category.state == "settled":
        name = f"{'' if is_grade else 'most like '}{inside_sentence(likeliest.display)}"
        return f"{name}{scale} (probability {percent(likeliest.probability)})"
    if len(names) == 1:
        return f"undecided, nearest to {names[0]}; {category.why}"
    return f"undecided between {listed(names)}{scale}; {category.why}"


def _named(one: Candidate) -> str:
    """Name a grade or class with its probability."""
    return f"{inside_sentence(one.display)} ({percent(one.probability)})"
