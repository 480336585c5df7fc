"""What the customer wants, in which language and mood, and which facts the conversation holds."""
