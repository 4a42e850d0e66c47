#!/usr/bin/env python3
"""Verifies the proof of one record of Weir, as `weir audit prove` writes it. Needs Python 3.8 and nothing else.

    python3 verify-proof.py proof.json --key 'weir.log/…+…+…'

The key is that of the server's log: `weir-server log key` prints it. Take it from the server's administrators and not
from whoever hands over the proof. With --witness KEY, which can be given again, the proof is refused unless that laptop has
cosigned the server's log: `weir-server log witnesses` prints the keys, and who took one from the laptop's own owner need not
trust the server.

What is verified, in this order:
  1. The records follow on one another: each head is SHA-256(head before || header || digest of the sealed record).
  2. The server signed a receipt that it has the device's log up to the head of the last of them (Ed25519).
  3. The server signed a checkpoint of its own log (C2SP signed note).
  4. The receipt is an entry of that log (RFC 9162, 2.1.3.2).
  5. Each witness that is named has cosigned that checkpoint (C2SP tlog-cosignature).

So the record was in the device's log, before the record that the receipt names, no later than the time of the receipt,
and cannot be taken out of either log unseen. What it says is sealed: its digest is proved, not its content.

Exit status: 0 proved, 1 not proved, 2 the command was wrong.
"""

import argparse
import base64
import binascii
import hashlib
import json
import struct
import sys
import uuid
from datetime import datetime, timedelta, timezone

FORMAT = "weir event proof 1"
KINDS = {1: "segment", 2: "decision", 3: "response", 4: "health", 5: "vault", 6: "gap", 7: "access"}


class Refused(Exception):
    """The proof proves nothing; the text says why."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# Ed25519 (RFC 8032, 5.1), as its appendix has it: verification alone, so that nothing here is secret.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    """The sum of two points in extended coordinates."""
    w = (a[1] - a[0]) * (b[1] - b[0]) % P
    x = (a[1] + a[0]) * (b[1] + b[0]) % P
    y = 2 * a[3] * b[3] * D % P
    z = 2 * a[2] * b[2] % P
    e, f, g, h = x - w, z - y, z + y, x + w
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number, point):
    total = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point(text):
    """The point of 32 bytes, or None."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT % P
    if (x * x - square) % P != 0:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = point(key), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(times(s, BASE), add(r, times(h, a)))


# Reading: whatever is not of the form it must have is refused.


def field(value, name, kind):
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, kind) or isinstance(found, bool):
        raise Refused(f"`{name}` is missing or of another kind")
    return found


def number(value, name, bits=64):
    found = field(value, name, int)
    if not 0 <= found < 2**bits:
        raise Refused(f"`{name}` is no number of {bits} bits")
    return found


def from_hex(text, length, name):
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != length or len(text) != 2 * length:
        raise Refused(f"`{name}` is not {length} bytes in hex")
    return found


def from_base64(text, name):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"`{name}` is not base64") from None


LOG, WITNESS = 1, 4
MOST_TRIED = 2


def log_key(text, kind=LOG):
    """Name, key and its hash from NAME+HASH+KEY (C2SP signed-note)."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Refused("the key has another form than NAME+HASH+KEY")
    name, told = parts[0], from_hex(parts[1], 4, "key")
    key = from_base64(parts[2], "key")
    if len(key) != 33 or key[0] != kind or told != sha256(name.encode(), b"\n", key)[:4]:
        raise Refused("the key is none of Ed25519, or was mistyped")
    return name, key[1:], told


# The five steps.


def follow_chain(proof):
    """The header of the event's record, and number and head of the last."""
    head = from_hex(field(proof, "before", str), 32, "before")
    records = field(proof, "records", list)
    first = last = None
    for record in records:
        header = from_hex(field(record, "header", str), 56, "header")
        digest = from_hex(field(record, "digest", str), 32, "digest")
        if header[4] != 1 or header[5] != 0:
            raise Refused("a record has a format that is not known here")
        kind, seq, time = header[6], *struct.unpack_from("<Qq", header, 16)
        if last is not None and seq <= last:
            raise Refused("the records are not in their order")
        first = first or (kind, seq, time, header[32:48])
        last, head = seq, sha256(head, header, digest)
    if first is None:
        raise Refused("there is no record")
    if str(uuid.UUID(bytes=first[3])) != field(proof, "event", str):
        raise Refused("the record belongs to another event")
    return first, last, head


def open_receipt(receipt, key):
    """Device, timeline, number, time and head that the server acknowledged."""
    device = field(receipt, "device", str)
    try:
        device = uuid.UUID(device)
    except ValueError:
        raise Refused("`device` is no id") from None
    timeline, seq = number(receipt, "timeline", 32), number(receipt, "seq")
    time, head = field(receipt, "time", int), from_hex(field(receipt, "head", str), 32, "head")
    if not -(2**63) <= time < 2**63:
        raise Refused("`time` is no time")
    text = b"weir receipt v1\n" + device.bytes + struct.pack(">IQq", timeline, seq, time) + head
    if not is_signed(key, text, from_base64(field(receipt, "signature", str), "signature")):
        raise Refused("the receipt is not signed by the server's key")
    return device, timeline, seq, time, head


def open_checkpoint(note, name, key, key_hash):
    """Size and root of the log."""
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    if not gap:
        raise Refused("the checkpoint is no signed note")
    for line in signatures.split("\n"):
        dash, _, rest = line.partition(" ")
        signer, _, signature = rest.partition(" ")
        if dash != "\u2014" or signer != name:
            continue
        signature = from_base64(signature, "checkpoint")
        if signature[:4] == key_hash and is_signed(key, text.encode(), signature[4:]):
            break
    else:
        raise Refused("the checkpoint is not signed by the log's key")
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] != name or not (lines[1].isascii() and lines[1].isdigit()) or len(lines[1]) > 20:
        raise Refused("the checkpoint is of another log")
    root = from_base64(lines[2], "checkpoint")
    if len(root) != 32 or str(int(lines[1])) != lines[1]:
        raise Refused("the checkpoint cannot be read")
    return int(lines[1]), root


def cosigned(note, witness):
    """When the witness with this key cosigned the note, in seconds since 1970 by its clock."""
    name, key, key_hash = log_key(witness, WITNESS)
    text, _, signatures = note.rpartition("\n\n")
    times = []
    for line in signatures.split("\n"):
        dash, _, rest = line.partition(" ")
        signer, _, signature = rest.partition(" ")
        if dash != "\u2014" or signer != name:
            continue
        signature = from_base64(signature, "checkpoint")
        if signature[:4] != key_hash:
            continue
        time = int.from_bytes(signature[4:12], "big")
        message = f"cosignature/v1\ntime {time}\n{text}\n".encode()
        if time >= 2**63 or len(times) >= MOST_TRIED or not is_signed(key, message, signature[12:]):
            raise Refused(f"the cosignature of `{name}` is not its own")
        times.append(time)
    if not times:
        raise Refused(f"`{name}` has not cosigned the checkpoint")
    return {"witness": name, "time": max(times) * 1000}


def verify_inclusion(leaf_hash, index, size, proof, root):
    if index >= size:
        raise Refused("the log is too small to have the receipt")
    at, last, found = index, size - 1, leaf_hash
    for other in proof:
        if last == 0:
            raise Refused("the proof of inclusion is too long")
        if at & 1 or at == last:
            found = sha256(b"\1", other, found)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            found = sha256(b"\1", found, other)
        at, last = at >> 1, last >> 1
    if last != 0 or found != root:
        raise Refused("the receipt is not in the log")


def verify(proof, key_text, witnesses=()):
    name, key, key_hash = log_key(key_text)
    if field(proof, "format", str) != FORMAT:
        raise Refused(f"the format is not `{FORMAT}`")
    (kind, seq, time, event), last, head = follow_chain(proof)
    receipt = field(proof, "receipt", dict)
    device, timeline, acknowledged, received, acknowledged_head = open_receipt(receipt, key)
    if (last, head) != (acknowledged, acknowledged_head):
        raise Refused("the records do not lead to the head that was acknowledged")
    size, root = open_checkpoint(field(receipt, "checkpoint", str), name, key, key_hash)
    leaf = number(receipt, "leaf")
    entry = b"\1" + device.bytes + struct.pack(">IQ", timeline, last) + head
    hashes = field(field(proof, "inclusion", dict), "hashes", list)
    if not all(isinstance(text, str) for text in hashes):
        raise Refused("`inclusion` is no list of hashes")
    verify_inclusion(sha256(b"\0", entry), leaf, size, [from_hex(text, 32, "inclusion") for text in hashes], root)
    said = [cosigned(receipt["checkpoint"], witness) for witness in witnesses]
    return {
        "cosigned": said,
        "event": str(uuid.UUID(bytes=event)),
        "kind": KINDS.get(kind, "unknown"),
        "seq": seq,
        "time": time,
        "device": str(device),
        "timeline": timeline,
        "acknowledged": last,
        "received": received,
        "leaf": leaf,
        "size": size,
        "root": root.hex(),
    }


def unique(pairs):
    """JSON in which a name stands twice is read differently by different programs."""
    if len(dict(pairs)) != len(pairs):
        raise Refused("a name stands twice")
    return dict(pairs)


def shown(millis):
    try:
        return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=millis)).isoformat()
    except OverflowError:
        return f"{millis} ms"


def main():
    parser = argparse.ArgumentParser(description="Verify the proof of one record of Weir.", epilog="0 proved, 1 not proved")
    parser.add_argument("proof", help="the file that `weir audit prove` wrote; `-` for standard input")
    parser.add_argument("--key", required=True, help="key of the server's log: NAME+HASH+KEY")
    parser.add_argument("--witness", action="append", default=[], help="key of a witness that must have cosigned the log")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    try:
        if args.proof == "-":
            text = sys.stdin.buffer.read()
        else:
            with open(args.proof, "rb") as file:
                text = file.read()
        try:
            proof = json.loads(text, object_pairs_hook=unique)
        except (ValueError, RecursionError):
            raise Refused("the file is not JSON") from None
        proved = verify(proof, args.key, args.witness)
    except OSError as error:
        print(f"cannot read `{args.proof}`: {error.strerror}", file=sys.stderr)
        return 2
    except (Refused, UnicodeError) as why:
        if args.json:
            print(json.dumps({"proved": False, "why": str(why)}))
        print(f"not proved: {why}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps({"proved": True, **proved}))
    else:
        print(f"proved: {proved['kind']} {proved['event']}, recorded at {shown(proved['time'])} by the device's clock")
        print(f"  record {proved['seq']} of device {proved['device']}, timeline {proved['timeline']}")
        print(f"  acknowledged with record {proved['acknowledged']} at {shown(proved['received'])} by the server's clock")
        print(f"  entry {proved['leaf']} of the server's log of {proved['size']}, root {proved['root']}")
        for said in proved["cosigned"]:
            print(f"  cosigned by {said['witness']}, {shown(said['time'])} by its clock")
    return 0


if __name__ == "__main__":
    sys.exit(main())
