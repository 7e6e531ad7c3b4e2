"""Numbers and sentences as a reader gets them."""

import pytest

from make import draft as make
from osler.clinical import Assessment, Interval, NotAssessed, Quantity
from osler.report.impression import impression
from osler.report.words import age, listed, measured, number, percent, ratio, sentence, unit


@pytest.mark.parametrize(
    ("share", "printed"),
    [(0.0, "<1"), (0.004, "<1"), (0.005, "<1"), (0.006, "1"), (0.624, "62"), (0.996, ">99")],
)
def test_a_probability_is_never_printed_as_certain(share: float, printed: str) -> None:
    """'0 %' would send a patient home without a second look."""
    assert percent(share) == f"{printed}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("value", "printed"),
    [(86.0, "86"), (38.4, "38.4"), (0.0123456, "0.01235"), (120000.0, "120000"), (0.0, "0")],
)
def test_a_number_is_printed_without_powers_of_ten(value: float, printed: str) -> None:
    """'1.2e+05' platelets is not how a ward reads a count."""
    assert number(value) == printed


def test_a_likelihood_ratio_has_two_digits() -> None:
    """More digits would promise more than a calibration set can."""
    assert [ratio(v) for v in (6.13, 0.184, 14.9, float("inf"))] == ["6.1", "0.18", "15", "∞"]


def test_units_are_printed_as_a_ward_writes_them() -> None:
    """A nurse reads mmHg, not mm[Hg]."""
    assert [unit(u) for u in ("mm[Hg]", "Cel", "1", "mmol/L")] == ["mmHg", "°C", "", "mmol/L"]
    assert measured(Quantity(38.4, "Cel")) == ("38.4", "°C")


def test_an_infant_is_aged_in_months() -> None:
    """A dose for a child of one year and for one of two months differ by much."""
    assert [age(y) for y in (68.7, 2.0, 0.5, 0.09, None)] == [
        "68 years",
        "2 years",
        "6 months",
        "1 month",
        "not stated",
    ]


def test_a_list_says_how_much_it_leaves_out() -> None:
    """A cut list must not look complete."""
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_a_file_name_keeps_its_first_letter() -> None:
    """The integrator searches for the name as it is."""
    assert sentence("film.dcm: no spacing") == "film.dcm: no spacing."
    assert sentence("too dark") == "Too dark."


def test_the_impression_orders_by_post_test_probability() -> None:
    """The most likely disease comes first, not the first in the model's list."""
    low = make.a_finding("Nodule", certainty="possible")
    high = make.a_finding("Pneumothorax")
    weighings = (
        make.a_weighing(low, posttest=Interval(0.3, 0.2, 0.4)),
        make.a_weighing(high, posttest=Interval(0.8, 0.7, 0.9)),
    )
    draft = make.a_draft(findings=(low, high), assessment=Assessment(weighings=weighings))
    said = impression(draft)[0].replace("\N{NO-BREAK SPACE}", " ")
    assert said.startswith("Pneumothorax likely, right lower zone (post-test 80 %")
    assert said.index("Pneumothorax") < said.index("nodule possible")


def test_the_impression_keeps_apart_what_was_not_seen_and_what_was_not_judged() -> None:
    """'Could not look' is never 'nothing seen'."""
    likely, absent, missed = impression(make.a_draft())
    assert "Pneumonia likely" in likely
    assert absent == "Assessed and not seen: pleural effusion."
    assert missed == "Could not be judged: lung nodule (reasons below)."


def test_a_refused_study_says_why_nothing_was_assessed() -> None:
    """An empty list of findings would read as a healthy chest."""
    assert impression(make.a_refused_draft()) == (
        "No finding could be assessed: the film is lateral, the model needs a frontal view.",
    )


def test_what_one_film_could_not_show_is_not_called_absent() -> None:
    """An effusion hidden on the second film must not be reported as not seen."""
    missed = NotAssessed("cxr-adult", "quality", "too dark", "pleural_effusion", make.FILM)
    said = " ".join(impression(make.a_draft(not_assessed=(missed,))))
    assert "not seen" not in said
    assert "Could not be judged: pleural effusion (in part)" in said


def test_what_the_record_makes_probable_again_is_not_called_absent() -> None:
    """A clear film does not outweigh a strong suspicion."""
    finding = make.a_negative_finding()
    weighing = make.a_weighing(finding, pretest=0.9, posttest=Interval(0.6, 0.4, 0.7))
    draft = make.a_draft(findings=(finding,), assessment=Assessment(weighings=(weighing,)))
    said = " ".join(impression(draft))
    assert "not seen" not in said
    assert "still probable after weighing: pleural effusion" in said


def test_a_negative_answer_from_the_record_is_not_called_unseen() -> None:
    """Nobody has looked at a picture of it."""
    finding = make.a_negative_finding("Heart disease", films=())
    said = " ".join(impression(make.a_record_draft(findings=(finding,))))
    assert "Assessed and not found: heart disease." in said


def test_what_another_model_found_is_not_called_absent() -> None:
    """Two models that disagree must not be summed up as 'not seen'."""
    other = make.a_negative_finding("Pneumonia", model=make.a_model("cxr-other"))
    said = " ".join(impression(make.a_draft(findings=(make.a_finding(), other))))
    assert "not seen" not in said


def test_a_crowded_impression_stays_at_three_sentences() -> None:
    """A referring doctor reads it in twenty seconds."""
    assert len(impression(make.a_crowded_draft())) == 3
