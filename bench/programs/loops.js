// Numbers, objects, strings, regular expressions, functions made at run time: N rounds.
const rounds = Number(process.argv[2])
let sum = 0
class Vector {
  constructor(x, y) {
    this.x = x
    this.y = y
  }
  add(other) {
    return new Vector(this.x + other.x, this.y + other.y)
  }
}
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < 60; i++) {
    const f = new Function('a', 'b', `let s = 0; for (let k = 0; k < 3000; k++) { s = (s + a * k ^ b + ${i}) | 0 } return s`)
    for (let r = 0; r < 5; r++) sum = (sum + f(i, r)) | 0
  }
  let v = new Vector(0, 0)
  for (let i = 0; i < 1e6; i++) v = v.add(new Vector(i & 3, 1))
  sum = (sum + v.x + v.y) | 0
  const sieve = new Uint8Array(1 << 20)
  for (let i = 2; i < sieve.length; i++) if (!sieve[i]) for (let j = i * 2; j < sieve.length; j += i) sieve[j] = 1
  for (let i = 0; i < sieve.length; i++) sum = (sum + sieve[i]) | 0
  let x = 0.5
  for (let i = 0; i < 2e6; i++) x = 3.7 * x * (1 - x)
  sum = (sum + Math.floor(x * 1e6)) | 0
  const map = new Map()
  for (let i = 0; i < 1e5; i++) map.set(`k${i % 1000}`, i)
  const text = JSON.stringify([...map.entries()])
  let hits = 0
  for (let i = 0; i < 20; i++) for (const m of text.matchAll(new RegExp(`k(${i}\\d*)"`, 'g'))) hits += m[1].length
  sum = (sum + JSON.parse(text).length + hits) | 0
}
console.log(sum)
