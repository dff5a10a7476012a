"""What the servers of these tests are launched with."""

TOKEN = "the-token-of-these-tests"
PATIENT = 300.0  # seconds that a busy machine may take
