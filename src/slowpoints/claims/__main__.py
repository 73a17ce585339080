"""`python -m slowpoints.claims PAGE` writes the rules of all claims, as they are in the code, into the page on them."""

import sys
from pathlib import Path

from slowpoints.claims._registry import with_rules

if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_rules(page.read_text("utf-8")), "utf-8")
