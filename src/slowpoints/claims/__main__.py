"""`python -m slowpoints.claims PAGE…` writes into pages what the code says: all rules, where a page has room for them,
and the verdicts of studies, where a page names their folder."""

import sys
from pathlib import Path

from slowpoints.claims._pages import with_rules, with_verdicts

if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        text = page.read_text("utf-8")
        text = with_rules(text) if "<!-- rules -->" in text else text
        page.write_text(with_verdicts(text), "utf-8")
