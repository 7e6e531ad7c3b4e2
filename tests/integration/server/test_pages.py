"""The front page and the documentation: there without a network, and closed to foreign scripts."""

import re

from make.kept import NOW
from make.served import API, Served, now


def test_the_front_page_says_what_runs_and_whether_a_worker_lives(served: Served) -> None:
    """Whoever opens the address sees that it is Osler, and whether it works."""
    client = served.client()
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "no worker lives: studies wait" in page.text
    assert 'href="/docs"' in page.text
    served.kept.osler.workers.beat("w1", host="h", pid=1, now=now())
    served.kept.osler.workers.beat("w2", host="h", pid=2, now=NOW)
    assert "<dd>one lives</dd>" in client.get("/").text
    assert "<dd>0 jobs wait or are at work</dd>" in client.get("/").text


def test_the_documentation_asks_nobody_else_for_anything(served: Served) -> None:
    """A hospital's network has no way out; the page must work there."""
    client = served.client()
    page = client.get("/docs").text
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(wanted) == 3
    for path in wanted:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert not re.search(r"@import|url\(['\"]?http", answer.text[:2_000_000])
        etag = {"If-None-Match": answer.headers["etag"]}
        assert client.get(path, headers=etag).status_code == 304
    assert client.get(f"{API}/openapi.json").json()["openapi"] == "3.1.0"
    assert client.get("/assets/../pyproject.toml").status_code == 404
    assert client.get("/assets/index.html").status_code == 422


def test_pages_run_no_foreign_script_and_are_framed_by_nobody(served: Served) -> None:
    """A page that can be made to run another's script gives its session away."""
    client = served.client()
    for path in ("/", "/docs", "/assets/docs.js"):
        policy = client.get(path).headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
    assert "<script>" not in client.get("/docs").text
