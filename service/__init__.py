"""Answers questions from published snapshots. Never parses an untrusted file."""
