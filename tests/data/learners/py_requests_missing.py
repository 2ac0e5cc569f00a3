# 0 / 4: python3 -m pip install requests
import sys

sys.modules.pop("requests", None)
sys.path.clear()
import requests
