"""One file per family of formats; each turns bytes into a Parsed, or into a Page to be read."""
