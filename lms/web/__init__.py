"""Doors shared by all slices: the site's request cycle, access, forms, pages, Markdown, headers, static files."""
