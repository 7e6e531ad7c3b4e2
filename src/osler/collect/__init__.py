"""Bring data in: files, folders, archives and media directories, to a store that is handed in."""

from osler.collect.limits import Limits
from osler.collect.paths import collect_content, collect_paths
from osler.collect.summary import CollectSummary

__all__ = ["CollectSummary", "Limits", "collect_content", "collect_paths"]
