"""For users of other programs and frameworks: a Python client of the service, and a retriever."""
