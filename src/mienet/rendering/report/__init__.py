"""The page about a model: what each part of it says and draws; templates in ``pages``."""
