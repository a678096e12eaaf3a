"""Sign-in, step-up and enrolment, and the verification of each kind of proof."""
