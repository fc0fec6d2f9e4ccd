"""Writing: sentences from evidence, by extraction or by a language model."""
