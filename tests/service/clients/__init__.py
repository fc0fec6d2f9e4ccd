"""Tests of what is published for users of other programs and frameworks."""
