"""The checks of one change: what it would bring is found before it is stored."""
