import http from 'http'; import fs from 'fs'
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 }); const big = fs.readFileSync('html/big'); let ok = 0, bad = 0; const N = 2000;
const get = (p) => new Promise((r) => http.get({ port: 7393, host: '127.0.0.1', path: p, agent }, (s) => { const c = []; s.on('data', d => c.push(d)); s.on('end', () => r(Buffer.concat(c))) }).on('error', () => r(null)))
await Promise.all([...Array(32).keys()].map(async w => { for (let i = w; i < N; i += 32) { const k = i % 3; const b = await get(['/', '/big', '/echo?' + i][k]); if (b && (k === 0 ? b.toString() === 'hello\n' : k === 1 ? b.equals(big) : b.toString() === `echo ${i}\n`)) ok++; else bad++ } }))
console.log(ok, bad); agent.destroy()
