"""Every error Footnote raises on purpose.

FootnoteError
├── UsageError               the caller asked for something that cannot be
│   ├── UnknownCollection
│   ├── UnknownDocument      also what a caller without permission is told
│   └── UnknownSnapshot
├── ConfigurationError       a setting, a key file or a permissions file is wrong
├── EmbedderError            the model cannot be loaded, verified or run
├── SnapshotError
│   ├── NoSnapshot           nothing has been published yet
│   ├── SnapshotCorrupt      a file is missing or does not match its hash
│   └── SnapshotMismatch     made by another embedder or a newer format
├── LockHeld                 another run is writing this collection
├── RunRefused               a run ended without publishing, and says why
├── SourceError              a source is missing or cannot be read
│   └── SourceGone           nothing is where the source was
├── ParseError               one document could not be read; the run goes on
├── ParserUnavailable        no document can be read, because the parser does not start
└── GenerationError          the answer generator failed
    └── GenerationTimeout
"""


class FootnoteError(Exception):
    """The root. Its message says what happened, to what, and what to do."""


class UsageError(FootnoteError):
    """The caller asked for something that cannot be."""


class UnknownCollection(UsageError):
    """No collection has this name, or none was named and there is no single one."""


class UnknownDocument(UsageError):
    """No document has this id, or the caller may not know that one does."""


class UnknownSnapshot(UsageError):
    """The collection has no snapshot with this id."""


class ConfigurationError(FootnoteError):
    """A setting, a key file or a permissions file is wrong."""


class EmbedderError(FootnoteError):
    """The embedding model cannot be loaded, verified or run."""


class SnapshotError(FootnoteError):
    """A snapshot cannot be used."""


class NoSnapshot(SnapshotError):
    """The collection has no published snapshot yet."""


class SnapshotCorrupt(SnapshotError):
    """A file of the snapshot is missing or does not match its hash."""


class SnapshotMismatch(SnapshotError):
    """The snapshot was made by another embedder or by a newer Footnote."""


class LockHeld(FootnoteError):
    """Another run is writing this collection."""


class RunRefused(FootnoteError):
    """A run ended without publishing."""


class SourceError(FootnoteError):
    """A source is missing or cannot be read."""


class SourceGone(SourceError):
    """Nothing is where the source was: its folder, bucket or repository does not exist."""


class ParseError(FootnoteError):
    """One document could not be read."""


class ParserUnavailable(FootnoteError):
    """The limited process that reads documents does not start, whatever the document."""


class GenerationError(FootnoteError):
    """The answer generator failed."""


class GenerationTimeout(GenerationError):
    """The answer generator did not answer in time."""
