"""A question becomes an answer with citations, or an honest refusal."""

from qa.answer import Answer, Citation, Statement
from qa.tenkyo import Conversation, FileReport, Tenkyo

__all__ = ["Answer", "Citation", "Conversation", "FileReport", "Statement", "Tenkyo"]
