"""A question becomes an answer with citations, or an honest refusal."""

from index import FileReport
from qa.answer import Answer, Citation, Statement
from qa.tenkyo import Conversation, Tenkyo

__all__ = ["Answer", "Citation", "Conversation", "FileReport", "Statement", "Tenkyo"]
