/**
 * Calls within a region: which activation of which function a guest instruction is lifted for.
 *
 * A call is followed into a copy of its function's body, a *frame*; the returns of the copy know where they go, and compare the guest's return address with
 * that. A call of a function that a frame around it is an activation of (recursion) makes no copy: it goes back to that frame's entry, whose returns then
 * know one place more. So a recursive function is a loop.
 *
 * Nothing here is an assumption: what a return does not know it looks up, as ever.
 */

/** The same guest pc in another frame is another place; pcs are below this. */
const FRAME_STEP = 2 ** 47
/** Frames of a region, one within another, and places that a frame's returns know. */
const MAX_FRAMES = 12
const MAX_DEPTH = 4
const MAX_RETURNS = 3

/** Where a call returns to. */
export interface Return {
  readonly frame: Frame
  readonly pc: number
}

export interface Frame {
  readonly id: number
  /** The first instruction: what a call must go to for being a call of the same function. */
  readonly entry: number
  readonly parent: Frame | null
  readonly depth: number
  readonly returns: Return[]
}

export class Frames {
  root: Frame = { id: 0, entry: Number.NaN, parent: null, depth: 0, returns: [] }
  private count = 0
  /** By the place of the call: what it has made. */
  private readonly made = new Map<number, Frame>()
  /** Returns know more than they did. */
  hasLearnt = false

  /** A region at `pc`, in which nothing has been called yet. */
  begin(pc: number): void {
    this.root = { id: 0, entry: pc, parent: null, depth: 0, returns: [] }
    this.count = 1
    this.made.clear()
    this.hasLearnt = false
  }

  /** A number for guest address `pc` in `frame`. */
  static place(frame: Frame, pc: number): number {
    return frame.id * FRAME_STEP + pc
  }

  /** The frame that the call of `callee` at `site` of `frame`, which returns to `behind`, goes to; null: it is not followed. The same call gives the same frame. */
  call(frame: Frame, site: number, callee: number, behind: number): Frame | null {
    for (let around: Frame | null = frame; around !== null; around = around.parent)
      if (around.entry === callee) return this.recur(around, { frame, pc: behind })
    const place = Frames.place(frame, site)
    const known = this.made.get(place)
    if (known !== undefined) return known
    if (this.count === MAX_FRAMES || frame.depth === MAX_DEPTH) return null
    const made = { id: this.count++, entry: callee, parent: frame, depth: frame.depth + 1, returns: [{ frame, pc: behind }] }
    this.made.set(place, made)
    return made
  }

  private recur(frame: Frame, to: Return): Frame | null {
    if (frame.returns.some((known) => known.frame === to.frame && known.pc === to.pc)) return frame
    if (frame.returns.length === MAX_RETURNS) return null
    frame.returns.push(to)
    this.hasLearnt = true
    return frame
  }
}
