#!/usr/bin/env python3
"""Writes vectors.json: cookies with fixed key, salt and nonce, made by pyca/cryptography from the
section "Form" of the package comment, without any code of the package."""

import json
import struct

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

KEY = bytes(range(32))
SALT = bytes(range(0xA0, 0xB0))
NONCE = bytes(range(0xC0, 0xCC))


def subkey(label, context):
    info = label.encode() + b"\0" + context.encode()
    return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(KEY)


def encrypt(context, body):
    expand = HKDFExpand(hashes.SHA256(), 32, info=SALT)
    key = expand.derive(subkey("rserpool cookie 1 encrypt", context))
    return b"\1" + SALT + NONCE + AESGCM(key).encrypt(NONCE, body, b"\1")


def sign(context, body):
    mac = hmac.HMAC(subkey("rserpool cookie 1 sign", context), hashes.SHA256())
    mac.update(b"\2" + body)
    return b"\2" + body + mac.finalize()


def vectors():
    for name, context, version, milliseconds, state in (
        ("counter", "CounterPool", 3, 1767323045678, b'{"n":7}'),
        ("empty state before 1970", "p", 0, -1, b""),
        ("300 octets in a context beyond ASCII", "Zähler/2", 65535, 1 << 40, bytes(i % 251 for i in range(300))),
    ):
        body = struct.pack(">Hq", version, milliseconds) + state
        for form, seal in (("encrypted", encrypt), ("signed", sign)):
            yield {
                "name": f"{name}, {form}",
                "key": KEY.hex(),
                "salt": SALT.hex(),
                "nonce": NONCE.hex(),
                "context": context,
                "signed": form == "signed",
                "version": version,
                "milliseconds": milliseconds,
                "state": state.hex(),
                "cookie": seal(context, body).hex(),
            }


with open("vectors.json", "w") as file:
    json.dump(list(vectors()), file, indent=1, ensure_ascii=False)
    file.write("\n")
