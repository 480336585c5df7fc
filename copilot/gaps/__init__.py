"""What customers ask and nothing answers, what is solved slowly, and what is never used."""
