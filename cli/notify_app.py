"""The noun `notify`, for the modules that give it verbs."""

from __future__ import annotations

from cli.nouns import noun

app = noun("notify")
