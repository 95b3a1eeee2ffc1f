"""Documents become searchable, durably; a query becomes ranked hits."""

from __future__ import annotations

from index.contract import Hit
from index.embed import Encoder
from index.search import Index
from index.update import FileReport

__all__ = ["Encoder", "FileReport", "Hit", "Index"]
