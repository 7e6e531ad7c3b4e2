"""Users over HTTP: added, changed, disabled, with a password for the first time."""

from make.served import API, PASSWORD, Served
from osler.records import Role

FIRST = "a password for once"
NEW = {"name": "bob", "roles": ["reader"], "password": FIRST}


def test_a_new_user_signs_in_changes_the_password_and_works(served: Served) -> None:
    """The administrator never knows the password that somebody works with."""
    client = served.client(Role.ADMINISTRATOR)
    key = {"Idempotency-Key": "add-bob-number-1"}
    made = client.post(f"{API}/users", json=NEW, headers=key)
    assert (made.status_code, made.json()["roles"]) == (201, ["reader"])
    assert client.post(f"{API}/users", json=NEW, headers=key).json() == made.json()
    assert client.post(f"{API}/users", json=NEW).status_code == 409
    bob = served.client()
    served.sign_in(bob, "bob", FIRST)
    assert bob.get(f"{API}/studies").status_code == 403
    changed = bob.post(f"{API}/account/password", json={"old": FIRST, "new": PASSWORD})
    assert changed.status_code == 204
    served.sign_in(bob, "bob")
    assert bob.get(f"{API}/studies").status_code == 200


def test_roles_are_changed_from_what_was_seen(served: Served) -> None:
    """Two administrators must not take each other's change back without a word."""
    client = served.client(Role.ADMINISTRATOR)
    client.post(f"{API}/users", json=NEW)
    etag = {"If-Match": client.get(f"{API}/users/bob").headers["etag"]}
    path = f"{API}/users/bob/roles"
    assert client.put(path, json={"roles": ["clinician"]}, headers=etag).status_code == 200
    assert client.put(path, json={"roles": ["auditor"]}, headers=etag).status_code == 412
    assert client.put(path, json={"roles": ["service"]}).status_code == 422
    assert client.get(f"{API}/users/bob").json()["roles"] == ["clinician"]


def test_a_disabled_user_is_out_at_once(served: Served) -> None:
    """Somebody who has left the hospital must not read on in an open window."""
    reader = served.client(Role.READER)
    assert reader.get(f"{API}/studies").status_code == 200
    client = served.client(Role.ADMINISTRATOR)
    disabled = client.post(f"{API}/users/reader/disabling")
    assert disabled.json()["disabled_at"] is not None
    assert reader.get(f"{API}/studies").status_code == 401
    assert client.post(f"{API}/users/nobody/disabling").status_code == 404


def test_a_forgotten_password_is_replaced_by_one_for_once(served: Served) -> None:
    """The new one is known to two people until it is changed, so that it has to be."""
    reader = served.client(Role.READER)
    client = served.client(Role.ADMINISTRATOR)
    path = f"{API}/users/reader/password"
    assert client.put(path, json={"password": "short"}).status_code == 422
    assert client.put(path, json={"password": FIRST}).status_code == 204
    assert reader.get(f"{API}/studies").status_code == 401
    served.sign_in(reader, "reader", FIRST)
    assert reader.get(f"{API}/account/session").json()["must_change"] is True


def test_the_last_administrator_stays(served: Served) -> None:
    """Nobody locks everybody out."""
    client = served.client(Role.ADMINISTRATOR)
    rows = client.get(f"{API}/users").json()["items"]
    names = [one["name"] for one in rows if "administrator" in one["roles"]]
    assert "ada" in names
    assert client.put(f"{API}/users/ada/roles", json={"roles": []}).status_code == 200
    last = client.post(f"{API}/users/administrator/disabling")
    assert last.status_code == 409
    assert "at least one administrator" in last.json()["detail"]
