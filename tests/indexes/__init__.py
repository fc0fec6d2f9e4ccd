"""Tests of the ground floor, mirroring its files."""
