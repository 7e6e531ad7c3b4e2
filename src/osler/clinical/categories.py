"""The one grade or class that the findings of a package come to together."""

from dataclasses import dataclass
from enum import StrEnum

from osler.clinical.findings import ModelIdentity


class CategoryKind(StrEnum):
    """Whether findings are steps of a grade, or classes of which one holds."""

    GRADE = "grade"
    CLASS = "class"


@dataclass(frozen=True)
class Candidate:
    """A grade or class with its probability: of this very grade, or of the class by itself.

    ``name`` is the grade as its data label it, or the output of the class; ``display`` is for a
    reader.
    """

    name: str
    display: str
    probability: float


@dataclass(frozen=True)
class Category:
    """What the steps of a grade, or classes of which one holds, come to for the patient.

    Attributes
    ----------
    model
        The package whose findings these are.
    kind
        Steps of a grade, or classes of which one holds.
    subject
        What is graded or told apart, as the package's title has it.
    among
        The displays of every grade, lowest first, or of every class.
    candidates
        One where the matter is settled; where it is not, what it may be, most probable first;
        none where it is not assessed.
    why
        Why it is not settled or not assessed; empty where it is settled.
    """

    model: ModelIdentity
    kind: CategoryKind
    subject: str
    among: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()
    why: str = ""

    def __post_init__(self) -> None:
        if not self.why and len(self.candidates) != 1:
            raise ValueError(f"one candidate settles it, got {len(self.candidates)}; say why not")

    @property
    def state(self) -> str:
        """Tell 'settled', 'undecided' or 'not assessed'."""
        if not self.why:
            return "settled"
        return "undecided" if self.candidates else "not assessed"
