"""From the words of a page to elements: reading order, paragraphs, headings, tables, furniture."""
