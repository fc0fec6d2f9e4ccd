"""Turns documents into snapshots. Never imported by the service."""
