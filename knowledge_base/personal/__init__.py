"""Personal data in texts: found by kind, replaced by typed placeholders before anything is stored."""
