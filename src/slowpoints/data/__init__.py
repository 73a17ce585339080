"""Corpora of labelled images, as arrays: scikit-learn's digits, the MNIST family, CIFAR-10, a user's own.

Numpy only; scikit-learn and pooch are imported by the functions that need them. Nothing here prints.
"""

from slowpoints.data._corpus import (
    Corpus as Corpus,
    make_corpus as make_corpus,
    Split as Split,
    split_by_class as split_by_class,
)
from slowpoints.data._registry import (
    fetch_corpus as fetch_corpus,
    list_corpora as list_corpora,
    load_corpus as load_corpus,
    verify_corpus as verify_corpus,
)
from slowpoints.data._source import CorpusRecord as CorpusRecord, FileStatus as FileStatus
