"""Enrolment at the workstation, step by step, one row of the service (decision 20).

``begin`` who it is · ``acts`` what the workstation sends then · ``next_factor`` the next factor ·
``steps`` from one step to the next · ``case`` what
policy says, and the ceremonies that prove it · ``proofs`` what becomes of it when those end · ``making``, ``trying``,
``binding`` the new factor · ``badge``, ``key``, ``card``, ``typed`` by kind · ``challenge`` of a try · ``pending`` what
waits, sealed · ``rows`` found, saved, refused · ``view`` the answer · ``factor_list`` what a person has.
"""
