"""Documents become searchable, durably; a query becomes ranked hits."""

from __future__ import annotations

from index.embed import Encoder
from index.search import Hit, Index

__all__ = ["Encoder", "Hit", "Index"]
