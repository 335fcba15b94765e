"""Workers for both languages read the same of a request, and refuse the same."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from pathlib import Path

import node_packages
from motia_local.workers.python_worker.serving.head import read_head

HEAD = Path(__file__).resolve().parents[3] / "localstack/motia_local/workers/node_worker/serving/head.ts"
PROGRAM = """
import { readFileSync } from 'node:fs'
import { readHead } from './head.mjs'
const heads = JSON.parse(readFileSync(0, 'utf8'))
console.log(JSON.stringify(heads.map((head) => readHead(Buffer.from(head, 'base64').toString('latin1')))))
"""
PIECES = [
    *(b"GET", b"POST", b"get", b"BREW", b"OPTIONS", b"HEAD", b" ", b"  ", b"/", b"//", b"/a/:b", b"*", b"?", b"?x=1&y"),
    *(b"#", b"%2F", b"%", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/11", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b":", b": ", b"\t"),
    *(b"Host: a", b"Content-Length: 5", b"content-length:0", b"Content-Length: +5", b"Content-Length: 5, 5"),
    *(b"Content-Length: \xb2", b"Content-Length:  12 \t", b"Content-Length: 99999999999999999999", b"Content-Length: "),
    *(
        b"Transfer-Encoding: chunked",
        b"transfer-encoding : x",
        b"Upgrade: h2c",
        b"Expect: 100-continue",
        b"TE: trailers",
    ),
    *(
        b"Connection: close",
        b"Connection: keep-alive, Close",
        b"Connection: Upgrade",
        b"Connection: te,",
        b"Connection:",
    ),
    *(b"X-\xe9: 1", b"X: \xe9\xff", b"X: \x7f", b"X: \x00", b"\x00", b" folded", b"x y: 1", b"", b"a" * 200, b"\xff"),
    *(
        b"Content_Length: 5",
        b"Content-Length\x0b: 5",
        b"X: a\x85b",
        b"X: \xa0a\xa0",
        b"Connection: \xa0close",
        b"\x1c: 1",
    ),
]
PLAIN = [b"GET /a/b?c=d HTTP/1.1\r\n", b"Host: localhost\r\n", b"Accept: */*\r\n", b"Content-Length: 5\r\n", b"\r\n"]


def heads() -> list[bytes]:
    """Plain ones, with pieces put in, taken out and changed for others."""
    chance = random.Random(20)
    found = [b"".join(PLAIN)]
    while len(found) < 8_000:
        parts = PLAIN.copy()
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(parts))
            piece = chance.choice(PIECES)
            match chance.randrange(4):
                case 0:
                    parts.insert(at, piece + b"\r\n")
                case 1:
                    parts[at] = piece + chance.choice((b"", b"\r\n"))
                case 2:
                    cut = chance.randrange(len(parts[at]) + 1)
                    parts[at] = parts[at][:cut] + piece + parts[at][cut:]
                case _:
                    parts[at] = parts[at].replace(b" ", chance.choice(PIECES), 1)
        found.append(b"".join(parts))
    return found


def test_python_and_node_read_the_same(tmp_path):
    esbuild = node_packages.install() / "node_modules/.bin/esbuild"
    subprocess.run([esbuild, HEAD, f"--outfile={tmp_path / 'head.mjs'}", "--log-level=error"], check=True)
    (tmp_path / "read.mjs").write_text(PROGRAM)
    given = heads()
    text = json.dumps([base64.b64encode(head).decode() for head in given])
    done = subprocess.run(["node", tmp_path / "read.mjs"], input=text, capture_output=True, text=True, check=True)
    refused = 0
    for head, by_node in zip(given, json.loads(done.stdout), strict=True):
        by_python = read_head(head)
        refused += by_python is None
        told = by_python and {**by_python._asdict(), "headers": [list(pair) for pair in by_python.headers]}
        assert told == by_node, head
    assert 1_000 < refused < 7_000
