"""The audit trail over HTTP: who did what, and whether it is whole."""

import time
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import text

from make.served import API, Served
from osler.records import Role


def checked(client: TestClient) -> dict[str, Any]:
    """Check the whole trail; return what it came to."""
    begun = client.post(f"{API}/audit/checks")
    assert begun.status_code == 202, begun.text
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found: dict[str, Any] = client.get(f"{API}/audit/checks/{begun.json()['check_id']}").json()
        if found["state"] != "running":
            return found
        time.sleep(0.01)
    raise AssertionError("the check did not end")


def test_entries_are_narrowed_and_come_page_by_page(served: Served) -> None:
    """An auditor asks who looked at whom, and gets every entry once."""
    reader = served.client(Role.READER)
    for _ in range(3):
        reader.get(f"{API}/studies")
    reader.get(f"{API}/users")
    client = served.client(Role.AUDITOR)
    asked: dict[str, str | int] = {"user": "reader", "action": "list studies", "limit": 2}
    first = client.get(f"{API}/audit", params=asked).json()
    rest = client.get(f"{API}/audit", params={**asked, "cursor": first["next"]}).json()
    entries = [*first["items"], *rest["items"]]
    assert len({one["seq"] for one in entries}) == 3
    assert rest["next"] is None
    refused = client.get(f"{API}/audit", params={"user": "reader", "outcome": "not allowed"})
    assert [one["action"] for one in refused.json()["items"]] == ["read users"]
    later = {"since": "2999-01-01T00:00:00"}
    assert client.get(f"{API}/audit", params=later).json()["items"] == []


def test_a_whole_trail_is_found_whole_and_a_damaged_one_is_named(served: Served) -> None:
    """An entry that somebody removed is missed."""
    client = served.client(Role.AUDITOR)
    client.get(f"{API}/audit")
    whole = checked(client)
    assert (whole["state"], whole["faults"]) == ("whole", [])
    assert whole["entries"] > 0
    with served.kept.records.database.writer.connect() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq = 2"))
        connection.commit()
    damaged = checked(client)
    assert damaged["state"] == "damaged"
    assert any("expected entry 2" in one for one in damaged["faults"])


def test_only_an_auditor_reads_the_trail(served: Served) -> None:
    """Whoever is watched does not watch the watching."""
    assert served.client(Role.ADMINISTRATOR).get(f"{API}/audit").status_code == 403
    auditor = served.client(Role.AUDITOR)
    assert auditor.get(f"{API}/audit/checks/none").status_code == 404
