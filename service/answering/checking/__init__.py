"""Checking: whether the cited words say what a sentence says, before it leaves."""
