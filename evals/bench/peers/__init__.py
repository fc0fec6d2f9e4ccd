"""What Footnote is measured beside. Each file owns the libraries of one peer, for nothing else."""
