"""How texts become vectors: model folders, the engines that run them, and servers that do it."""
