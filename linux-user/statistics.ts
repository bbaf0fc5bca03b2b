/** `DEMOTIC_STATS=FILE`: figures of a run, as one JSON object, written when the guest ends. Times in milliseconds since the process began. */
import { writeFileSync } from 'node:fs'
import type { Figures } from './code-spaces.ts'

export class Statistics {
  private readonly file = process.env['DEMOTIC_STATS']
  private firstInsnMs = 0

  /** The guest's first instruction is about to run. */
  started(): void {
    this.firstInsnMs = process.uptime() * 1e3
  }

  write(code: Figures): void {
    if (this.file === undefined || this.file === '') return
    const figures = {
      firstInsnMs: this.firstInsnMs,
      totalMs: process.uptime() * 1e3,
      regions: code.regions,
      guestInsns: code.guestBytes / 4,
      guestBytes: code.guestBytes,
      hostBytes: code.hostBytes,
      translateMs: code.translateMs,
      engineRssBytes: process.memoryUsage.rss(),
    }
    writeFileSync(this.file, `${JSON.stringify(figures)}\n`)
  }
}
