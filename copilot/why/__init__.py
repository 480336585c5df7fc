"""Why a case or passage was found: phrases of the customer beside the source's phrases that they match."""
