"""Everyday Python: collections, strings, floats, big integers, compression, hashing, dates, pickles, a small database."""
import array
import base64
import collections
import datetime
import decimal
import fractions
import hashlib
import itertools
import json
import math
import pickle
import random
import re
import sqlite3
import statistics
import struct
import textwrap
import zlib

random.seed(42)
words = open("words.txt", encoding="utf-8").read().split()
print(collections.Counter(words).most_common(8))
print(hashlib.sha256(" ".join(sorted(set(words))).encode()).hexdigest(), zlib.crc32(b"demotic"))
floats = [random.gauss(0, 1e3) for _ in range(2000)]
print(sum(floats), math.fsum(floats), statistics.fmean(floats), min(floats), max(floats))
print([repr(x) for x in (0.1, 1e22, 1e-7, 5e-324, 1.7976931348623157e308, -0.0, math.inf, 2**0.5, math.pi / 3)])
print(math.factorial(300) % (10**40 + 7), pow(3, 10**6, 2**127 - 1), math.isqrt(10**60), math.gcd(2**90 - 1, 2**60 - 1))
print(decimal.Decimal(2).sqrt(decimal.Context(prec=60)), fractions.Fraction(355, 113) ** 5)
print(datetime.datetime(2024, 2, 29, 12, 0, tzinfo=datetime.timezone.utc).isoformat(), datetime.date.fromordinal(738000))
packed = struct.pack("<bhiqfd8s", -1, 300, -70000, 2**50, 1.5, -2.25, b"bytes")
print(packed.hex(), struct.unpack("<bhiqfd8s", packed))
print(re.sub(r"(\w+)-(\d+)", lambda m: m.group(2) + m.group(1)[::-1], "abc-123 def-456 gh-7"))
print(pickle.loads(pickle.dumps({"a": [1, 2.5, (3, "x")], "b": {1, 2}})))
data = zlib.compress(" ".join(words).encode(), 9)
print(len(data), zlib.decompress(data)[:30], base64.b85encode(data[:20]))
print(textwrap.fill(" ".join(words[:60]), 50))
print(array.array("d", [1, 2, 3]).tobytes().hex(), list(itertools.islice(itertools.permutations("abcd"), 5)))
db = sqlite3.connect(":memory:")
db.execute("create table t (id integer primary key, word text, n real)")
db.executemany("insert into t (word, n) values (?, ?)", [(w, len(w) * 1.5) for w in words[:3000]])
print(db.execute("select word, count(*), sum(n) from t group by word order by 2 desc, 1 limit 5").fetchall())
print(json.dumps(json.load(open("data.json"))["items"][:2], sort_keys=True))


class Node:
    def __init__(self, v):
        self.v, self.left, self.right = v, None, None

    def add(self, v):
        side = "left" if v < self.v else "right"
        child = getattr(self, side)
        if child is None:
            setattr(self, side, Node(v))
        else:
            child.add(v)

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.v
        if self.right:
            yield from self.right


root = Node(500)
for _ in range(3000):
    root.add(random.randrange(100000))
print(sum(i * v for i, v in enumerate(root)))
