/** Socket addresses as strace writes them. Bytes inside are in network order whatever the guest's order is. */
import { flagText } from '../abi/flag-set.ts'
import { addressFamily } from '../abi/flags/sockets.ts'
import type { DataModel } from '../abi/shape.ts'
import { quoted, scalar, untilNul } from './text.ts'

const FAMILY_SIZE = 2
const PATH_LIMIT = 108

export function sockaddrText(bytes: Uint8Array, model: DataModel): string {
  if (bytes.length < FAMILY_SIZE) return quoted(bytes)
  const family = Number(scalar(bytes, 0, 2, model))
  const name = `sa_family=${flagText(addressFamily, '', family)}`
  const known = families.get(family)?.(bytes, model)
  if (known !== undefined) return known === '' ? `{${name}}` : `{${name}, ${known}}`
  return bytes.length === FAMILY_SIZE ? `{${name}}` : `{${name}, sa_data=${quoted(bytes.subarray(FAMILY_SIZE))}}`
}

type Formatter = (bytes: Uint8Array, model: DataModel) => string | undefined

const port = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
const big32 = (bytes: Uint8Array, at: number): number => ((port(bytes, at) << 16) | port(bytes, at + 2)) >>> 0

const families = new Map<number, Formatter>([
  [addressFamily.values.AF_UNIX, unixText],
  [
    addressFamily.values.AF_INET,
    (b) => (b.length < 8 ? undefined : `sin_port=htons(${port(b, 2)}), sin_addr=inet_addr("${b[4]}.${b[5]}.${b[6]}.${b[7]}")`),
  ],
  [
    addressFamily.values.AF_INET6,
    (b, model) =>
      b.length < 24
        ? undefined
        : `sin6_port=htons(${port(b, 2)}), sin6_flowinfo=htonl(${big32(b, 4)}), inet_pton(AF_INET6, "${address6(b.subarray(8, 24))}", &sin6_addr), sin6_scope_id=${b.length < 28 ? 0 : scalar(b, 24, 4, model)}`,
  ],
  [
    addressFamily.values.AF_NETLINK,
    (b, model) =>
      b.length < 12 ? undefined : `nl_pid=${scalar(b, 4, 4, model)}, nl_groups=${scalar(b, 8, 4, model).toString(16).padStart(8, '0')}`,
  ],
])

function unixText(bytes: Uint8Array): string {
  const path = bytes.subarray(FAMILY_SIZE)
  if (path.length === 0) return ''
  return path[0] === 0 ? `sun_path=@${quoted(path.subarray(1), PATH_LIMIT)}` : `sun_path=${quoted(untilNul(path), PATH_LIMIT)}`
}

/** RFC 5952: the longest run of two or more zero groups is `::`. */
function address6(bytes: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < bytes.length; i += 2) groups.push(port(bytes, i))
  let best = -1
  let length = 1
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (end < groups.length && groups[end] === 0) end++
    if (end - start > length) {
      best = start
      length = end - start
    }
  }
  const hex = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(':')
  return best < 0 ? hex(groups) : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + length))}`
}
