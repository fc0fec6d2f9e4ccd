"""Measures retrieval, answers and abstention, and says what changed."""
