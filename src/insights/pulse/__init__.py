"""How a community is doing: who is there, who is answered, and what to do when that moves."""
