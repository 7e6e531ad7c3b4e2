"""The report as JSON: the summary that the terminal prints, and all that a program may need."""

from collections.abc import Iterable, Mapping

from osler.clinical import (
    Code,
    Draft,
    FilmScore,
    Finding,
    Interval,
    ModelFacts,
    NotAssessed,
    Observation,
    Patient,
    Quantity,
    Recommendation,
    Record,
    Report,
    Score,
    Trend,
    Urgency,
    Weighing,
)
from osler.report.categories import category_part
from osler.report.conclusion import conclusion
from osler.report.document_images import image_parts, measurement_part
from osler.report.document_parts import Object, code_part, finite, origin_of, time_part
from osler.report.estimates import estimate_part
from osler.report.ranking import Judged, judged
from osler.report.review_parts import review_part, review_parts
from osler.report.reviewing import banner, draft_of, mark
from osler.report.words import CLOSING

SCHEMA = "https://osler.example/schemas/report-1.json"


def summary(said: Draft | Report, files: Mapping[str, str] | None = None) -> Object:
    """Return what ``osler analyze --json`` prints for one study.

    Parameters
    ----------
    files
        Where each written form lies, by its kind: 'pdf', 'html', 'json', 'fhir'.
    """
    draft = draft_of(said)
    return {
        "state": banner(said),
        "study": draft.study_uid,
        "patient": _patient(draft.patient, draft.age_years),
        "origins": [film.origin for film in draft.films],
        "findings": [_finding(one) for one in judged(draft)],
        "categories": [category_part(one, draft) for one in draft.categories],
        "not_assessed": [_not_assessed(missed, draft) for missed in draft.not_assessed],
        "measurements": [measurement_part(m, draft) for m in draft.measurements],
        "scores": [_score(score) for score in draft.assessment.scores],
        "estimates": [estimate_part(one) for one in draft.estimates],
        "recommendations": [_recommendation(one) for one in draft.assessment.recommendations],
        "urgency": _urgency(draft.assessment.urgency),
        "warnings": list(draft.warnings),
        "research_only": list(dict.fromkeys(f.model.name for f in draft.models if f.research_only)),
        "files": dict(files or {}),
    }


def render_json(said: Draft | Report, files: Mapping[str, str] | None = None) -> Object:
    """Return the whole report but its pictures, as docs/reference/report.schema.json states."""
    draft = draft_of(said)
    return {
        "schema": SCHEMA,
        **summary(said, files),
        "draft_id": draft.draft_id,
        "made_at": time_part(draft.made_at),
        "software": draft.software,
        "notice": CLOSING,
        "study_date": draft.study_date,
        "study_description": draft.study_description,
        "accession_number": draft.accession_number,
        "institution": draft.institution,
        "impression": list(conclusion(draft)),
        "films": [
            {
                "instance": film.instance_uid,
                "origin": film.origin,
                "modality": film.modality,
                "view": film.view,
                "view_source": film.view_source,
            }
            for film in draft.films
        ],
        **image_parts(draft),
        "weighings": [_weighing(weighing) for weighing in draft.assessment.weighings],
        "trends": [_trend(one) for one in draft.assessment.trends],
        "notes": list(draft.assessment.notes),
        "record": _record(draft.record) if draft.record else None,
        "models": [_model(facts) for facts in draft.models],
        **review_parts(said),
    }


def _patient(patient: Patient, age_years: float | None) -> Object:
    """Describe the patient; what is unknown is null."""
    return {
        "identifiers": [{"value": i.value, "issuer": i.issuer} for i in patient.identifiers],
        "name": patient.name,
        "sex": patient.sex.value,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "age_years": age_years,
    }


def _finding(one: Judged) -> Object:
    """Describe one finding with what it was weighed to."""
    finding, weighing = one.finding, one.weighing
    said: Object = {"review": review_part(one.review)} if one.review is not None else {}
    return {
        "model": finding.model.name,
        "model_version": finding.model.version,
        "name": finding.name,
        "display": finding.display,
        "code": code_part(finding.code),
        "probability": finding.probability.value,
        "low": finding.probability.low,
        "high": finding.probability.high,
        "positive": finding.positive,
        "certainty": finding.certainty,
        "operating_point": _operating_point(finding),
        "likelihood_ratio": _interval(finding.likelihood_ratio),
        "limited": finding.limited,
        "not_ruled_out": finding.not_ruled_out,
        "coverage": finding.coverage,
        "under_changes": _interval(finding.under_changes) if finding.under_changes else None,
        "pretest": weighing.pretest if weighing else None,
        "posttest": _interval(weighing.posttest) if weighing else None,
        "regions": list(one.places),
        "films": [_film_score(film) for film in finding.films],
        "combined_by": finding.combined_by,
        "explanation": _explanation(finding),
        "mark": mark(one.review),
        **said,
    }


def _operating_point(finding: Finding) -> Object:
    """Describe the cut-off and what it was measured to give."""
    point = finding.operating_point
    return {
        "name": point.name,
        "threshold": point.threshold,
        "sensitivity": _interval(point.sensitivity),
        "specificity": _interval(point.specificity),
    }


def _film_score(film: FilmScore) -> Object:
    """Describe what one film gave."""
    p = film.probability
    return {
        "instance": film.instance_uid,
        "origin": film.origin,
        "probability": p.value,
        "low": p.low,
        "high": p.high,
    }


def _explanation(finding: Finding) -> Object | None:
    """Describe where the evidence lies, without the map itself."""
    explanation = finding.explanation
    if explanation is None:
        return None
    similar = explanation.similar
    return {
        "instance": explanation.instance_uid,
        "regions": [
            {
                "words": r.words,
                "side": r.side,
                "zone": r.zone,
                "peak": list(r.peak),
                "share": r.share,
            }
            for r in explanation.regions
        ],
        "share_inside_lungs": explanation.share_inside_lungs,
        "similar": (
            {"considered": similar.considered, "with_label": similar.with_label}
            if similar
            else None
        ),
        "cautions": list(explanation.cautions),
    }


def _not_assessed(missed: NotAssessed, draft: Draft) -> Object:
    """Describe what was not assessed and why."""
    return {
        "model": missed.model,
        "gate": missed.gate,
        "reason": missed.reason,
        "name": missed.name,
        "film": origin_of(missed.instance_uid, draft),
    }


def _score(score: Score) -> Object:
    """Describe one score."""
    return {
        "name": score.name,
        "display": score.display,
        "value": score.value,
        "inputs": [
            {
                "name": i.name,
                "value": i.value,
                "points": i.points,
                "effective": time_part(i.effective),
            }
            for i in score.inputs
        ],
        "missing": list(score.missing),
        "stale": list(score.stale),
        "not_applicable": score.not_applicable,
        "reason": score.reason,
        "band": score.band,
        "source": score.source,
        "verified": score.verified,
        "unit": score.unit,
    }


def _trend(one: Trend) -> Object:
    """Describe one trend: its values over time and the reference range."""
    return {
        "name": one.name,
        "display": one.display,
        "unit": one.unit,
        "points": [{"at": time_part(point.at), "value": point.value} for point in one.points],
        "low": one.low,
        "high": one.high,
        "source": one.source,
    }


def _urgency(one: Urgency | None) -> Object | None:
    """Describe how soon the study should be read; null in a draft made before rules of urgency."""
    if one is None:
        return None
    return {"level": one.level, "reasons": list(one.reasons), "source": one.source}


def _recommendation(one: Recommendation) -> Object:
    """Describe one suggestion, with why, and what holds it back."""
    return {
        "name": one.name,
        "kind": one.kind,
        "text": one.text,
        "why": one.why,
        "why_not": list(one.held_back),
        "source": one.source,
        "strength": one.strength,
        "evidence": one.evidence,
        "read_in": one.read_in,
        "read_on": one.read_on.isoformat() if one.read_on else None,
        "expires": one.expires.isoformat() if one.expires else None,
        "reviewer": one.reviewer,
        "review": "reviewed" if one.reviewer else "not clinically reviewed",
    }


def _weighing(weighing: Weighing) -> Object:
    """Describe one weighing, step by step."""
    return {
        "model": weighing.model,
        "name": weighing.name,
        "display": weighing.display,
        "pretest": weighing.pretest,
        "pretest_source": weighing.pretest_source,
        "likelihood_ratio": _interval(weighing.likelihood_ratio),
        "limited": weighing.limited,
        "posttest": _interval(weighing.posttest),
        "steps": list(weighing.steps),
        "pretest_interval": (
            _interval(weighing.pretest_interval) if weighing.pretest_interval else None
        ),
        "conflict": weighing.conflict,
        "would_change": weighing.would_change,
    }


def _record(record: Record) -> Object:
    """Describe the record: every value, with its repairs and faults."""
    return {
        "origin": record.origin,
        "observations": [_observation(observation) for observation in record.observations],
        "conditions": [
            {
                "code": code_part(condition.code),
                "onset": time_part(condition.onset),
                "abatement": time_part(condition.abatement),
                "active": condition.active,
            }
            for condition in record.conditions
        ],
        "medications": _codes(record.medications),
        "allergies": _codes(record.allergies),
        "warnings": list(record.warnings),
    }


def _observation(observation: Observation) -> Object:
    """Describe one value of the record."""
    value: Object | str | None
    match observation.value:
        case Quantity(value=amount, unit=unit):
            value = {"value": amount, "unit": unit}
        case Code() as code:
            value = code_part(code)
        case other:
            value = other
    return {
        "code": code_part(observation.code),
        "value": value,
        "effective": time_part(observation.effective),
        "raw": observation.raw,
        "repairs": list(observation.repairs),
        "implausible": observation.implausible,
    }


def _model(facts: ModelFacts) -> Object:
    """Describe one package."""
    return {
        "name": facts.model.name,
        "version": facts.model.version,
        "sha256": facts.model.sha256,
        "title": facts.title,
        "intended_use": facts.intended_use,
        "population": facts.population,
        "performance": list(facts.performance),
        "limits": list(facts.limits),
        "weights_licence": facts.weights_licence,
        "data_terms": facts.data_terms,
        "research_only": facts.research_only,
        "looked_for": list(facts.looked_for),
    }


def _codes(codes: Iterable[Code]) -> list[Object]:
    """Describe codes."""
    return [code_part(code) for code in codes]


def _interval(interval: Interval) -> Object:
    """Describe a value with its bounds."""
    return {
        "value": finite(interval.value),
        "low": finite(interval.low),
        "high": finite(interval.high),
    }
