"""Write a draft down for a person to sign, and what was signed: PDF, HTML, JSON of one wording."""

from osler.report.document import render_json, summary
from osler.report.estimates import estimate_lines
from osler.report.files import ReportFiles, forms, write
from osler.report.html import render_html
from osler.report.image import Marks, ValuesImage, image, values_image
from osler.report.pdf import render_pdf
from osler.report.reviewing import banner, reviewed
from osler.report.schema import report_schema

__all__ = [
    "Marks",
    "ReportFiles",
    "ValuesImage",
    "banner",
    "estimate_lines",
    "forms",
    "image",
    "render_html",
    "render_json",
    "render_pdf",
    "report_schema",
    "reviewed",
    "summary",
    "values_image",
    "write",
]
