"""Every table, by what it is about. ``migrations/`` builds them; a test holds both equal."""

from osler.records.tables.imaging import instances, refusals, series, studies, study_texts
from osler.records.tables.monitoring import alerts, film_measures, watches
from osler.records.tables.operations import audit, audit_heads, jobs, models_in_use, users, workers
from osler.records.tables.people import (
    patient_descriptions,
    patient_identifiers,
    patient_merges,
    patients,
)
from osler.records.tables.record import allergies, conditions, documents, medications, observations
from osler.records.tables.results import (
    addenda,
    assessments,
    deliveries,
    drafts,
    findings,
    predictions,
    report_files,
    reports,
    reviews,
)
from osler.records.tables.service import answers, events, passwords, sessions, tokens, uploads
from osler.records.tables.types import METADATA, OPEN_JOB

__all__ = [
    "METADATA",
    "OPEN_JOB",
    "addenda",
    "alerts",
    "allergies",
    "answers",
    "assessments",
    "audit",
    "audit_heads",
    "conditions",
    "deliveries",
    "documents",
    "drafts",
    "events",
    "film_measures",
    "findings",
    "instances",
    "jobs",
    "medications",
    "models_in_use",
    "observations",
    "passwords",
    "patient_descriptions",
    "patient_identifiers",
    "patient_merges",
    "patients",
    "predictions",
    "refusals",
    "report_files",
    "reports",
    "reviews",
    "series",
    "sessions",
    "studies",
    "study_texts",
    "tokens",
    "uploads",
    "users",
    "watches",
    "workers",
]
