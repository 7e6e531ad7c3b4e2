"""Builders of drafts and their parts: each makes a sound value, of which a test names its own part.

The pictures are drawn, not taken: two dark ellipses on grey.
"""

# ruff: noqa: ANN401

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from osler.clinical import (
    LOINC,
    OSLER,
    SNOMED,
    Assessment,
    Candidate,
    Category,
    CategoryKind,
    Code,
    Condition,
    Contribution,
    Draft,
    Estimate,
    Explanation,
    FilmScore,
    FilmView,
    Finding,
    Identifier,
    InstanceUid,
    Interval,
    Measurement,
    ModelFacts,
    ModelIdentity,
    NotAssessed,
    Observation,
    OperatingPoint,
    Patient,
    Quantity,
    Recommendation,
    Record,
    Region,
    Score,
    ScoreInput,
    Sex,
    SimilarCases,
    StudyUid,
    Weighing,
)

FILM = InstanceUid("2.25.101")
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
ORIGIN_SHAPE = (1200, 1000)


def a_model(name: str = "cxr-adult", **changes: Any) -> ModelIdentity:
    """Return the identity of a package."""
    return replace(ModelIdentity(name, "1.2.0", "5e" * 32), **changes)


def a_region(words: str = "right lower zone", **changes: Any) -> Region:
    """Return an oval region in the pixels of the film."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    points = zip(820 + 130 * np.sin(turn), 300 + 100 * np.cos(turn), strict=True)
    region = Region(
        words=words,
        side="right",
        zone="lower",
        contour=tuple((float(row), float(column)) for row, column in points),
        peak=(820.0, 300.0),
        share=0.71,
    )
    return replace(region, **changes)


def an_explanation(**changes: Any) -> Explanation:
    """Return evidence that lies in one oval."""
    rows, columns = np.mgrid[0:120, 0:100].astype(np.float32)
    evidence = np.exp(-(((rows - 82) / 16) ** 2 + ((columns - 30) / 12) ** 2)).astype(np.float32)
    explanation = Explanation(
        instance_uid=FILM,
        evidence=evidence,
        regions=(a_region(),),
        share_inside_lungs=0.93,
        similar=SimilarCases(considered=20, with_label=14),
    )
    return replace(explanation, **changes)


def a_finding(display: str = "Pneumonia", **changes: Any) -> Finding:
    """Return a positive finding with its place."""
    name = display.lower().replace(" ", "_")
    finding = Finding(
        model=a_model(),
        name=name,
        code=Code(OSLER, name, display),
        display=display,
        probability=Interval(0.62, 0.49, 0.74),
        likelihood_ratio=Interval(6.1, 3.9, 8.8),
        limited=False,
        prevalence=0.21,
        operating_point=OperatingPoint(
            "balanced", 0.35, Interval(0.81, 0.74, 0.87), Interval(0.84, 0.81, 0.87)
        ),
        positive=True,
        certainty="likely",
        explanation=an_explanation(),
        films=(FilmScore(FILM, "film.dcm", Interval(0.62, 0.49, 0.74)),),
    )
    return replace(finding, **changes)


def a_negative_finding(display: str = "Pleural effusion", **changes: Any) -> Finding:
    """Return a finding below its operating point."""
    finding = a_finding(
        display,
        probability=Interval(0.04, 0.02, 0.07),
        likelihood_ratio=Interval(0.18, 0.09, 0.33),
        positive=False,
        certainty="unlikely",
        explanation=None,
        films=(FilmScore(FILM, "film.dcm", Interval(0.04, 0.02, 0.07)),),
    )
    return replace(finding, **changes)


def a_weighing(finding: Finding | None = None, **changes: Any) -> Weighing:
    """Return the weighing of a finding: odds of 0.12 times 6.1 are odds of 0.83."""
    finding = finding or a_finding()
    weighing = Weighing(
        model=finding.model.name,
        name=finding.name,
        display=finding.display,
        pretest=0.12,
        pretest_source="prevalence stated by the site",
        likelihood_ratio=Interval(6.1, 3.9, 8.8),
        limited=False,
        posttest=Interval(0.454, 0.347, 0.545),
        steps=(
            "Pre-test probability 12 % (odds 0.136), as the site states it.",
            "Times the likelihood ratio 6.1 of the image: odds 0.832.",
            "Post-test probability 45 %.",
        ),
    )
    return replace(weighing, **changes)


def a_film(origin: str = "film.dcm", **changes: Any) -> FilmView:
    """Return a drawn film, 600 x 500, of a picture of 1200 x 1000."""
    rows, columns = np.mgrid[0:600, 0:500].astype(np.float32)
    grey = np.full((600, 500), 170.0, dtype=np.float32) - rows / 12
    for centre in (150, 350):
        inside = ((rows - 300) / 210) ** 2 + ((columns - centre) / 80) ** 2 < 1
        grey[inside] = 50 + rows[inside] / 20
    grey[20:60, 20:40] = 250
    film = FilmView(
        instance_uid=FILM,
        origin=origin,
        grey=grey.astype(np.uint8),
        origin_shape=ORIGIN_SHAPE,
        modality="DX",
        view="PA",
        view_source="stated in the header",
    )
    return replace(film, **changes)


def a_score(**changes: Any) -> Score:
    """Return a NEWS2 of 5 with one item missing."""
    at = datetime(2026, 11, 25, 8, 5, tzinfo=UTC)
    score = Score(
        name="news2",
        display="NEWS2",
        value=5,
        inputs=(
            ScoreInput("Respiratory rate", "24 /min", 2, at),
            ScoreInput("Oxygen saturation", "94 %", 1, at),
            ScoreInput("Temperature", "38.4 °C", 1, at),
            ScoreInput("Heart rate", "104 /min", 1, at),
        ),
        missing=("Consciousness",),
        stale=("Systolic blood pressure",),
        not_applicable=False,
        reason="lower bound: two items are missing or too old",
        band="medium: urgent review",
        source="Royal College of Physicians, National Early Warning Score 2, 2017",
    )
    return replace(score, **changes)


def an_observation(display: str = "C-reactive protein", **changes: Any) -> Observation:
    """Return one laboratory value."""
    observation = Observation(
        code=Code(LOINC, "1988-5", display),
        value=Quantity(86.0, "mg/L"),
        effective=datetime(2026, 11, 25, 7, 40, tzinfo=UTC),
        raw="86 mg/L",
    )
    return replace(observation, **changes)


def a_patient(**changes: Any) -> Patient:
    """Return an identified woman born in 1958."""
    patient = Patient(
        identifiers=(Identifier("4711-0815", "St Example"),),
        name="Example, Erika",
        sex=Sex.FEMALE,
        birth_date=date(1958, 3, 14),
    )
    return replace(patient, **changes)


def a_record(**changes: Any) -> Record:
    """Return a record with a repaired, an implausible and a plain value."""
    record = Record(
        patient=a_patient(),
        observations=(
            an_observation(),
            an_observation(
                "Body temperature",
                code=Code(LOINC, "8310-5", "Body temperature"),
                value=Quantity(38.4, "Cel"),
                raw="101.1 [degF]",
                repairs=("converted from [degF] to Cel",),
            ),
            an_observation(
                "Potassium",
                code=Code(LOINC, "2823-3", "Potassium"),
                value=Quantity(48.0, "mmol/L"),
                raw="48 mmol/L",
                implausible="48 mmol/L is outside 1 to 12 mmol/L: a decimal point may be missing",
            ),
        ),
        conditions=(Condition(Code(SNOMED, "13645005", "COPD")),),
        medications=(Code("", "", "Salbutamol"),),
        allergies=(Code(SNOMED, "91936005", "Allergy to penicillin"),),
        origin="record.json",
    )
    return replace(record, **changes)


def model_facts(model: ModelIdentity | None = None, **changes: Any) -> ModelFacts:
    """Return what page three says of a package."""
    facts = ModelFacts(
        model=model or a_model(),
        title="Findings on adult chest films",
        intended_use="Second reader of frontal chest films for a radiologist.",
        population="Adults, 18 years and older",
        performance=("Pneumonia: AUROC 0.84 (0.80 to 0.88), internal, 412 positive of 2,310",),
        limits=("Not evaluated on films taken in bed.",),
        weights_licence="MIT",
        data_terms="Research only: the terms of the training data are unclear.",
        research_only=True,
        looked_for=("Pneumonia", "Pleural effusion", "Lung nodule"),
    )
    return replace(facts, **changes)


def a_measurement(**changes: Any) -> Measurement:
    """Return a cardiothoracic ratio."""
    measurement = Measurement(
        model=a_model("cxr-anatomy"),
        code=Code(OSLER, "cardiothoracic-ratio", "Cardiothoracic ratio"),
        display="Cardiothoracic ratio",
        instance_uid=FILM,
        quantity=Quantity(0.54, "1"),
        low=0.51,
        high=0.57,
        comment="above 0.50 on a PA film",
        source="Danzer 1919, Am J Med Sci 157:513",
    )
    return replace(measurement, **changes)


def not_assessed(**changes: Any) -> NotAssessed:
    """Return a finding that the card shows to be too weak."""
    missed = NotAssessed(
        model="cxr-adult",
        gate="evidence",
        reason="the lower bound of AUROC on the card (0.61) is under its floor (0.70)",
        name="lung_nodule",
    )
    return replace(missed, **changes)


def a_draft(**changes: Any) -> Draft:
    """Return the draft of one film and a record."""
    positive, negative = a_finding(), a_negative_finding()
    posttest = Interval(0.024, 0.012, 0.043)
    draft = Draft(
        draft_id="draft-0001",
        study_uid=StudyUid("2.25.100"),
        patient=a_patient(),
        age_years=68.7,
        made_at=NOW,
        study_date="2026-11-25",
        study_description="Chest PA",
        accession_number="A-2026-118",
        institution="St Example Hospital",
        films=(a_film(),),
        findings=(positive, negative),
        measurements=(a_measurement(),),
        not_assessed=(not_assessed(),),
        assessment=Assessment(
            weighings=(
                a_weighing(positive),
                a_weighing(
                    negative,
                    likelihood_ratio=Interval(0.18, 0.09, 0.33),
                    posttest=posttest,
                    steps=("Pre-test 12 %, times 0.18: post-test 2 %.",),
                ),
            ),
            scores=(a_score(),),
            recommendations=(
                Recommendation(
                    text="Repeat the film after treatment.",
                    why="Pneumonia is likely and the patient is over 50.",
                    source="Example guideline 2024, section 3.1",
                ),
            ),
        ),
        record=a_record(),
        models=(model_facts(),),
        warnings=("film.dcm: the header's pixel spacing was taken from Imager Pixel Spacing",),
    )
    return replace(draft, **changes)


def a_record_draft(**changes: Any) -> Draft:
    """Return the draft of a record alone: no study, no film."""
    model = a_model("record-risk")
    finding = a_finding("Heart disease", model=model, explanation=None, films=())
    draft = a_draft(
        study_uid=None,
        study_date=None,
        study_description=None,
        accession_number=None,
        films=(),
        findings=(finding,),
        measurements=(),
        not_assessed=(),
        assessment=Assessment(weighings=(a_weighing(finding),), scores=(a_score(),)),
        models=(model_facts(model, title="Heart disease from the record"),),
    )
    return replace(draft, **changes)


def a_refused_draft(**changes: Any) -> Draft:
    """Return a draft of a film that every gate refused."""
    draft = a_draft(
        findings=(),
        measurements=(),
        assessment=Assessment(),
        record=None,
        not_assessed=(
            NotAssessed("cxr-adult", "view", "the film is lateral, the model needs a frontal view"),
        ),
    )
    return replace(draft, **changes)


def a_crowded_draft(**changes: Any) -> Draft:
    """Return a draft with three films and twenty findings, five of them positive."""
    uids = [InstanceUid(f"2.25.{101 + i}") for i in range(3)]
    films = tuple(
        a_film(f"film-{i + 1}.dcm", instance_uid=uid, view=view)
        for i, (uid, view) in enumerate(zip(uids, ("PA", "LATERAL", "PA"), strict=True))
    )
    findings = tuple(_one_of_many(number, uids) for number in range(20))
    draft = a_draft(
        films=films,
        findings=findings,
        assessment=Assessment(weighings=tuple(_weighed(finding) for finding in findings)),
    )
    return replace(draft, **changes)


def _one_of_many(number: int, uids: list[InstanceUid]) -> Finding:
    """Return the n-th of twenty findings; the first five are positive."""
    display = f"Finding number {number + 1}"
    p = 0.9 - number * 0.1 if number < 5 else 0.31 - number * 0.015
    interval = Interval(p, max(0.0, p - 0.1), min(1.0, p + 0.1))
    scores = tuple(FilmScore(uid, f"film-{i + 1}.dcm", interval) for i, uid in enumerate(uids))
    if number >= 5:
        return a_negative_finding(display, probability=interval, films=scores)
    explanation = an_explanation(instance_uid=uids[number % 3])
    return a_finding(display, probability=interval, explanation=explanation, films=scores)


def _weighed(finding: Finding) -> Weighing:
    """Return the weighing of a finding from even odds: the post-test is what the film gave."""
    p = finding.probability
    odds = Interval(*(value / (1 - value) for value in (p.value, p.low, min(p.high, 0.99))))
    return a_weighing(
        finding,
        pretest=0.5,
        likelihood_ratio=odds,
        posttest=Interval(p.value, p.low, min(p.high, 0.99)),
        steps=("Pre-test 50 %.",),
    )


def an_estimate(**changes: Any) -> Estimate:
    """Return an estimate of fifteen features, one of them missing."""
    shares = tuple(
        Contribution(f"f{n}", f"Feature {n}", f"{n} mg", 0.1 * (n - 7), missing=n == 14)
        for n in range(15)
    )
    made = Estimate(
        model=a_model(),
        name="liver_disease",
        display="Liver disease",
        condition=None,
        probability=Interval(0.67, 0.63, 0.71),
        logit=0.7,
        intercept=0.7,
        contributions=shares,
        missing=("Feature 14",),
    )
    return replace(made, **changes)


def a_category(**changes: Any) -> Category:
    """Return grade 2 of 0 to 3 of probability 0.75, from the findings of the usual package."""
    made = Category(
        model=a_model(),
        kind=CategoryKind.GRADE,
        subject="Emphysema on chest films",
        among=("0", "1", "2", "3"),
        candidates=(Candidate("2", "grade 2", 0.75),),
    )
    return replace(made, **changes)


def an_undecided_category(**changes: Any) -> Category:
    """Return two classes of which neither is ruled out."""
    made = a_category(
        kind=CategoryKind.CLASS,
        subject="Lesion of the lung",
        among=("Benign lesion", "Malignant lesion"),
        candidates=(
            Candidate("benign", "Benign lesion", 0.55),
            Candidate("malignant", "Malignant lesion", 0.4),
        ),
        why="more than one class is not ruled out",
    )
    return replace(made, **changes)
