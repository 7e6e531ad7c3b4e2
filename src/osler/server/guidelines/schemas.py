"""Rules and scores as clients see them."""

from pydantic import BaseModel, Field


class RuleShown(BaseModel):
    """One rule that may advise."""

    name: str
    kind: str
    recommendation: str
    source: str
    version: str
    page: str
    verified: bool = Field(description="Read in its source; others are never shown as advice.")
    read_in: str
    reviewer: str | None = Field(description="The clinician who approved it; null: nobody yet.")
    expires: str


class RulesShown(BaseModel):
    """All rules, with how many were read in their source and how many a clinician reviewed."""

    total: int
    verified: int
    reviewed: int
    items: list[RuleShown]


class ScoreShown(BaseModel):
    """One score that can be computed."""

    name: str
    display: str
    about: str
    verified: bool
    source: str
