"""Another implementation's part in InteropTests: reads what ours has written, and writes the same for ours to read.

Input and output are records of fields, each a length of 4 bytes, big-endian, and so many bytes.
  in:   what a document says, as JSON; our MessagePack of it; our LZ4 block of that
  out:  this MessagePack of it; this LZ4 block of that
"""
import json
import math
import struct
import sys

import lz4.block
import msgpack

packer = msgpack.Packer(use_bin_type=True)
single = msgpack.Packer(use_single_float=True)


def same(said, value):
    if said is None:
        return value is None
    kind = said[0]
    if kind == "b":
        return value is said[1]
    if kind == "i":
        return type(value) is int and value == int(said[1])
    if kind in "fg":
        if type(value) is not float:
            return False
        form = ">d" if kind == "f" else ">f"
        wanted = bytes.fromhex(said[1])
        return math.isnan(value) and math.isnan(struct.unpack(form, wanted)[0]) or struct.pack(form, value) == wanted
    if kind == "t":
        return type(value) is msgpack.Timestamp and (value.seconds, value.nanoseconds) == (said[1], said[2])
    if kind == "s":
        return type(value) is str and value == said[1]
    if kind == "x":
        return type(value) is bytes and value == bytes.fromhex(said[1])
    if kind == "e":
        return type(value) is msgpack.ExtType and (value.code, value.data) == (said[1], bytes.fromhex(said[2]))
    return type(value) is list and len(value) == len(said[1]) and all(map(same, said[1], value))


def pack(said):
    if said is None:
        return packer.pack(None)
    kind = said[0]
    if kind in "bs":
        return packer.pack(said[1])
    if kind == "i":
        return packer.pack(int(said[1]))
    if kind in "fg":
        bits = bytes.fromhex(said[1])
        value = struct.unpack(">d" if kind == "f" else ">f", bits)[0]
        if math.isnan(value):
            return (b"\xcb" if kind == "f" else b"\xca") + bits  # whose bits Python may not keep
        return (packer if kind == "f" else single).pack(value)
    if kind == "t":
        return packer.pack(msgpack.Timestamp(said[1], said[2]))
    if kind == "x":
        return packer.pack(bytes.fromhex(said[1]))
    if kind == "e":
        return packer.pack(msgpack.ExtType(said[1], bytes.fromhex(said[2])))
    return packer.pack_array_header(len(said[1])) + b"".join(map(pack, said[1]))


def main(source, target):
    def read():
        head = source.read(4)
        return source.read(struct.unpack(">I", head)[0]) if head else None

    def write(field):
        target.write(struct.pack(">I", len(field)) + field)

    count = 0
    while (text := read()) is not None:
        said, packed, block = json.loads(text), read(), read()
        if not same(said, msgpack.unpackb(packed)):
            sys.exit(f"document {count}: {text} was read as {msgpack.unpackb(packed)}")
        if lz4.block.decompress(block, uncompressed_size=len(packed)) != packed:
            sys.exit(f"document {count}: its LZ4 block says something else")
        ours = pack(said)
        write(ours)
        write(lz4.block.compress(ours, store_size=False))
        count += 1
    print(f"{count} documents")


with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
    main(source, target)
