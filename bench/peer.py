import os

import requests

response = requests.post(
    os.environ["TOKEN_URL"],
    headers={"Accept": "application/json"},
    data={
        "grant_type": "client_credentials",
        "client_id": os.environ["CLIENT_ID"],
        "client_secret": os.environ["CLIENT_SECRET"],
    },
    timeout=10,
)
response.raise_for_status()
print(response.json()["access_token"])
