// 0 / 4: Look at that line and the one before: a bracket, a quote or a
String client_id = "my_client_id_123";
String client_secret = "my_secret_456";
