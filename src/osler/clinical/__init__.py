"""The nouns that every room shares: frozen values without input or output."""

from osler.clinical.assessment import (
    Assessment,
    Recommendation,
    Score,
    ScoreInput,
    Trend,
    TrendPoint,
    Urgency,
    Weighing,
)
from osler.clinical.case import Case, Explained, Prepared, StudyAnalysis
from osler.clinical.categories import Candidate, Category, CategoryKind
from osler.clinical.changes import Change, MeasuredStudy
from osler.clinical.codes import ICD10, LOINC, OSLER, RXNORM, SNOMED, UCUM, Code, Interval, Quantity
from osler.clinical.draft import Draft, FilmView, MaskFile, ModelFacts
from osler.clinical.estimates import Contribution, Estimate
from osler.clinical.findings import (
    Explanation,
    FilmAnalysis,
    FilmScore,
    Finding,
    Measurement,
    ModelIdentity,
    NotAssessed,
    OperatingPoint,
    Outline,
    Prediction,
    Region,
    SimilarCases,
    VolumeAnalysis,
)
from osler.clinical.identity import Identifier, InstanceUid, Patient, SeriesUid, Sex, StudyUid
from osler.clinical.images import Instance, Picture, Series, Study, Volume
from osler.clinical.naming import Named, ValueNames
from osler.clinical.record import Condition, Observation, Record
from osler.clinical.refusal import Refusal
from osler.clinical.report import Addendum, Report
from osler.clinical.review import Act, Claim, Review, Statement, in_force

__all__ = [
    "ICD10",
    "LOINC",
    "OSLER",
    "RXNORM",
    "SNOMED",
    "UCUM",
    "Act",
    "Addendum",
    "Assessment",
    "Candidate",
    "Case",
    "Category",
    "CategoryKind",
    "Change",
    "Claim",
    "Code",
    "Condition",
    "Contribution",
    "Draft",
    "Estimate",
    "Explained",
    "Explanation",
    "FilmAnalysis",
    "FilmScore",
    "FilmView",
    "Finding",
    "Identifier",
    "Instance",
    "InstanceUid",
    "Interval",
    "MaskFile",
    "MeasuredStudy",
    "Measurement",
    "ModelFacts",
    "ModelIdentity",
    "Named",
    "NotAssessed",
    "Observation",
    "OperatingPoint",
    "Outline",
    "Patient",
    "Picture",
    "Prediction",
    "Prepared",
    "Quantity",
    "Recommendation",
    "Record",
    "Refusal",
    "Region",
    "Report",
    "Review",
    "Score",
    "ScoreInput",
    "Series",
    "SeriesUid",
    "Sex",
    "SimilarCases",
    "Statement",
    "Study",
    "StudyAnalysis",
    "StudyUid",
    "Trend",
    "TrendPoint",
    "Urgency",
    "ValueNames",
    "Volume",
    "VolumeAnalysis",
    "Weighing",
    "in_force",
]
