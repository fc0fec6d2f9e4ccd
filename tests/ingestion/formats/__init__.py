"""Tests of one file per family of formats, each on real files made here."""
