"""Caching: an answer given again, where nothing it rests on differs."""
