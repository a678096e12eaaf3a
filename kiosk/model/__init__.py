"""The words everyone shares, and what goes over the wire. Frozen data, imports no other room.

``card`` readers and taps · ``proof`` presented, proofs, assurance · ``ceremony`` the service's views ·
``stepup`` what programs ask · ``people`` persons and stations · ``wire`` enrolment, reports, events ·
``binding`` what a signature is bound to · ``secret`` typed secrets.
"""
