"""Words of a text, JSON, regular expressions, formatting, big numbers. text.py N FILE"""
import collections
import hashlib
import json
import re
import sys

with open(sys.argv[2], encoding='utf-8', errors='replace') as file:
    text = file.read(1000000)
for turn in range(int(sys.argv[1])):
    words = collections.Counter()
    for match in re.finditer(r'\b([a-z_]+)\(', text):
        words[match[1]] += 1
    lines = [line.strip().split() for line in text.splitlines()]
    words.update(word for line in lines for word in line)
    data = json.dumps([{'word': word, 'count': count, 'share': count / len(words)} for word, count in words.most_common(2000)])
    back = json.loads(data)
    number = 1
    for i in range(1, 1000 + turn):
        number *= i
    digest = hashlib.sha256(data.encode()).hexdigest()
    print(len(back), digest, len(lines), number % 1000000007, f'{sum(entry["share"] for entry in back):.6f}')
