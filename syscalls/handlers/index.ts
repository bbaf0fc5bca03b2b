/** Our handlers by name: what belongs to system calls in general. The memory, process and /proc calls are linux-user's. */
import type { Handler } from '../call.ts'
import { descriptorHandlers } from './descriptors.ts'
import { identityHandlers } from './identity.ts'
import { limitHandlers } from './limits.ts'
import { memoryHandlers } from './memory.ts'
import { narrowHandlers } from './narrow.ts'
import { narrowMessageHandlers } from './narrow-messages.ts'
import { narrowSocketHandlers } from './narrow-sockets.ts'
import { oldSignalHandlers } from './old-signals.ts'
import { prctlHandlers } from './prctl.ts'
import { rightsHandlers } from './rights.ts'
import { shortIdHandlers } from './short-ids.ts'
import { signalHandlers } from './signals.ts'

export const builtinHandlers: ReadonlyMap<string, Handler> = new Map(
  Object.entries<Handler>({
    ...descriptorHandlers,
    ...identityHandlers,
    ...limitHandlers,
    ...memoryHandlers,
    ...narrowHandlers,
    ...narrowMessageHandlers,
    ...narrowSocketHandlers,
    ...shortIdHandlers,
    ...oldSignalHandlers,
    ...prctlHandlers,
    ...rightsHandlers,
    ...signalHandlers,
  }),
)
