"""Observation resources of a draft: findings, measurements, scores, and what was not assessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from osler.clinical import (
    OSLER,
    SNOMED,
    Act,
    Category,
    Code,
    Draft,
    Estimate,
    Finding,
    Measurement,
    NotAssessed,
    Quantity,
    Report,
    Review,
    Score,
    Weighing,
)
from osler.standards.fhir.categories import category_elements, category_key
from osler.standards.fhir.parts import (
    ABSENT_REASONS,
    CATEGORIES,
    INTERPRETATIONS,
    Naming,
    Resource,
    coded,
    component,
    concept,
    day,
    in_percent,
    instant,
    interval_components,
    notes,
    of_quantity,
    osler_concept,
    quantity,
    study_identifier,
)
from osler.standards.fhir.people import device_key, models_of
from osler.standards.fhir.reviews import Status, performer, said_of, statement_elements

# NHS SNOMED CT UK edition, 'Royal College of Physicians NEWS2 ... total score'.
SCORE_CODES = {
    "news2": Code(SNOMED, "1104051000000101", "National Early Warning Score 2 total score")
}


@dataclass(frozen=True)
class Results:
    """Writes the Observations of one draft."""

    draft: Draft
    naming: Naming
    report: Report | None = None

    @property
    def status(self) -> Status:
        """Which status an Observation has."""
        return Status(self.report is not None)

    def all(self) -> tuple[Resource, ...]:
        """Return every Observation of the draft, in the order a reader wants them."""
        draft = self.draft
        return (
            *(self.finding(n, finding) for n, finding in enumerate(draft.findings)),
            *map(self.category, draft.categories),
            *(one for review in draft.reviews for one in self.statement(review)),
            *(self.measurement(n, one) for n, one in enumerate(draft.measurements)),
            *(self.estimate(one) for one in draft.estimates),
            *(self.score(score) for score in draft.assessment.scores),
            *(self.not_assessed(n, one) for n, one in enumerate(draft.not_assessed)),
        )

    def finding(self, number: int, finding: Finding) -> Resource:
        """Return a finding: its probability with interval, and which side of the cut-off it is."""
        positive = finding.positive
        verdict = ("POS", "Positive") if positive else ("NEG", "Negative")
        weighing, review = self._weighing_of(finding), self.draft.review_of(finding)
        status = self.status.of(review)
        is_accepted = review is not None and review.act is Act.ACCEPT
        return self._observation(
            self._key(number, finding),
            status=status,
            performer=[performer(review.by, self.naming)] if review and is_accepted else [],
            code=concept(finding.code),
            valueQuantity=quantity(100 * finding.probability.value, "%"),
            interpretation=[] if status == "cancelled" else [coded(INTERPRETATIONS, *verdict)],
            method={"text": _method(finding)},
            bodySite=_body_site(finding),
            device=self.naming.reference("Device", device_key(finding.model)),
            component=_finding_components(finding, weighing),
            note=notes(
                finding.certainty,
                *(weighing.steps if weighing else ()),
                *_cautions(finding),
                *_remaining(finding),
                *_under_changes(finding),
                *said_of(review),
            ),
        )

    def category(self, category: Category) -> Resource:
        """Return a grade or class, derived from the findings of its package.

        Nobody reviews it by itself: it is cancelled where a person turned one of them over.
        """
        about = [
            self.naming.reference("Observation", self._key(n, finding))
            for n, finding in enumerate(self.draft.findings)
            if finding.model == category.model
        ]
        return self._observation(
            category_key(category),
            about=about,
            status=self.status.of(self.draft.overruled(category)),
            **category_elements(category, self.naming),
        )

    def _key(self, number: int, finding: Finding) -> str:
        """Return what tells one finding of the draft from another."""
        return f"finding/{number}/{finding.name}"

    def statement(self, review: Review) -> tuple[Resource, ...]:
        """Return what a person states in an edit or an addition, apart from what a model said."""
        if review.statement is None:
            return ()
        about = [
            self.naming.reference("Observation", self._key(n, finding))
            for n, finding in enumerate(self.draft.findings)
            if review.claim is not None and review.claim.is_of(finding)
        ]
        return (
            self._observation(
                f"review/{review.finding_id}",
                about=about,
                status=self.status.of_statement(review),
                performer=[performer(review.by, self.naming)],
                **statement_elements(review, review.statement),
            ),
        )

    def measurement(self, number: int, measurement: Measurement) -> Resource:
        """Return a measurement with the bounds of its interval."""
        unit = measurement.quantity.unit
        bounds = (
            component("measurement-low", "lower 95 % bound", measurement.low, unit=unit),
            component("measurement-high", "upper 95 % bound", measurement.high, unit=unit),
        )
        return self._observation(
            f"measurement/{number}/{measurement.code.code}",
            code=concept(measurement.code),
            valueQuantity=of_quantity(measurement.quantity),
            device=self.naming.reference("Device", device_key(measurement.model)),
            component=[bound for bound in bounds if bound is not None],
            note=notes(measurement.comment, measurement.source),
        )

    def score(self, score: Score) -> Resource:
        """Return a score; one that has no value says so and why, it is never left out."""
        absent = None
        if score.value is None:
            reason = "not-applicable" if score.not_applicable else "unknown"
            absent = coded(ABSENT_REASONS, reason, reason.replace("-", " "))
        return self._observation(
            f"score/{score.name}",
            code=concept(SCORE_CODES.get(score.name, Code(OSLER, score.name, score.display))),
            imaging=False,
            **_scored(score),
            dataAbsentReason=absent,
            interpretation=[{"text": score.band}] if score.band else [],
            component=[
                {
                    "code": {"text": one.name},
                    "valueString": one.value
                    if one.points is None
                    else f"{one.value}: {one.points:g} points",
                }
                for one in score.inputs
            ],
            note=notes(score.reason, score.source),
        )

    def estimate(self, estimate: Estimate) -> Resource:
        """Return what a model of the record says, with what each feature adds to its log-odds."""
        percent = in_percent(estimate.probability)
        used = [
            {
                "code": osler_concept(one.name, f"{one.display}: {one.value}, log-odds"),
                "valueQuantity": quantity(one.share, "1"),
            }
            for one in estimate.contributions
        ]
        alone = "A score that stands alone: it is no probability before an image."
        return self._observation(
            f"estimate/{estimate.model.name}/{estimate.name}",
            imaging=False,
            status=self.status.of(None),
            code=osler_concept(estimate.name, estimate.display),
            valueQuantity=quantity(percent.value, "%"),
            device=self.naming.reference("Device", device_key(estimate.model)),
            component=[
                *interval_components("probability", "probability", percent, unit="%"),
                *used,
            ],
            note=notes(
                "" if estimate.pretest else alone,
                f"Missing: {', '.join(estimate.missing)}" if estimate.missing else "",
                *estimate.cautions,
            ),
        )

    def not_assessed(self, number: int, missed: NotAssessed) -> Resource:
        """Return what was not judged: no value, and the reason in words."""
        name = missed.name or missed.model
        what = name.replace("_", " ")
        model = next((one for one in models_of(self.draft) if one.name == missed.model), None)
        return self._observation(
            f"not-assessed/{number}/{missed.model}/{name}",
            code=osler_concept(name, f"{what}: not assessed"),
            dataAbsentReason=coded(ABSENT_REASONS, "not-performed", "Not Performed"),
            device=self.naming.reference("Device", device_key(model)) if model else None,
            note=notes(f"Not assessed by {missed.model} (gate: {missed.gate}): {missed.reason}"),
        )

    def _observation(
        self,
        key: str,
        *,
        imaging: bool = True,
        status: str = "",
        about: Sequence[Resource] = (),
        **elements: object,
    ) -> Resource:
        """Return an Observation of the draft's patient and study: not final before a signature."""
        draft = self.draft
        of_film = imaging and draft.study_uid is not None
        study = None
        if of_film and draft.study_uid is not None:
            study = {"type": "ImagingStudy", "identifier": study_identifier(draft.study_uid)}
        return self.naming.resource(
            "Observation",
            key,
            status=status or self.status.plain(),
            category=[coded(CATEGORIES, "imaging", "Imaging")] if of_film else [],
            subject=self.naming.reference("Patient", "patient"),
            effectiveDateTime=(
                day(draft.study_date) if of_film else instant(draft.at or draft.made_at)
            ),
            issued=instant(self.report.signed_at if self.report else draft.made_at),
            derivedFrom=[*([study] if study else []), *about],
            **elements,
        )

    def _weighing_of(self, finding: Finding) -> Weighing | None:
        for weighing in self.draft.assessment.weighings:
            if (weighing.model, weighing.name) == (finding.model.name, finding.name):
                return weighing
        return None


def _scored(score: Score) -> dict[str, Any]:
    """Return the value of a score: points as a whole number, anything else as a quantity."""
    if score.value is None:
        return {}
    if isinstance(score.value, int) and not score.unit:
        return {"valueInteger": score.value}
    return {"valueQuantity": of_quantity(Quantity(float(score.value), score.unit or "1"))}


def _finding_components(finding: Finding, weighing: Weighing | None) -> list[Resource]:
    """Return interval, likelihood ratio, cut-off, and the probability for this patient."""
    probability = interval_components(
        "probability", "probability", in_percent(finding.probability), unit="%"
    )
    cut_off = 100 * finding.operating_point.threshold
    found = [
        *probability[1:],
        *interval_components("likelihood-ratio", "likelihood ratio", finding.likelihood_ratio),
        component("cut-off", "cut-off on the probability", cut_off, unit="%"),
    ]
    if weighing is not None:
        before, after = 100 * weighing.pretest, in_percent(weighing.posttest)
        found.append(component("pretest-probability", "pre-test probability", before, unit="%"))
        found += interval_components(
            "posttest-probability", "post-test probability", after, unit="%"
        )
    return [one for one in found if one is not None]


def _method(finding: Finding) -> str:
    combined = f"; films combined by {finding.combined_by}" if finding.combined_by else ""
    return f"calibrated output of {finding.model.name} {finding.model.version}{combined}"


def _body_site(finding: Finding) -> Resource | None:
    """Return where the evidence lies, in words."""
    regions = finding.explanation.regions if finding.explanation else ()
    words = "; ".join(dict.fromkeys(region.words for region in regions if region.words))
    return {"text": words} if words and finding.positive else None


def _remaining(finding: Finding) -> tuple[str, ...]:
    """Say which answers cannot be ruled out, where the package says at which coverage."""
    if finding.coverage is None:
        return ()
    return (f"Not ruled out at {100 * finding.coverage:g} % coverage: {finding.not_ruled_out}.",)


def _under_changes(finding: Finding) -> tuple[str, ...]:
    """Say how far the probability holds when the picture is changed a little."""
    if finding.under_changes is None:
        return ()
    low, high = (100 * one for one in (finding.under_changes.low, finding.under_changes.high))
    return (f"Under small changes of the picture: {low:.0f} to {high:.0f} %.",)


def _cautions(finding: Finding) -> tuple[str, ...]:
    return finding.explanation.cautions if finding.explanation else ()
