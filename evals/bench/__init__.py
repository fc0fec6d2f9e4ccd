"""Measurements of the whole house: how right, how fast, how safe; `python -m evals bench list`."""

# What `python -m evals bench NAME` runs: the module `evals.bench.NAME`, by what it shows.
MEASUREMENTS = {
    "parse": "every file ends ingested or with a reason; words and pages against references",
    "pdf": "pages a second beside stock unstructured and raw text extraction",
    "ingest": "whole ingestion beside the encoder's own rate and a LlamaIndex pipeline",
    "retrieval": "quality, latency, memory and size beside LlamaIndex, Haystack, txtai and BM25",
    "ask": "an extractive answer over HTTP beside the search it begins with, by 1 and 8 callers",
    "load": "four times the load that saturates, a soak, and what a cached answer costs",
    "scale": "the query path over 100,000 or 1,000,000 chunks, stage by stage, with filters",
    "encoder": "texts a second and milliseconds a question beside sentence-transformers",
    "gpu": "exact search and encoding on a GPU, each beside its floor",
    "changes": "what a run costs when nothing, or one per cent, changed",
    "memory": "the largest resident set of an ingestion of many chunks",
    "kills": "runs killed at random instants: snapshots stay whole, the next run completes",
    "deletions": "what was deleted or withdrawn is told by no endpoint, after a rollback too",
    "injection": "poisoned documents beside clean ones: what is carried out, quoted or noticed",
    "fuzz": "mutated files of every format: no crash, no failure without a reason",
    "masking": "personal data masked, by type, and what is masked in documents",
    "cache": "look-alike questions never share an answer, paraphrases do",
    "verification": "claims told from what their text does not say, beside the plain overlap",
    "malformed": "broken and hostile files end within their limits",
}
