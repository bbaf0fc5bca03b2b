const { Worker, isMainThread, parentPort, workerData } = require('worker_threads')
if (isMainThread) {
  const sab = new SharedArrayBuffer(64), c = new Int32Array(sab); let done = 0, sum = 0
  for (let i = 0; i < 6; i++) { const w = new Worker(__filename, { workerData: { sab, i } })
    w.on('message', m => { sum += m }); w.on('error', e => { console.log('error', e); process.exitCode = 1 }); w.on('exit', () => { if (++done === 6) console.log(sum, Atomics.load(c, 0)) }) }
} else {
  const c = new Int32Array(workerData.sab); let s = 0
  for (let k = 0; k < 20000; k++) Atomics.add(c, 0, 1)
  function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) }
  const objs = []; for (let k = 0; k < 50000; k++) objs.push({ k, s: 'x' + k }); s = objs.reduce((a, o) => a + o.s.length, 0)
  parentPort.postMessage(s + f(20))
}
