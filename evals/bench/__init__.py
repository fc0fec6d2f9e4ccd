"""Measurements of the whole house: how right, how fast, how safe; `python -m evals bench list`."""

# What `python -m evals bench NAME` runs: the module `evals.bench.NAME`, by what it shows.
MEASUREMENTS = {
    "parse": "every file ends ingested or with a reason; words and pages against references",
    "pdf": "pages a second beside stock unstructured and raw text extraction",
    "ingest": "whole ingestion beside the encoder's own rate and a LlamaIndex pipeline",
    "retrieval": "quality, latency, memory and size beside LlamaIndex, Haystack, txtai and BM25",
    "scale": "the query path over 100,000 or 1,000,000 chunks, stage by stage, with filters",
    "encoder": "texts a second and milliseconds a question beside sentence-transformers",
    "gpu": "exact search and encoding on a GPU, each beside its floor",
    "changes": "what a run costs when nothing, or one per cent, changed",
    "memory": "the largest resident set of an ingestion of many chunks",
    "kills": "runs killed at random instants: snapshots stay whole, the next run completes",
    "deletions": "what was deleted or withdrawn is told by no endpoint, after a rollback too",
    "fuzz": "mutated files of every format: no crash, no failure without a reason",
    "malformed": "broken and hostile files end within their limits",
}
