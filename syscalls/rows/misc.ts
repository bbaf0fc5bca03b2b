/** Administration, keys, modules, security, and what fits nowhere else. */
import { rebootCommand } from '../abi/flags/process.ts'
import { bufferIn, bufferOut, fd, flags, hex32, hex64, hexLong, int, path, pid, pointer, size, string, uint } from '../args.ts'
import { counted, not32, partial, refused, syscall } from '../row.ts'

export const syslog = syscall('syslog', { type: int, buf: bufferOut('len'), len: int })
export const acct = syscall('acct', { path })
export const swapon = syscall('swapon', { path, flags: hex32 })
export const swapoff = syscall('swapoff', { path })
export const reboot = syscall('reboot', { magic: hex32, magic2: hex32, cmd: flags(rebootCommand), arg: pointer('in') })
export const vhangup = syscall('vhangup', {})
export const lookup_dcookie = syscall('lookup_dcookie', { cookie: hex64, buffer: bufferOut('len'), len: size })
export const nfsservctl = syscall('nfsservctl', { cmd: int, argp: pointer(), resp: pointer() }, refused('gone from Linux since 3.1'))
export const init_module = syscall('init_module', { image: pointer('in'), len: size, params: string })
export const finit_module = syscall('finit_module', { fd, params: string, flags: hex32 })
export const delete_module = syscall('delete_module', { name: string, flags: hex32 })
export const kexec_load = syscall(
  'kexec_load',
  { entry: hexLong, count: size, segments: pointer('in'), flags: hexLong },
  not32('segments with addresses'),
)
export const kexec_file_load = syscall('kexec_file_load', {
  kernel_fd: fd,
  initrd_fd: int,
  len: size,
  cmdline: pointer('in'),
  flags: hexLong,
})
export const perf_event_open = syscall(
  'perf_event_open',
  { attr: pointer('in'), pid, cpu: int, group_fd: fd, flags: hexLong },
  partial('counts the translated code and the runner together'),
)
export const bpf = syscall(
  'bpf',
  { cmd: int, attr: pointer(), size: uint },
  partial('descriptors and paths inside attributes are not checked'),
)
export const add_key = syscall('add_key', { type: string, description: string, payload: bufferIn('len'), len: size, keyring: int })
export const request_key = syscall('request_key', { type: string, description: string, callout: string, keyring: int })
export const keyctl = syscall('keyctl', { cmd: int, arg2: hexLong, arg3: hexLong, arg4: hexLong, arg5: hexLong }, counted)
export const io_uring_setup = syscall(
  'io_uring_setup',
  { entries: uint, params: pointer() },
  refused('requests would pass by the checks on paths and descriptors'),
)
export const io_uring_enter = syscall(
  'io_uring_enter',
  { fd, to_submit: uint, min_complete: uint, flags: hex32, argp: pointer(), argsz: size },
  refused('as io_uring_setup'),
)
export const io_uring_register = syscall(
  'io_uring_register',
  { fd, opcode: uint, arg: pointer(), nr_args: uint },
  refused('as io_uring_setup'),
)
export const landlock_create_ruleset = syscall('landlock_create_ruleset', { attr: pointer('in'), size, flags: hex32 })
export const landlock_add_rule = syscall('landlock_add_rule', { ruleset_fd: fd, rule_type: int, attr: pointer('in'), flags: hex32 })
export const landlock_restrict_self = syscall('landlock_restrict_self', { ruleset_fd: fd, flags: hex32 })
export const lsm_get_self_attr = syscall('lsm_get_self_attr', { attr: int, ctx: pointer('out'), size: pointer(), flags: hex32 })
export const lsm_set_self_attr = syscall('lsm_set_self_attr', { attr: int, ctx: pointer('in'), size, flags: hex32 })
export const lsm_list_modules = syscall('lsm_list_modules', { ids: pointer('out'), size: pointer(), flags: hex32 })
