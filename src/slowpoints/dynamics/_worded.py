"""Codes that say what they mean."""

import enum


class WordedCode(enum.IntEnum):
    """A member is its code, as stored in arrays; its `sentence` says it in words."""

    sentence: str

    def __new__(cls, code: int, sentence: str) -> "WordedCode":
        """A member that is its code and carries its sentence."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member
