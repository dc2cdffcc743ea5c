"""An examination of a recorded operation that shares nothing with the code which decided it.

It reads the stored JSON, keeps its own books of every ticket and agent, and says where the log is
not as the rules want it. What it needs of a policy it reads from `policy.published` itself.
"""
