/**
 * Milliseconds since the process began, for intervals: 80 ns a reading. Not `performance.now()`, because the first use of `performance` makes Node
 * load and set up all of perf_hooks, more than a millisecond of every start.
 */
export function milliseconds(): number {
  return process.uptime() * 1e3
}
