"""Embeds, stores and searches: the ground floor. Imports nothing of the other rooms."""

import os

# Read when NumPy, FAISS and torch are loaded. NumPy's products here are small, and threads that
# spin while they wait for the next one take the processor from the encoder and from other callers:
# 15 times slower on two busy cores. An operator's own choice goes first.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
