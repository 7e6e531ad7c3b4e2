"""Model packages over HTTP: cards, and the state of each at this site."""

from make.served import API, Served
from osler.records import ModelState, Role

ADULT = f"{API}/models/cxr-adult/1.0.0"


def test_every_package_is_listed_with_its_state_and_its_card(served: Served) -> None:
    """Nobody has to trust a model whose limits they cannot read."""
    client = served.client(Role.DATA_SCIENTIST)
    rows = client.get(f"{API}/models").json()["items"]
    assert {one["name"]: one["state"] for one in rows}["cxr-adult"] == "active"
    shown = client.get(ADULT)
    assert shown.json() in rows
    card = client.get(f"{ADULT}/card")
    assert card.json()["intended_use"]["statement"] == shown.json()["intended_use"]
    assert card.json()["limits"]
    etag = {"If-None-Match": card.headers["etag"]}
    assert client.get(f"{ADULT}/card", headers=etag).status_code == 304
    absent = client.get(f"{API}/models/cxr-adult/9.9.9")
    assert (absent.status_code, absent.json()["kind"]) == (404, "not-found")


def test_a_package_is_put_into_shadow_and_back(served: Served) -> None:
    """A model that is being tried must not speak."""
    client = served.client(Role.ADMINISTRATOR)
    seen = client.get(ADULT)
    changed = client.put(
        f"{ADULT}/state", json={"state": "shadow"}, headers={"If-Match": seen.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["state"]) == (200, "shadow")
    assert client.get(ADULT).headers["etag"] == changed.headers["etag"]
    states = served.kept.ada.models.states()
    assert states["cxr-adult", "1.0.0"] == ModelState.SHADOW
    stale = client.put(
        f"{ADULT}/state", json={"state": "retired"}, headers={"If-Match": seen.headers["etag"]}
    )
    assert stale.status_code == 412
    assert client.put(f"{ADULT}/state", json={"state": "loud"}).status_code == 422


def test_the_card_of_a_model_of_the_record_is_read_in_its_own_form(served: Served) -> None:
    """Whoever sees an estimate wants to know on whom it was learnt."""
    client = served.client(Role.CLINICIAN)
    card = client.get(f"{API}/models/record-coronary/1.0.0/card").json()
    assert card["task"] == "record"
    assert len(card["features"]) == 13
    assert card["limits"]


def test_a_reader_reads_cards_and_sets_nothing(served: Served) -> None:
    """Which model speaks is not decided at the viewer."""
    client = served.client(Role.READER)
    assert client.get(ADULT).status_code == 200
    assert client.put(f"{ADULT}/state", json={"state": "retired"}).status_code == 403
