"""Write docs/reference/api-roles.md: which role may use which endpoint of the API.

Run as ``python tools/roles_page.py``; a test holds the page to the application.
"""

import sys
from pathlib import Path

from osler.server.roles import PEOPLE, EndpointRoles, endpoint_roles

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "api-roles.md"
HEAD = """# Who may use which endpoint

<!-- Written by tools/roles_page.py from the application; do not edit by hand. -->

A user has one or more roles; a token has some of its user's. *anybody* needs no sign-in. Every call
by a user, allowed or not, is in the audit trail. A test calls every endpoint as every role and as
nobody and compares with this table.

"""


def page(rows: tuple[EndpointRoles, ...]) -> str:
    """Return the page."""
    titles = ["method", "path", "act", *PEOPLE]
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    for row in rows:
        act = "anybody" if row.action is None else str(row.action)
        marks = ["✓" if row.allows(role) else "" for role in PEOPLE]
        lines.append("| " + " | ".join([row.method, f"`{row.path}`", act, *marks]) + " |")
    return HEAD + "\n".join(lines) + "\n"


def current() -> str:
    """Return the page as it should be now."""
    return page(endpoint_roles())


if __name__ == "__main__":
    PAGE.write_text(current(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.name}\n")
