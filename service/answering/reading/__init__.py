"""Reading: which sentences of the evidence answer, and whether any does."""
