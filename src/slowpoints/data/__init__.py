"""Corpora of labelled images, as arrays: scikit-learn's digits, the MNIST family, CIFAR-10, a user's own.

Numpy only; scikit-learn and pooch are imported by the functions that need them. Nothing here prints.
"""

from slowpoints.data._corpus import Corpus as Corpus
from slowpoints.data._corpus import Split as Split
from slowpoints.data._corpus import make_corpus as make_corpus
from slowpoints.data._corpus import split_by_class as split_by_class
from slowpoints.data._registry import fetch_corpus as fetch_corpus
from slowpoints.data._registry import list_corpora as list_corpora
from slowpoints.data._registry import load_corpus as load_corpus
from slowpoints.data._registry import verify_corpus as verify_corpus
from slowpoints.data._source import CorpusRecord as CorpusRecord
from slowpoints.data._source import FileStatus as FileStatus
