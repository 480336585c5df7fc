"""How a reply is made: facts and proof, templates, generalised cases, composition, the customer's language."""
