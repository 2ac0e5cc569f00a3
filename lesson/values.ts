// The three values of the exercise, of the demo and of the practice server.

/** The values of step 1. The token URL is in a domain that is reserved for examples (RFC 2606). */
export const EXERCISE_VALUES = {
  client_id: "my_client_id_123",
  client_secret: "my_secret_456",
  token_url: "https://api.example.com/oauth2/token",
} as const;
