"""The words everyone shares, and what goes over the wire. Frozen data, imports no other room.

``card`` readers and taps · ``proof`` presented, proofs, assurance · ``ceremony`` the service's views ·
``stepup`` what programs ask · ``enrolment`` new factors · ``helpdesk`` resets · ``people`` persons and stations ·
``enrolcode`` the code that makes a station known · ``wire`` a station's own enrolment, reports, events ·
``binding`` what a signature is bound to · ``statement`` what a challenge says · ``secret`` typed secrets.
"""
