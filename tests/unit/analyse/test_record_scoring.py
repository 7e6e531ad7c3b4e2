"""A record is scored by the models whose gates it passes; each of the others says why not."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from osler.analyse.record_card import read_record_card
from osler.analyse.record_package import (
    RecordPackage,
    active_scorers,
    list_record_packages,
    load_record_package,
)
from osler.analyse.record_scoring import Scored, score_record, score_rows
from osler.analyse.registry import default_folder, list_packages
from osler.clinical import (
    Condition,
    Identifier,
    Observation,
    Patient,
    Quantity,
    Record,
    Sex,
    StudyAnalysis,
)
from osler.clinical.serial import from_json, to_json
from osler.errors import NotAllowed, NotReadable
from osler.standards.guideline import shipped
from osler.standards.record import read_record

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NAMES = (
    "record-breast-mass",
    "record-coronary",
    "record-diabetes",
    "record-heart-failure-death",
    "record-liver",
)


@cache
def packages() -> tuple[RecordPackage, ...]:
    """Load the shipped packages, once."""
    return active_scorers(default_folder())[0]


def sample() -> Record:
    """Read the sample patient as a FHIR bundle."""
    name = "adult_chest_pain.fhir.json"
    content = (files("osler.workflow") / "_samples" / name).read_bytes()
    return read_record(content, origin=name, now=NOW, guidelines=shipped())


def scored(record: Record, *, age: float | None = 64.7) -> Scored:
    """Score by all shipped models."""
    return score_record(record, packages(), at=NOW, age_years=age)


def test_all_five_models_are_shipped_and_listed_apart_from_those_of_images() -> None:
    """A model of the record has another card: the registry of films must not refuse it."""
    assert tuple(one.card.name for one in packages()) == NAMES
    assert not {one.name for one in list_packages(default_folder())} & set(NAMES)


def test_a_fhir_patient_is_scored_and_the_missing_features_are_named() -> None:
    """A probability without what it lacks is read as if it lacked nothing."""
    found = {one.model.name: one for one in scored(sample()).estimates}
    assert set(found) == {"record-coronary", "record-heart-failure-death", "record-liver"}
    assert "Thallium scan" in found["record-coronary"].missing
    assert found["record-liver"].missing == ("Protein, total", "Albumin to globulin ratio")
    for one in found.values():
        assert 0 < one.probability.low <= one.probability.value <= one.probability.high < 1
        assert any("stands alone" in caution for caution in one.cautions)
        assert not one.pretest


def test_shares_and_intercept_add_up_to_the_logit() -> None:
    """A reason that does not add up is a story, not a reason."""
    for one in scored(sample()).estimates:
        total = one.intercept + sum(each.share for each in one.contributions)
        assert total == pytest.approx(one.logit, abs=1e-5)


def test_estimates_are_kept_and_read_back_unchanged() -> None:
    """A durable run stores what the step gave, and goes on from there after a crash."""
    analysis = StudyAnalysis((), (), estimates=scored(sample()).estimates)
    stored, blobs = to_json(analysis)
    assert from_json(StudyAnalysis, json.loads(json.dumps(stored)), blobs) == analysis


def test_every_model_is_named_once() -> None:
    """Silence of a model would be taken for a clean bill."""
    found = scored(sample())
    silent = {one.model: one for one in found.not_assessed}
    assert sorted([one.model.name for one in found.estimates] + list(silent)) == list(NAMES)
    assert "the patient is male, expected female" in silent["record-diabetes"].reason
    assert "states 0 of 30 features" in silent["record-breast-mass"].reason


@pytest.mark.parametrize(
    ("age", "reason"),
    [(None, "the age is not known"), (12.0, "12 years old, expected 25 to 80")],
)
def test_an_age_outside_the_population_closes_the_gate(age: float | None, reason: str) -> None:
    """A model of adults says nothing of a child."""
    silent = {one.model: one.reason for one in scored(sample(), age=age).not_assessed}
    assert reason in silent["record-coronary"]


def test_death_in_heart_failure_is_for_patients_with_heart_failure_alone() -> None:
    """A healthy person's sodium must not become a probability of death."""
    record = replace(sample(), conditions=())
    silent = {one.model: one.reason for one in scored(record).not_assessed}
    assert "Heart failure is not on the problem list" in silent["record-heart-failure-death"]


def test_an_empty_record_gets_one_line_a_model() -> None:
    """What could not be looked at is said, in one line each."""
    nobody = Record(Patient((Identifier("1"),), None, Sex.FEMALE, date(1980, 1, 1)))
    found = scored(nobody, age=46.0)
    assert found.estimates == ()
    assert len(found.not_assessed) == len(NAMES)
    assert all(one.gate.startswith("record ") for one in found.not_assessed)


def test_old_implausible_and_future_values_are_not_used() -> None:
    """Last year's troponin is not today's, and a typing error is nobody's."""
    record = sample()
    old = tuple(replace(one, effective=NOW - timedelta(days=400)) for one in record.observations)
    assert not scored(replace(record, observations=old)).estimates
    later = tuple(replace(one, effective=NOW + timedelta(days=1)) for one in record.observations)
    assert not scored(replace(record, observations=later)).estimates
    flagged = tuple(replace(one, implausible="no patient has it") for one in record.observations)
    assert not scored(replace(record, observations=flagged)).estimates


def changed(record: Record, code: str, value: float, *, unit: str) -> Record:
    """Return the record with another value of a code."""

    def of(one: Observation) -> Observation:
        return replace(one, value=Quantity(value, unit)) if one.code.code == code else one

    return replace(record, observations=tuple(map(of, record.observations)))


def test_an_amount_of_substance_is_turned_into_mass() -> None:
    """3.42 umol/L of direct bilirubin are 0.2 mg/dL: one patient, one probability."""
    same = changed(sample(), "1968-7", 3.4208, unit="umol/L")
    one, other = (
        next(e for e in scored(record).estimates if e.model.name == "record-liver")
        for record in (sample(), same)
    )
    assert one.probability.value == pytest.approx(other.probability.value, abs=1e-6)


def test_a_value_in_another_unit_is_missing_and_says_so() -> None:
    """A number without its unit's meaning is not guessed."""
    record = changed(sample(), "peak-exercise-heart-rate", 118.0, unit="mm")
    heart = next(e for e in scored(record).estimates if e.model.name == "record-coronary")
    (share,) = [c for c in heart.contributions if c.name == "peak_heart_rate"]
    assert share.missing
    assert share.value == "in mm, not /min"


def test_far_from_what_it_learnt_the_model_is_silent() -> None:
    """All values at the edge of the possible is nobody that the model has seen."""
    record = sample()
    edges = {"1975-2": (1400.0, "umol/L"), "1968-7": (59.0, "mg/dL"), "6768-6": (4900.0, "U/L")}
    edges |= {"1742-6": (9900.0, "U/L"), "1920-8": (9900.0, "U/L"), "1751-7": (6.0, "g/L")}
    for code, (value, unit) in edges.items():
        record = changed(record, code, value, unit=unit)
    silent = {one.model: one.gate for one in scored(record).not_assessed}
    assert silent["record-liver"] == "record distance"


def test_known_diabetes_needs_no_estimate() -> None:
    """A risk of what is already there would be nonsense."""
    record = sample()
    diabetic = replace(record.conditions[0].code, code="44054006", display="Type 2 diabetes")
    woman = replace(record.patient, sex=Sex.FEMALE)
    ill = replace(record, patient=woman, conditions=(Condition(diabetic),))
    silent = {one.model: one.reason for one in scored(ill).not_assessed}
    assert "already on the problem list" in silent["record-diabetes"]


@pytest.mark.parametrize("name", NAMES)
def test_a_monotone_feature_never_leans_the_other_way(name: str) -> None:
    """The card says that more of it may not speak against: the graph must hold to it."""
    package = next(one for one in packages() if one.card.name == name)
    features = package.card.features
    rng = np.random.default_rng(3)
    for number, feature in enumerate(features):
        if not feature.monotone:
            continue
        rows = np.full((400, len(features)), np.nan, dtype=np.float32)
        for other, each in enumerate(features):
            rows[:, other] = rng.uniform(each.low, each.high)
        rows[:, number] = np.linspace(feature.low, feature.high, 400)
        steps = np.diff(score_rows(package, rows)[0]) * feature.monotone
        assert steps.min() >= -1e-6, feature.name


@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_complete_and_no_worse_than_its_peers(name: str) -> None:
    """At least equal to tuned LightGBM and to logistic regression, within the interval."""
    card = next(one.card for one in packages() if one.card.name == name)
    assert card.parity <= 1e-5
    assert card.training.seconds <= 600
    whole = card.evaluation.whole
    assert None not in (whole.auroc, whole.brier, whole.sensitivity, whole.calibration_slope)
    for peer in card.evaluation.peers:
        assert peer.difference.high >= 0, peer.name
    has = {feature.source for feature in card.features}
    assert {"age", "sex"} & has == set(card.evaluation.subgroups)
    assert card.limits
    assert card.terms.attribution
    assert {(f.name,) for f in card.features} <= {w.missing for w in card.evaluation.without}


def test_an_altered_package_is_refused_and_said(tmp_path: Path) -> None:
    """Weights that differ from the evaluated ones have never been evaluated."""
    models = tmp_path / "models"
    shutil.copytree(default_folder() / "record-liver", models / "record-liver")
    (listed,) = list_record_packages(models)
    assert listed.state == "refused"
    assert "expected a shipped package" in listed.reason
    folder = models / "record-liver" / "1.0.0"
    allowed = frozenset({"record-liver"})
    assert load_record_package(folder, allowed=allowed).card.name == "record-liver"
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(NotAllowed, match=r"model\.onnx was altered"):
        load_record_package(folder, allowed=allowed)
    card = json.loads((folder / "card.json").read_bytes()) | {"parity": "small"}
    (folder / "card.json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(NotReadable, match=r"key parity"):
        read_record_card(folder / "card.json")
