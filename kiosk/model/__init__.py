"""The words everyone shares, and what goes over the wire. Frozen data, imports no other room.

``card`` readers and taps · ``proof`` presented, proofs, assurance · ``ceremony`` the service's views, with ``refusal``,
``challenge`` and ``session_view`` · ``stepup`` what programs ask, ``consent`` what is approved · ``enrolment`` new
factors · ``helpdesk`` resets · ``people`` persons and stations · ``enrolment_code`` what makes a station known ·
``wire`` its reports and events · ``binding`` what a signature is bound to · ``statement`` what a challenge says ·
``secret`` typed secrets.
"""
