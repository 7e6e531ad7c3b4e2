"""How fast records are scored: one patient by all models, and many rows beside interpret.

python benchmarks/record_scoring.py                        one patient, warm
python benchmarks/record_scoring.py --data FOLDER          also beside interpret (extra 'tables')
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import osler
from osler.analyse.record_graph import RecordGraph
from osler.analyse.record_package import active_scorers
from osler.analyse.record_scoring import score_record
from osler.analyse.registry import default_folder
from osler.learn.tables.fitting import fit_boosted
from osler.learn.tables.graph import to_onnx
from osler.learn.tables.recipe import read_table_recipe
from osler.learn.tables.table import read_table
from osler.standards.guideline import shipped
from osler.standards.record import read_record

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SAMPLE = "adult_chest_pain.fhir.json"
ROWS = 2000


def milliseconds(work: Callable[[], object], *, repeats: int) -> float:
    """Return the median time of one run, after one that warms up."""
    work()
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def one_patient() -> None:
    """Time one patient through every shipped model, from the record to reasons in words."""
    packages, _ = active_scorers(default_folder())
    content = (Path(osler.__file__).parent / "workflow" / "_samples" / SAMPLE).read_bytes()
    record = read_record(content, origin=SAMPLE, now=NOW, guidelines=shipped())
    taken = milliseconds(
        lambda: score_record(record, packages, at=NOW, age_years=64.7), repeats=200
    )
    print(f"one patient, {len(packages)} models, warm: {taken:.2f} ms (aim: at most 10)")


def beside_interpret(data: Path, recipes: Path) -> None:
    """Time probabilities with every share of many rows, by the graph and by explain_local."""
    recipe = read_table_recipe(recipes / "record-coronary.toml")
    table = read_table(data / recipe.file, recipe)
    settings = {"interactions": 3, "copies": 1}
    model, boosted = fit_boosted(table, recipe.features, settings, bags=8, seed=1)
    drawn = np.random.default_rng(0).integers(0, len(table.labels), ROWS)
    rows = table.values[drawn]
    graph = RecordGraph(to_onnx(model, len(recipe.features)))
    narrow = rows.astype(np.float32)
    logits, _ = graph.run(narrow)
    gap = np.abs(logits - boosted.decision_function(rows)).max()
    ours = milliseconds(lambda: graph.run(narrow), repeats=20)
    theirs = milliseconds(lambda: boosted.explain_local(rows), repeats=3)
    print(
        f"{ROWS} rows with every share, one model: graph {ours:.1f} ms, interpret {theirs:.1f} ms"
    )
    print(f"ratio {theirs / ours:.0f} (aim: at least 5); largest difference in log-odds {gap:.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recipes", type=Path, default=Path("recipes/tables"))
    arguments = parser.parse_args()
    one_patient()
    beside_interpret(arguments.data, arguments.recipes)


if __name__ == "__main__":
    main()
