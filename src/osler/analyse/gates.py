"""Gates: may this package judge this film at all? The first that says no gives the reason.

In order: what the header states (modality, body part, view, frames, size), what the pixels show
(blank, not an upright frontal film), for whom (population), how good (quality), and whether the
film is like those the package learnt from (distribution).
"""

from dataclasses import dataclass

import numpy as np

from osler.analyse.card import Card
from osler.analyse.film import QUALITY, FilmFacts
from osler.analyse.heads import Arrays, Distance, LinearHead
from osler.clinical import Instance, NotAssessed, Picture

NIFTI, DICOM = "application/nifti", "application/dicom"
UNSTATED_MODALITIES = frozenset({"OT", "SC"})
FRAME_REASONS = {
    "turned": "the film lies on its side; turn it upright and send it again",
    "upside down": "the film is upside down; turn it upright and send it again",
    "inverted": "black and white are exchanged; check the photometric interpretation",
    "cropped": "no whole chest is in the picture: another body part, or a piece of a chest film",
}


@dataclass(frozen=True)
class ClosedGate:
    """Which gate said no, and why, in a sentence."""

    gate: str
    reason: str

    def not_assessed(self, model: str, instance: Instance) -> NotAssessed:
        """Return it as the clinical value for one model and one instance."""
        return NotAssessed(
            model, self.gate, self.reason, instance_uid=instance.uid, origin=instance.origin
        )


def header_gate(instance: Instance, card: Card) -> ClosedGate | None:
    """Refuse by what the header states; what it does not state is left to the pixels."""
    contract = card.input
    kind = _kind_gate(instance, card)
    if kind is not None:
        return kind
    modality = (instance.modality or "").upper()
    if modality and modality not in UNSTATED_MODALITIES and modality not in contract.modalities:
        return ClosedGate(
            "modality", f"the header says modality {modality}; need {_or(contract.modalities)}"
        )
    part = (instance.body_part or "").strip().upper()
    if part and contract.body_parts and part not in contract.body_parts:
        return ClosedGate(
            "body part", f"the header says body part {part}; need {_or(contract.body_parts)}"
        )
    view = (instance.view_position or "").strip().upper()
    if contract.views and view and view not in contract.views:
        return ClosedGate("view", f"the header says view {view}; need {_or(contract.views)}")
    return None


def _kind_gate(instance: Instance, card: Card) -> ClosedGate | None:
    """Refuse a volume where a picture is needed, and a picture where a volume is."""
    contract = card.input
    if instance.media_type == NIFTI and contract.name != "volume":
        return ClosedGate("modality", f"a NIfTI volume; need {_or(contract.modalities)}")
    if contract.name == "volume" and instance.media_type not in (NIFTI, DICOM):
        return ClosedGate("modality", f"a single picture; need a {contract.subject}")
    return None


def _or(words: tuple[str, ...]) -> str:
    """Join words with commas and 'or'."""
    if not words:
        return "a picture that states none"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def shape_gate(picture: Picture, frames: int, card: Card) -> ClosedGate | None:
    """Refuse clips and pictures with too few pixels."""
    if frames > 1:
        wanted = f"a {card.input.subject} is one frame"
        return ClosedGate("geometry", f"the object holds {frames} frames; {wanted}")
    rows, columns = picture.pixels.shape[:2]
    if card.input.colour == "rgb" and not picture.is_colour():
        return ClosedGate("colour", f"a grey picture; need a {card.input.subject} in colour")
    if min(rows, columns) < card.input.min_pixels:
        return ClosedGate(
            "quality",
            f"the picture is {rows} x {columns} pixels; "
            f"need at least {card.input.min_pixels} a side",
        )
    return None


def frame_gate(facts: FilmFacts, fingerprint: Arrays, card: Card) -> ClosedGate | None:
    """Refuse blank pictures and whatever is not what the package is for.

    Of chest films those that are not upright, whole and frontal are told apart as well.
    """
    if facts.quality[QUALITY.index("contrast")] < 0.02:
        return ClosedGate("quality", "the picture is blank; no structure can be seen in it")
    head = LinearHead.of(fingerprint, "frame")
    shares = head.probabilities(facts.features[None])[0]
    accepted = float(shares[head.classes.index("film")])
    if accepted >= float(np.asarray(fingerprint["frame_threshold"], dtype=float)):
        return None
    others = [i for i, name in enumerate(head.classes) if name != "film"]
    worst = head.classes[max(others, key=lambda i: shares[i])]
    gate = "quality" if worst in ("turned", "upside down", "inverted") else "body part"
    unlike = f"the picture does not look like a {card.input.subject}"
    return ClosedGate(gate, f"{FRAME_REASONS.get(worst, unlike)} (likeness {accepted:.2f})")


def population_gate(
    facts: FilmFacts, fingerprint: Arrays, card: Card, *, age_years: float | None
) -> ClosedGate | None:
    """Refuse other ages: by the stated age where there is one, and always by the pixels.

    A stated age outside the package's range refuses. Where no age is stated the pixels must look
    like the package's population; where one is stated they must not clearly contradict it. A
    package that learnt to tell no populations apart looks at the stated age only.
    """
    people = card.intended_use.population
    wanted = f"{people.min_age_years:g} to {people.max_age_years:g} years"
    if age_years is not None and not people.min_age_years <= age_years < people.max_age_years + 1:
        return ClosedGate(
            "population", f"the patient is {age_years:.0f} years old; the model is for {wanted}"
        )
    if people.kind == "any" or "population_classes" not in fingerprint:
        return None
    head = LinearHead.of(fingerprint, "population")
    likeness = float(head.probabilities(facts.features[None])[0][head.classes.index(people.kind)])
    if age_years is None and likeness < 0.5:
        return ClosedGate(
            "population",
            f"no age is stated, and the film does not look like that of {_article(people.kind)} "
            f"(likeness {likeness:.2f}); the model is for {wanted}",
        )
    if age_years is not None and likeness < 0.02:
        return ClosedGate(
            "population",
            f"the stated age is {age_years:.0f} years, but the film does not look like that of "
            f"{_article(people.kind)} (likeness {likeness:.2f}); check the patient",
        )
    return None


def _article(kind: str) -> str:
    """Return 'an adult' or 'a child'."""
    return "an adult" if kind == "adult" else "a child"


def quality_gate(facts: FilmFacts, fingerprint: Arrays) -> ClosedGate | None:
    """Refuse a film of which some measure lies outside that of the films learnt from."""
    low = np.asarray(fingerprint["quality_low"], dtype=float)
    high = np.asarray(fingerprint["quality_high"], dtype=float)
    found = facts.quality[: len(low)]  # of other pictures than chest films no lungs are measured
    beyond = np.maximum(low - found, found - high) / np.maximum(high - low, 1e-6)
    worst = int(np.argmax(beyond))
    if beyond[worst] <= 0:
        return None
    return ClosedGate(
        "quality",
        f"{QUALITY[worst]} is {facts.quality[worst]:.3f}; pictures that the model learnt from have "
        f"{max(low[worst], 0.0):.3f} to {high[worst]:.3f}",
    )


def distribution_gate(facts: FilmFacts, fingerprint: Arrays) -> ClosedGate | None:
    """Refuse a film that is far from all that the package learnt from."""
    limit = Distance.of(fingerprint, "distance").limit
    found = distance_of(facts, fingerprint)
    if found <= limit:
        return None
    return ClosedGate(
        "distribution",
        f"the picture is unlike those that the model learnt from (distance {found:.1f}, "
        f"accepted up to {limit:.1f})",
    )


def distance_of(facts: FilmFacts, fingerprint: Arrays) -> float:
    """Return how far a film is from those that a package learnt from; near 1 for one of those."""
    return float(Distance.of(fingerprint, "distance").of_features(facts.features[None])[0])


def pixel_gates(
    facts: FilmFacts, fingerprint: Arrays, card: Card, *, age_years: float | None
) -> ClosedGate | None:
    """Run the gates that look at pixels, in order; return the first refusal."""
    return (
        frame_gate(facts, fingerprint, card)
        or population_gate(facts, fingerprint, card, age_years=age_years)
        or quality_gate(facts, fingerprint)
        or distribution_gate(facts, fingerprint)
    )
