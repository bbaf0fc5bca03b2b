/**
 * Runs chunks through the executor program under an emulator. The program may die at any case (an instruction
 * that is not implemented, a translator bug): the caller then learns how far it came.
 */
import { spawn } from 'node:child_process'
import { type Chunk, resultsSize } from './chunks.ts'
import type { Suite } from './suite.ts'

/** How a run ended before its last chunk, or null. */
export interface Death {
  /** 'SIGILL', 'exit status 1', 'timeout' … */
  readonly reason: string
  readonly stderr: string
}

const STDERR_LIMIT = 4000

/**
 * Feeds `chunks` to one process of the suite's executor; `onResults` gets each chunk with its results (masked; valid only during the
 * call). Ends with null, or with the reason why the process stopped before it had answered all. `stallMs` without an
 * answer counts as a hang.
 */
export function runChunks(
  suite: Suite,
  command: readonly string[],
  chunks: Iterable<Chunk>,
  onResults: (chunk: Chunk, results: Uint8Array) => void,
  options: { probe?: boolean; stallMs?: number } = {},
): Promise<Death | null> {
  const [program, ...args] = [...command, suite.executor, ...(options.probe ? ['probe'] : [])]
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const source = chunks[Symbol.iterator]()
  const waiting: Chunk[] = []
  let received: Uint8Array = new Uint8Array(0)
  let fill = 0
  let isFed = false
  let stderr = ''
  let isStalled = false
  let timer: NodeJS.Timeout | undefined
  const stall = options.stallMs ?? 30_000
  const arm = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      isStalled = true
      child.kill('SIGKILL')
    }, stall)
  }

  /** Keeps a few chunks ahead of the answers: the pipe never fills on both sides. */
  const AHEAD = 4
  const feed = () => {
    while (!isFed && waiting.length < AHEAD) {
      const next = source.next()
      if (next.done) {
        isFed = true
        child.stdin.end()
        return
      }
      waiting.push(next.value)
      child.stdin.write(next.value.bytes)
    }
  }
  const take = (data: Uint8Array) => {
    let at = 0
    while (at < data.length && waiting.length > 0) {
      const want = resultsSize(waiting[0]!)
      if (received.length < want) received = new Uint8Array(want)
      const part = Math.min(want - fill, data.length - at)
      received.set(data.subarray(at, at + part), fill)
      fill += part
      at += part
      if (fill < want) break
      fill = 0
      const chunk = waiting.shift()!
      const results = received.subarray(0, want)
      const view = new DataView(results.buffer, results.byteOffset, want)
      for (let n = 0; n < want; n += suite.resultSize) suite.maskResult(view, n)
      onResults(chunk, results)
    }
  }

  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.stdin.on('error', () => undefined) // the program died: 'close' reports it
    child.stderr.on('data', (data: Buffer) => {
      if (stderr.length < STDERR_LIMIT) stderr += data.toString()
    })
    child.stdout.on('data', (data: Buffer) => {
      arm()
      take(data)
      feed()
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (isStalled) return resolve({ reason: `no answer within ${stall / 1000} s`, stderr })
      if (isFed && waiting.length === 0 && code === 0) return resolve(null)
      resolve({ reason: signal ?? `exit status ${code}`, stderr })
    })
    arm()
    feed()
  })
}
