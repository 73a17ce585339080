"""scikit-learn's handwritten digits, which are installed with it and need no download."""

from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from slowpoints._extras import needs
from slowpoints.data._corpus import Corpus, make_corpus, split_by_class
from slowpoints.data._source import FileStatus, refuse_file, Source
from slowpoints.data._stratify import held_out


@final
@dataclass(frozen=True)
class Digits(Source):
    """1,797 digits of 8 × 8 pixels with the grey values 0 … 16; a fifth of each class is for testing."""

    name: str = "digits"
    description: str = "1,797 handwritten digits, 8 × 8"

    def load(self, folder: Path | None, file: Path | None) -> Corpus:
        """Read the digits from scikit-learn; ``folder`` plays no part."""
        refuse_file(self.name, file)
        needs("study", "sklearn")
        from sklearn.datasets import load_digits

        images, labels = (np.asarray(array) for array in load_digits(return_X_y=True))
        images = images / 16
        test = held_out(labels)
        return make_corpus(
            self.name,
            split_by_class(images[~test], labels[~test], 10),
            split_by_class(images[test], labels[test], 10),
            (8, 8),
        )

    def find(self, folder: Path | None) -> str | None:
        """It is always there."""
        return "installed with scikit-learn"

    def fetch(self, folder: Path | None) -> str:
        """There is nothing to fetch."""
        return "installed with scikit-learn"

    def verify(self, folder: Path | None, file: Path | None) -> tuple[FileStatus, ...]:
        """Load it and give its checksum."""
        corpus = self.load(folder, file)
        images = len(corpus.train.labels) + len(corpus.test.labels)
        return (FileStatus(None, f"scikit-learn's {images:,} digits load, checksum {corpus.checksum}", ok=True),)


DIGITS = Digits()
"""The one instance."""
