"""Dictionaries, objects, generators, exceptions, sorting. objects.py N"""
import sys


class Point:
    __slots__ = ('x', 'y')

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def moved(self, dx):
        return Point(self.x + dx, self.y)


def squares(n):
    for i in range(n):
        yield i * i % 97


total = 0
for turn in range(int(sys.argv[1])):
    counts = {}
    for i in range(100000):
        key = i * 7919 % 5003
        counts[key] = counts.get(key, 0) + i
    p = Point(0, turn)
    for i in range(60000):
        p = p.moved(i & 3)
    total += p.x + len(counts) + sum(squares(60000))
    names = sorted((str(k) for k in counts), key=lambda s: s[::-1])
    total += len(''.join(names)) + len(names[7])
    for i in range(10000):
        try:
            if i % 2:
                raise KeyError(i)
            total += counts[i]
        except KeyError:
            total += 1
print(total)
