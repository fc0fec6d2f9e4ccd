"""Embeds, stores and searches: the ground floor. Imports nothing of the other rooms."""
