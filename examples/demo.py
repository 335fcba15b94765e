"""The whole road in one go: deploy the orders example to the emulator, order, watch it being processed, stop."""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

APP = Path(__file__).parent / "orders"
MOTIA = str(Path(sys.executable).with_name("motia"))


def motia(*arguments: str) -> str:
    done = subprocess.run([MOTIA, *arguments], cwd=APP, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def call(method: str, url: str, body: dict | None = None) -> dict:
    data = json.dumps(body).encode() if body is not None else None
    headers = {"content-type": "application/json", "x-customer": "ada"}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def processed(url: str, within_s: float = 30) -> dict:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        order = call("GET", url)
        if order["receipt"] and order["payment"]:
            return order
        time.sleep(0.2)
    sys.exit(f"The order was not processed within {within_s} s: {order}")


def main() -> None:
    print("$ motia cloud deploy --local --version-name v1\n", flush=True)
    printed = motia("cloud", "deploy", "--local", "-k", "demo", "-v", "v1", "--ci", "--json")
    outcome = json.loads(printed.splitlines()[-1])
    api = outcome["api_url"].rstrip("/")
    try:
        print(f"\nDeployed in {outcome['duration_s']:.1f} s: {outcome['resources']} resources")
        print(f"  API      {outcome['api_url']}")
        for label in ("preview_url", "websocket_url"):
            if outcome.get(label):
                print(f"  {label.split('_')[0]:8} {outcome[label]}")

        print("\nPOST /orders  two espressos and a croissant")
        order = call("POST", f"{api}/orders", {"items": ["espresso", "espresso", "croissant"]})
        print(f"  202  {order}")

        started = time.monotonic()
        done = processed(f"{api}/orders/{order['id']}")
        print(f"\nGET /orders/{order['id']}  processed by two queues after {time.monotonic() - started:.1f} s")
        print(json.dumps(done, indent=2))
    finally:
        print("\n$ motia emulator stop", flush=True)
        motia("emulator", "stop")


if __name__ == "__main__":
    main()
