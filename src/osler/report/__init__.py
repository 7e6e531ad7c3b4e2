"""Write a draft down for a person to sign: PDF, HTML and JSON of one wording."""

from osler.report.document import render_json, summary
from osler.report.files import ReportFiles, write
from osler.report.html import render_html
from osler.report.pdf import render_pdf

__all__ = ["ReportFiles", "render_html", "render_json", "render_pdf", "summary", "write"]
