"""Numbers from arrays: what an adapter's answers are worth."""
