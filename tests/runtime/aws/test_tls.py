"""TLS: certificates are checked, connections kept."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from motia.aws import transport
from motia.aws.response import TransportError
from node_programs import NodeError, compiled, started


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of `localhost`, signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "cert.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """A TLS server that answers every request with the number of its connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(plain: socket.socket, number: int) -> None:
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                while connection.recv(65536):
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)
        except OSError:
            return

    def accept() -> None:
        for number in range(1, 10):
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(plain, number), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture(autouse=True)
def no_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_tls", None)


def test_a_trusted_server_is_talked_to_on_one_connection(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    pool = transport.HttpPool("localhost", port, tls=True)
    assert [pool.request("GET", "/", {"host": "h"}).body for _ in range(3)] == [b"1", b"1", b"1"]
    pool.close()


def test_an_untrusted_certificate_ends_it_for_good(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with pytest.raises(TransportError, match="is not trusted") as refused:
        transport.HttpPool("localhost", port, tls=True).request("GET", "/", {"host": "h"})
    assert not refused.value.retryable


def test_a_certificate_for_another_name_is_not_trusted(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with pytest.raises(TransportError, match="is not trusted"):
        transport.HttpPool("127.0.0.1", port, tls=True).request("GET", "/", {"host": "h"})


def test_a_server_without_tls_is_a_connect_error(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    threading.Thread(target=answer, daemon=True).start()
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with pytest.raises(TransportError) as refused:
        transport.HttpPool("localhost", listener.getsockname()[1], tls=True).request("GET", "/", {"host": "h"})
    listener.close()
    assert refused.value.kind == "connect"


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_bundle_that_is_none_is_named(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with pytest.raises(TransportError, match=str(bundle)) as refused:
        transport.HttpPool("localhost", port, tls=True).request("GET", "/", {"host": "h"})
    assert not refused.value.retryable


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """The TypeScript client."""
    return compiled("backend", tmp_path)


def test_typescript_talks_to_a_trusted_server_on_one_connection(
    port: int, certificate: Path, backend: Path, environ: dict[str, str]
) -> None:
    with started(backend, {**over_tls(environ, port), "AWS_CA_BUNDLE": str(certificate)}) as program:
        assert [program.call("payloads.fetch", "b", "k") for _ in range(3)] == ["1", "1", "1"]


def test_typescript_takes_an_untrusted_certificate_for_final(port: int, backend: Path, environ: dict[str, str]) -> None:
    with (
        started(backend, over_tls(environ, port)) as program,
        pytest.raises(NodeError, match=r"CertificateError.* is not trusted: self-signed.*set AWS_CA_BUNDLE"),
    ):
        program.call("payloads.fetch", "b", "k")


def test_typescript_says_when_the_file_of_certificates_is_none(
    port: int, tmp_path: Path, backend: Path, environ: dict[str, str]
) -> None:
    with started(backend, {**over_tls(environ, port), "AWS_CA_BUNDLE": str(tmp_path / "none")}) as program:
        for _ in range(2):
            with pytest.raises(NodeError, match=r"certificates to trust cannot be read from .*none"):
                program.call("payloads.fetch", "b", "k")


def over_tls(environ: dict[str, str], port: int) -> dict[str, str]:
    names = ("PREFIX", "STATE_TABLE", "STREAM_TABLE", "LOCK_TABLE", "BUCKET")
    return {**environ, "AWS_ENDPOINT_URL": f"https://localhost:{port}", **{f"MOTIA_{name}": "x" for name in names}}
