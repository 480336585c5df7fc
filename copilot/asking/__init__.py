"""What to ask the customer: the question that tells likely resolutions apart, and what is still needed."""
