"""The front page: what runs here, until the web interface comes."""

from dataclasses import dataclass
from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --faint: #5b646d; --paper: #fff; --line: #d6dade;
  --accent: #1f4e79; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaec; --faint: #a3abb3; --paper: #14171a; --line: #33393f; --accent: #8ab8e6; }
}
body { margin: 0 auto; max-width: 42rem; padding: 3rem 1.5rem; background: var(--paper);
  color: var(--ink); font: 1.05rem/1.6 Georgia, 'DejaVu Serif', serif; }
h1 { font-size: 2.2rem; font-weight: normal; margin: 0 0 .3rem; }
p.lead { color: var(--faint); margin: 0 0 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; margin: 0 0 2rem;
  padding: 1rem 0; border: solid var(--line); border-width: 1px 0;
  font: .95rem/1.5 'DejaVu Sans', Arial, sans-serif; }
dt { color: var(--faint); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
a { color: var(--accent); }
ul { padding-left: 1.2rem; }
footer { margin-top: 2.5rem; color: var(--faint); font-size: .9rem; }
"""
_CLOSING = (
    "Osler is research software, not a cleared medical device; it assists, the doctor decides."
)


@dataclass(frozen=True)
class Front:
    """What the front page says; ``waiting`` is None while the database does not answer."""

    version: str
    workers: int
    waiting: int | None

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What runs, in words."""
        at_work = {0: "no worker lives: studies wait", 1: "one lives"}
        queue = f"{self.waiting} jobs wait or are at work"
        return (
            ("Version", self.version),
            ("Workers", at_work.get(self.workers, f"{self.workers} live")),
            ("Queue", "the database does not answer" if self.waiting is None else queue),
        )


def front_page(front: Front) -> str:
    """Return the page as HTML."""
    facts = "\n".join(f"<dt>{escape(n)}</dt><dd>{escape(v)}</dd>" for n, v in front.facts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Osler</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Osler</h1>
<p class="lead">An open diagnostic assistant. This server takes studies in, has them analysed, and
answers other programs.</p>
<dl>
{facts}
</dl>
<ul>
<li><a href="/docs">Documentation of the API</a>, to read and to try</li>
<li><a href="/api/v1/openapi.json">Its description</a> for programs (OpenAPI 3.1)</li>
<li><a href="/ready">Is it ready?</a> and <a href="/metrics">how busy is it?</a></li>
</ul>
</main>
<footer>{escape(_CLOSING)}</footer>
</body>
</html>
"""


DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Osler: the API</title>
<link rel="stylesheet" href="/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/assets/swagger-ui-bundle.js"></script>
<script src="/assets/docs.js"></script>
</body>
</html>
"""
# Writes need the session's token, which signing in returned: it is remembered from that answer.
DOCS_SCRIPT = """"use strict";
let csrf = null;
window.ui = SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayOperationId: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
  withCredentials: true,
  requestInterceptor: (request) => {
    if (csrf !== null && request.method !== "GET") request.headers["X-CSRF-Token"] = csrf;
    return request;
  },
  responseInterceptor: (response) => {
    if (response.url.endsWith("/account/session") && response.obj && response.obj.csrf) {
      csrf = response.obj.csrf;
    }
    return response;
  },
});
"""
