/** siginfo_t, which the engine keeps as the host has it, in a guest's form and back. */
import { type Abi, x64 } from './abi/abi.ts'
import { convertStruct, layout, layoutsAgree } from './abi/shape.ts'
import { siginfo } from './abi/shapes-process.ts'

export function guestInfo(abi: Abi, info: Uint8Array): Uint8Array {
  return converted(x64, abi, info)
}

export function hostInfo(abi: Abi, info: Uint8Array): Uint8Array {
  return converted(abi, x64, info)
}

function converted(from: Abi, to: Abi, info: Uint8Array): Uint8Array {
  const [source, target] = [layout(from, siginfo), layout(to, siginfo)]
  if (layoutsAgree(source, target)) return info
  const bytes = new Uint8Array(target.size)
  convertStruct(source, info, 0, target, bytes, 0)
  return bytes
}
