/** The slots of packed flags that a region puts, each with its recipes (flag-recipes.ts): a guest may keep its flags in one, or in several, which are mostly put together. */
import { OP } from '../ir/ops.ts'
import type { Region } from '../ir/region.ts'
import { FlagRecipes, isPack, type PromotedValues } from './flag-recipes.ts'
import type { Loops } from './loops.ts'

export class FlagSlots {
  /** Of the region that was analysed last. */
  readonly all: FlagRecipes[] = []
  private readonly bySlot: (FlagRecipes | undefined)[] = []
  private readonly made: FlagRecipes[] = []

  /** Finds the slots, and which loops they are kept in, before any value is asked for. `isExposed`: does a block read the slot before it puts it? */
  analyse(from: Region, loops: Loops, isExposed: (block: number, slot: number) => boolean): void {
    this.all.length = 0
    this.bySlot.length = 0
    for (let row = 0; row < from.rowCount; row++) {
      const slot = from.imm[row]!
      if (from.op[row] !== OP.put || this.bySlot[slot] !== undefined || !isPack(from, row)) continue
      const recipes = (this.made[this.all.length] ??= new FlagRecipes())
      recipes.analyse(from, loops, slot, isExposed)
      this.bySlot[slot] = recipes
      this.all.push(recipes)
    }
  }

  /** The recipes of a slot, if it has some. */
  of(slot: number): FlagRecipes | undefined {
    return this.bySlot[slot]
  }

  express(values: PromotedValues): void {
    const leaders: FlagRecipes[] = []
    for (const recipes of this.all) {
      recipes.express(values)
      if (!leaders.some((leader) => recipes.follow(leader))) leaders.push(recipes)
    }
  }
}
