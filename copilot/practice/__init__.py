"""Practice on past cases: a trainee answers a past customer, then sees what was done and what was missed."""
