"""Guarding: instructions in documents, links and personal data in answers."""
