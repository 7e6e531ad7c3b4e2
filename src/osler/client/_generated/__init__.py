"""Written by tools/client_file.py from docs/reference/openapi.json; do not edit by hand."""
