"""The web: the JSON interface and the pages, over the same answers."""
