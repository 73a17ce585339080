"""One self-contained HTML page of a study: what was run, what came out, and how each claim fared."""

from slowpoints._extras import needs

needs("study", "jinja2", "markupsafe", "matplotlib")

from slowpoints.report._compare import write_comparison as write_comparison
from slowpoints.report._write import write_report as write_report
