"""A server's side of TLS on loopback, with a certificate that nobody vouches for."""

import shutil
import ssl
import subprocess

import pytest


def server_side(folder):
    """The context of a server at 127.0.0.1, and the file of its certificate; skips where openssl is missing."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with (Debian: apt-get install openssl)")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
