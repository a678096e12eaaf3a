"""What every flow is made with: the service's context, a request's frame, a ceremony as it is answered."""
