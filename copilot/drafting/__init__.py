"""How a reply is made: facts and proof, templates, past cases, composition, the customer's language."""
