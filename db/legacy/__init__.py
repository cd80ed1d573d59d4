"""What other comic servers left behind: reading their databases, finding their comics here.

Nothing here changes a foreign file, and nothing of ours: what was read is taken in by
`db.reading.bringing`.
"""
