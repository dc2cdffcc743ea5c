"""The noun `policy`: how the operation works, checked, published in versions, and shown."""

from __future__ import annotations

from cli import policy_looking, policy_publishing
from cli.nouns import in_order
from cli.policy_app import app

_ = policy_looking, policy_publishing

in_order(app, "list show check publish diff")
