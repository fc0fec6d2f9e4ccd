"""Tests of what measures everything else."""
