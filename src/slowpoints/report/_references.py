"""What a study rests on: the paper, and whose methods it uses, as links and as BibTeX."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One publication.

    - `key`, `kind`: of its BibTeX entry.
    - `short`: how it is cited in text.
    - `link`: where it can be read.
    - `fields`: of the entry.
    """

    key: str
    kind: str
    short: str
    link: str
    fields: dict[str, str]

    @property
    def bibtex(self) -> str:
        """The entry."""
        inner = ",\n".join(f"  {name} = {{{value}}}" for name, value in self.fields.items())
        return f"@{self.kind}{{{self.key},\n{inner}\n}}"


def _entry(key: str, kind: str, short: str, link: str, **fields: str) -> Reference:
    return Reference(key, kind, short, link, fields | {"url": link})


PAPER = _entry(
    "haviv2019understanding",
    "inproceedings",
    "Haviv, Rivkind & Barak 2019",
    "https://arxiv.org/abs/1902.07275",
    title="Understanding and Controlling Memory in Recurrent Neural Networks",
    author="Haviv, Doron and Rivkind, Alexander and Barak, Omri",
    booktitle="Proceedings of the 36th International Conference on Machine Learning",
    year="2019",
)
BLACK_BOX = _entry(
    "sussillo2013opening",
    "article",
    "Sussillo & Barak 2013",
    "https://doi.org/10.1162/NECO_a_00409",
    title="Opening the Black Box: Low-Dimensional Dynamics in High-Dimensional Recurrent Neural Networks",
    author="Sussillo, David and Barak, Omri",
    journal="Neural Computation",
    year="2013",
)
UNITS = {
    "gru": _entry(
        "cho2014learning",
        "inproceedings",
        "Cho et al. 2014",
        "https://arxiv.org/abs/1406.1078",
        title="Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation",
        author="Cho, Kyunghyun and van Merriënboer, Bart and Gulcehre, Caglar and Bahdanau, Dzmitry and Bougares, "
        "Fethi and Schwenk, Holger and Bengio, Yoshua",
        booktitle="EMNLP",
        year="2014",
    ),
    "lstm": _entry(
        "hochreiter1997long",
        "article",
        "Hochreiter & Schmidhuber 1997",
        "https://doi.org/10.1162/neco.1997.9.8.1735",
        title="Long Short-Term Memory",
        author="Hochreiter, Sepp and Schmidhuber, Jürgen",
        journal="Neural Computation",
        year="1997",
    ),
}
"""Whose units these are."""

ADAM = _entry(
    "kingma2015adam",
    "inproceedings",
    "Kingma & Ba 2015",
    "https://arxiv.org/abs/1412.6980",
    title="Adam: A Method for Stochastic Optimization",
    author="Kingma, Diederik P. and Ba, Jimmy",
    booktitle="ICLR",
    year="2015",
)


def software(version: str) -> Reference:
    """This package, of a version."""
    return Reference(
        "slowpoints",
        "software",
        "slowpoints",
        "",
        {"title": "slowpoints: how recurrent networks hold memories", "author": "{The slowpoints authors}",
         "version": version},
    )  # fmt: skip
