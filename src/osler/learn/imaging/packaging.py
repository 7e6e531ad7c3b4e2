"""From a trained network's graph to a package on disk: gates, calibration, figures, card.

No torch: the graph is given. The folder is built beside its place and moved there whole.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import (
    Card,
    DataCard,
    Estimate,
    EvaluationCard,
    GateCard,
    InputContract,
    OutputCard,
    StructureCard,
)
from osler.analyse.graph import Graph
from osler.analyse.package import Package, load_package
from osler.analyse.similar import compress_cases
from osler.errors import NotFound
from osler.learn.carding import Arrays, CardDraft, store, whole_folder, with_floor
from osler.learn.cardtext import CardText, read_card_text
from osler.learn.datasets.table import TABLE, DataSet, read_dataset, read_labels
from osler.learn.gatefit import Sources
from osler.learn.imaging.gating import fit_picture_gates, gather_kinds, measure_picture_gates
from osler.learn.imaging.outputs import calibrated_outputs, with_patient_floor
from osler.learn.imaging.recipe import StructurePlan
from osler.learn.imaging.testing import evaluations
from osler.learn.imaging.trained import Trained
from osler.prepare.picture import network_input
from osler.standards.pictures import decode_first, read_content

log = logging.getLogger(__name__)
FLOOR_DICE = 0.50
JUDGE = "chest-anatomy"
ANSWERS = {"multi-class": "one of", "ordinal": "grade"}
TASKS = {"detection": "detection", "volume": "volume"}
FROM_NOTHING = frozenset({"segmentation", "volume"})
GATES_OF_VOLUMES = "volumes are gated by header and geometry; no pixels are compared"


@dataclass(frozen=True)
class Made:
    """What the training bench made: the graph, its weights' format, its parity, its figures.

    ``figures`` are measured by the bench itself where the serving road does not measure them,
    ``thresholds`` the cut-off of each structure, ``weak`` why a structure is not assessed, and
    ``arrays`` what else of the training the gates need.
    """

    content: bytes
    weights: str
    parity: float
    figures: tuple[EvaluationCard, ...] = ()
    thresholds: dict[str, float] = field(default_factory=dict)
    weak: dict[str, str] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=dict)
    contract: InputContract | None = None


def build_package(trained: Trained, made: Made, models: Path) -> Path:
    """Write models/<name>/<version> with its card; return the folder."""
    return whole_folder(models, trained.recipe, _Building(trained, made, models).write)


def check_ready(trained: Trained, models: Path) -> None:
    """Refuse before a training what would end the packaging after it.

    Raises
    ------
    NotFound
        The card's text, a data set that it or the gates name, or the judge of the gates is absent.
    """
    recipe = trained.recipe
    text = read_card_text(trained.recipe_folder / recipe.card)
    named = {*text.sources, *(() if recipe.task == "volume" else recipe.gates.same)}
    for name in sorted(named):
        if not (trained.data / name / TABLE).is_file():
            raise NotFound(
                f"recipe {recipe.name}: its card or [gates] name {name}, which is not in "
                f"{trained.data}; add that data set or take it out"
            )
    if recipe.task != "volume":
        trained.other_kinds()
        newest(models, JUDGE)


@dataclass(frozen=True)
class _Building:
    """One package on its way to disk."""

    trained: Trained
    made: Made
    models: Path

    def write(self, work: Path) -> None:
        """Write graph and fingerprint, measure, and write the card that says it all."""
        text = read_card_text(self.trained.recipe_folder / self.trained.recipe.card)
        outputs = calibrated_outputs(self.trained) if self.trained.recipe.outputs else None
        arrays: Arrays = {**self.made.arrays}
        arrays |= {**outputs.arrays, **self._cases()} if outputs else {}
        cards = outputs.cards if outputs else ()
        if self.trained.recipe.task == "volume":
            store(work, self.made.content, arrays)
            gates = GateCard(tuned_with=(), refused={}, note=GATES_OF_VOLUMES)
            self._card(work, text, cards, gates=gates, found=self.made.figures)
            return
        anatomy = newest(self.models, JUDGE)
        sources = Sources(
            self.trained.data, self.trained.cache(), anatomy.graph, anatomy.identity.sha256
        )
        own = [self.trained.learnt_from(), *self._same_kind()]
        kinds = gather_kinds(own, self.trained.other_kinds(), sources)
        arrays |= fit_picture_gates(kinds)
        store(work, self.made.content, arrays)
        unmeasured = GateCard(tuned_with=(), refused={}, note="not measured")
        card = self._card(work, text, cards, gates=unmeasured, found=())
        test = self.trained.tested_on()
        gates = measure_picture_gates(kinds, sources, test=test, card=card, fingerprint=arrays)
        found = (*evaluations(self.trained, Package(work, card), anatomy), *self.made.figures)
        cards = tuple(
            with_patient_floor(with_floor(one, found), found) if one.shipped else one
            for one in cards
        )
        self.made.weak.update(too_weak([one.name for one in self.trained.recipe.structures], found))
        self._card(work, text, cards, gates=gates, found=found)

    def _same_kind(self) -> list[DataSet]:
        """Return other data sets of the same kind of picture, which gates must let through."""
        names = self.trained.recipe.gates.same
        return [read_dataset(self.trained.data / name) for name in names]

    def _cases(self) -> Arrays:
        """Return compressed embeddings of the training pictures with their labels."""
        rows = self.trained.learnt_from()
        graph = Graph(self.made.content)
        embeddings = np.stack(
            [graph.run(self._input(row.path)[None])["embedding"][0] for row in rows.rows]
        )
        outputs = [(one.name, one.positive) for one in self.trained.recipe.outputs]
        return compress_cases(embeddings, read_labels(rows.rows, outputs))

    def _input(self, path: Path) -> npt.NDArray[np.float32]:
        """Return one picture as the network reads it."""
        picture = decode_first(read_content(path.read_bytes(), origin=path.name))
        return network_input(picture, self.trained.contract)

    def _card(
        self,
        work: Path,
        text: CardText,
        outputs: tuple[OutputCard, ...],
        *,
        gates: GateCard,
        found: tuple[EvaluationCard, ...],
    ) -> Card:
        """Write the card and return it."""
        recipe, made = self.trained.recipe, self.made
        draft = CardDraft(recipe, self.trained.recipe_folder, text)
        start = "nothing" if recipe.task in FROM_NOTHING else recipe.start
        datasets = [self._data(name, draft) for name in text.sources]
        return draft.write(
            work,
            draft.training(start=start, datasets=datasets),
            {
                "task": TASKS.get(recipe.task, "picture"),
                "input": made.contract or text.input.of(self.trained.contract),
                "outputs": outputs,
                "structures": tuple(self._structure(one) for one in recipe.structures),
                "answers": ANSWERS.get(recipe.task, "findings"),
                "combine": "three highest" if recipe.combine is not None else "mean",
                "evaluation": found,
                "gates": gates,
                "evidence": _evidence(found),
                "weights_format": made.weights,
                "parity": made.parity,
            },
        )

    def _structure(self, plan: StructurePlan) -> StructureCard:
        """Return the card of one structure."""
        reason = self.made.weak.get(plan.name)
        return StructureCard(
            name=plan.name,
            display=plan.display,
            system=plan.system,
            code=plan.code,
            threshold=self.made.thresholds.get(plan.name, 0.5),
            measure=plan.measure,
            shipped=reason is None,
            not_assessed_reason=reason,
        )

    def _data(self, name: str, draft: CardDraft) -> DataCard:
        """Describe one data set that went in."""
        recipe = self.trained.recipe
        own = name == recipe.data
        return draft.data(
            name,
            self.trained.learnt_from() if own else read_dataset(self.trained.data / name),
            splits=recipe.fit.splits if own else ("all",),
            outputs=[(one.name, one.positive) for one in recipe.outputs] if own else [],
        )


def too_weak(structures: Sequence[str], found: tuple[EvaluationCard, ...]) -> dict[str, str]:
    """Return why a structure is not assessed: the lower bound of its mean Dice is under the floor.

    A structure whose Dice was not measured is left as it is.
    """
    weak = {}
    for name in structures:
        dices = [
            figure
            for evaluation in found
            for title, figure in evaluation.figures.items()
            if title.startswith(f"Dice, {name} (")
        ]
        if dices and dices[0].low < FLOOR_DICE:
            weak[name] = (
                "the outlines are too poor here: the lower 95 % bound of their mean Dice on test "
                f"pictures is below {FLOOR_DICE:.2f} (see the card)"
            )
    return weak


def _evidence(found: tuple[EvaluationCard, ...]) -> dict[str, Estimate]:
    """Return the figures of evaluations that are of the evidence."""
    return {
        name: one
        for evaluation in found
        for name, one in evaluation.figures.items()
        if name.startswith("evidence: ")
    }


def newest(models: Path, name: str) -> Package:
    """Load the newest version of a package that this folder holds.

    Raises
    ------
    NotFound
        It holds none.
    """
    versions = sorted((models / name).glob("[0-9]*"))
    if not versions:
        raise NotFound(
            f"no package {name} in {models}, whose features the gates compare; copy it there"
        )
    return load_package(versions[-1], allowed=frozenset({name}))
