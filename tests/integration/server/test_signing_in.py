"""Sessions, tokens, and what a client without them gets."""

from make.kept import FIRST_USER
from make.served import API, PASSWORD, Served
from osler.records import Role
from osler.server.identity import COOKIE, CSRF_HEADER


def test_the_session_s_cookie_is_out_of_reach_of_scripts_and_other_sites(served: Served) -> None:
    """A script that slips into a page must not carry the session away."""
    client = served.client()
    answer = client.post(f"{API}/account/session", json={"name": FIRST_USER, "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "secure", "samesite=strict", "path=/"))
    assert answer.json()["user"] == FIRST_USER


def test_a_write_without_the_csrf_header_is_refused_and_a_read_is_not(served: Served) -> None:
    """Another site can make a browser send the cookie, but does not know the header."""
    client = served.client(Role.INTEGRATOR)
    del client.headers[CSRF_HEADER]
    assert client.get(f"{API}/studies").status_code == 200
    answer = client.post(f"{API}/uploads", json={"name": "a", "size": 1})
    assert answer.status_code == 403
    assert "X-CSRF-Token" in answer.json()["detail"]


def test_signing_out_ends_the_session(served: Served) -> None:
    """The next person at the screen starts as nobody."""
    client = served.client(Role.READER)
    secret = client.cookies[COOKIE]
    assert client.delete(f"{API}/account/session").status_code == 204
    client.cookies.set(COOKIE, secret)
    assert client.get(f"{API}/studies").status_code == 401


def test_a_first_password_has_to_be_changed_before_anything_else(served: Served) -> None:
    """The password that was printed on a terminal is good for one thing."""
    name = served.user(Role.READER)
    first = "a first password"
    served.kept.ada.accounts.set_password(
        name, first, now=served.app.state.service.clock(), must_change=True
    )
    client = served.client()
    served.sign_in(client, name, first)
    refused = client.get(f"{API}/studies")
    assert refused.status_code == 403
    assert "change it first" in refused.json()["detail"]
    changed = client.post(
        f"{API}/account/password", json={"old": first, "new": "one of my own choice"}
    )
    assert changed.status_code == 204
    assert client.get(f"{API}/studies").status_code == 401
    served.sign_in(client, name, "one of my own choice")
    assert client.get(f"{API}/studies").status_code == 200


def test_guesses_are_slowed_down(served: Served) -> None:
    """Twenty a minute from one address, whatever names it tries."""
    client = served.client()
    statuses = [
        client.post(
            f"{API}/account/session", json={"name": f"n{number}", "password": "x"}
        ).status_code
        for number in range(22)
    ]
    assert statuses[:20] == [401] * 20
    assert statuses[20:] == [429] * 2


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(served: Served) -> None:
    """A token that is overheard is ended at once."""
    client = served.client(Role.INTEGRATOR)
    made = client.post(
        f"{API}/account/tokens", json={"name": "feed", "roles": ["integrator"], "days": 30}
    )
    assert made.status_code == 201
    secret = made.json()["secret"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert served.client().get(f"{API}/studies", headers=headers).status_code == 200
    assert secret not in client.get(f"{API}/account/tokens").text
    assert client.delete(f"{API}/account/tokens/{made.json()['token_id']}").status_code == 204
    assert served.client().get(f"{API}/studies", headers=headers).status_code == 401


def test_a_token_cannot_make_tokens(served: Served) -> None:
    """A program that is taken over cannot outlive its token."""
    headers = {"Authorization": f"Bearer {served.token(Role.INTEGRATOR)}"}
    order = {"name": "more", "roles": ["integrator"], "days": 1}
    answer = served.client().post(f"{API}/account/tokens", json=order, headers=headers)
    assert answer.status_code == 403


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(served: Served) -> None:
    """No page of ours is framed, no answer of ours is kept in a cache."""
    answer = served.client().get("/health")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "access-control-allow-origin" not in answer.headers
