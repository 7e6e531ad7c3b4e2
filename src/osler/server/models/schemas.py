"""A model package as clients see it."""

from pydantic import BaseModel, ConfigDict, Field

from osler.records import ModelState
from osler.workflow.packages import PackageSeen, RecordCard


class OutputShown(BaseModel):
    """One output of a package."""

    name: str
    display: str
    shipped: bool = Field(description="False: not assessed, because the card shows it too weak.")
    needs_pretest: bool


class ModelShown(BaseModel):
    """A package in lists. Its whole card is at /models/{name}/{version}/card."""

    name: str
    version: str
    state: str = Field(
        description="shadow, active, retired; refused where it does not load; research only "
        "where nobody allowed it by name."
    )
    set_state: ModelState | None = Field(description="What this site said; null: nothing.")
    reason: str = Field(description="Why it does not load.")
    title: str
    task: str
    intended_use: str
    research_only: bool | None
    sha256: str = Field(description="Of the graph.")
    outputs: list[OutputShown]

    @classmethod
    def of(cls, seen: PackageSeen) -> "ModelShown":
        """Return a package as it is shown."""
        if seen.record_card is not None:
            return cls._of_record(seen, seen.record_card)
        card = seen.card
        return cls(
            name=seen.name,
            version=seen.version,
            state=seen.state,
            set_state=seen.set_state,
            reason=seen.reason,
            title=card.title if card else "",
            task=card.task if card else "",
            intended_use=card.intended_use.statement if card else "",
            research_only=card.terms.research_only if card else None,
            sha256=card.files.get("model.onnx", "") if card else "",
            outputs=[
                OutputShown(
                    name=one.name,
                    display=one.display,
                    shipped=one.shipped,
                    needs_pretest=one.needs_pretest,
                )
                for one in (card.outputs if card else ())
            ],
        )

    @classmethod
    def _of_record(cls, seen: PackageSeen, card: RecordCard) -> "ModelShown":
        """Return a package that scores a record as it is shown."""
        output = OutputShown(
            name=card.output.name,
            display=card.output.display,
            shipped=True,
            needs_pretest=not card.output.pretest,
        )
        return cls(
            name=seen.name,
            version=seen.version,
            state=seen.state,
            set_state=seen.set_state,
            reason=seen.reason,
            title=card.title,
            task=card.task,
            intended_use=card.use.statement,
            research_only=card.terms.research_only,
            sha256=card.files["model.onnx"],
            outputs=[output],
        )


class StateOrder(BaseModel):
    """How a package is to be used at this site."""

    model_config = ConfigDict(extra="forbid")

    state: ModelState
