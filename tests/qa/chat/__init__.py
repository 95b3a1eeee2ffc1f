"""Tests of the chat's own rooms."""
