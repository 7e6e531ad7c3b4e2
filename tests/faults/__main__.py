"""``make faults``: kill campaigns and single faults; prints the figures and writes the page.

``python -m faults [--kills N] [--seed S] [--page FILE]``; half of the kills go to each of the two
kinds of site, and two fifths as many again to the same behind the API. Exit code 1 where anything
was lost, doubled, stuck or readable.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faults.campaign import KINDS, run
from faults.scenarios import Answer, run_all

MEASURED = (
    "Measured on {day} with real processes: a writer that stores studies of three films, workers "
    "that analyse them with a tiny model, and kill -9 at random instants, 0.05 to 2 s apart. "
    "*embedded*: SQLite and a folder, one worker. *scaled*: PostgreSQL and an S3 server, two "
    "workers. *served* and *served scaled*: the same behind `osler serve`, to which a program "
    "sends zip files while another listens to the events; kills 0.05 to 6 s apart. The same seed "
    "gives the same victims after the same pauses: "
    "`python -m faults.campaign KIND --kills N --seed S`."
)
ASKED = (
    ("acknowledged instances", "acknowledged"),
    ("studies", "studies"),
    ("instances lost or altered", "lost"),
    ("studies without exactly one current result", "without_one_result"),
    ("jobs left over", "stuck"),
    ("jobs quarantined", "quarantined"),
    ("faults in the audit trail", "trail"),
    ("files and tables in which a patient's name can be read", "readable"),
    ("entries in the audit trail", "entries"),
    ("longest job from due to done, s", "longest_s"),
    ("from the last kill until nothing was left to do, s", "drained_s"),
    ("events", "events"),
    ("events that the listening client missed", "missed"),
    ("events that it was told twice", "doubled"),
    ("duration, s", "seconds"),
)


def page(campaigns: list[dict[str, Any]], answers: list[Answer]) -> str:
    """Return the page of the reference."""
    heads = " | ".join(f"{one['kind']}" for one in campaigns)
    lines = [
        "# Faults survived",
        "",
        "<!-- Written by `make faults`; do not edit by hand. -->",
        "",
        MEASURED.format(day=datetime.now(UTC).date().isoformat()),
        "",
        f"| | {heads} |",
        "|---|" + "---|" * len(campaigns),
        "| seed | " + " | ".join(str(one["seed"]) for one in campaigns) + " |",
        "| kills | "
        + " | ".join(
            f"{sum(one['kills'].values())}: "
            + ", ".join(f"{name} {count}" for name, count in sorted(one["kills"].items()))
            for one in campaigns
        )
        + " |",
    ]
    for title, name in ASKED:
        lines.append(
            f"| {title} | " + " | ".join(_told(one.get(name, "")) for one in campaigns) + " |"
        )
    lines += ["", "## Single faults", "", "| fault | what is said | afterwards |", "|---|---|---|"]
    lines += [f"| {one.fault} | {one.sentence} | {one.afterwards} |" for one in answers]
    return "\n".join([*lines, ""])


def _told(value: object) -> str:
    """Return a figure as a cell: of a list of faults, how many."""
    if isinstance(value, list | tuple):
        return str(len(value))
    return value if isinstance(value, str) else f"{value:,}"


def main() -> int:
    """Make all faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=None)
    given = parser.parse_args()
    campaigns = [
        run(
            kind,
            kills=given.kills // (5 if kind.startswith("served") else 2),
            seed=given.seed + number,
        )
        for number, kind in enumerate(KINDS)
    ]
    answers = run_all()
    print(json.dumps({"campaigns": campaigns, "answers": [vars(one) for one in answers]}, indent=1))
    written = page(campaigns, answers)
    if given.page is not None:
        given.page.write_text(written, encoding="utf-8")
    print(written)
    return 0 if all(one["is_clean"] for one in campaigns) else 1


if __name__ == "__main__":
    sys.exit(main())
