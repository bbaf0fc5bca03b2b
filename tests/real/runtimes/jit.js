// many functions optimised and deoptimised
let sum = 0
for (let i = 0; i < 300; i++) { const f = new Function('a', 'b', `let s = 0; for (let k = 0; k < 2000; k++) { s = (s + a * k ^ b + ${i}) | 0 } return s`); for (let r = 0; r < 5; r++) sum = (sum + f(i, r)) | 0 }
class V { constructor(x, y) { this.x = x; this.y = y } add(o) { return new V(this.x + o.x, this.y + o.y) } }
let v = new V(0, 0); for (let i = 0; i < 1e6; i++) v = v.add(new V(i & 3, 1))
const m = new Map(); for (let i = 0; i < 2e5; i++) m.set('k' + (i % 1000), i)
const re = []; for (let i = 0; i < 100; i++) re.push(new RegExp('a{' + (i % 5) + ',}b+(c|d)*' + i)); let hits = 0; for (const r of re) for (let i = 0; i < 50; i++) if (r.test('aaaabbbbcd' + i)) hits++
console.log(sum, v.x, v.y, m.size, hits, JSON.stringify([...Array(1000).keys()].sort((a, b) => b - a)).length)
