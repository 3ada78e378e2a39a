"""How far scores are from people: labels that were asked for, agreement with them, rates corrected by them."""
