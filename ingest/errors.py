"""Every error Tenkyo raises on purpose: one readable line of what, where and what to do.

TenkyoError                      anything a user can mend; str() is the one line shown
├── UnreadableFile               this file cannot become a Document; the others go on
└── UnusableIndex                this index cannot be opened or written
    └── ModelMismatch            the index was built with another embedding model

A refusal to answer is not an error: it is an `Answer` with `abstained=True`.
"""

from __future__ import annotations

from pathlib import Path


class TenkyoError(Exception):
    """Base of the tree.

    :param subject: what it is about, usually a path
    :param reason: what is wrong, one clause
    :param hint: what the user can do about it, one sentence
    """

    def __init__(self, subject: str | Path, reason: str, hint: str = "") -> None:
        self.subject, self.reason, self.hint = str(subject), reason, hint
        line = f"{self.subject}: {reason}"
        super().__init__(f"{line}（{hint}）" if hint else line)


class UnreadableFile(TenkyoError):
    """A file that cannot be read as a document."""


class UnusableIndex(TenkyoError):
    """An index folder that is damaged, locked, read-only, or not an index."""


class ModelMismatch(UnusableIndex):
    """The index remembers one embedding model and another was asked for."""
