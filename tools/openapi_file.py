"""Write docs/reference/openapi.json: the description of the API, as programs read it.

Run as ``python tools/openapi_file.py``; a test holds the file to the application.
"""

import json
import sys
from pathlib import Path

from osler.server.app import described

FILE = Path(__file__).parents[1] / "docs" / "reference" / "openapi.json"


def current() -> str:
    """Return the file as it should be now."""
    return json.dumps(described(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(current(), encoding="utf-8")
    sys.stdout.write(f"wrote {FILE.name}\n")
