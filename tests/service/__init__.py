"""Tests of the service, most of them over a real server."""
