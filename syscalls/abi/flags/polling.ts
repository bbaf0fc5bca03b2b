/** Flags and selectors of poll, epoll and eventfd, as the kernel headers name them; a flavour lists only what differs from asm-generic. */
import { enumSet, flagSet } from '../flag-set.ts'

export const pollEvents = flagSet('pollEvents', {
  bits: {
    POLLIN: 1,
    POLLPRI: 2,
    POLLOUT: 4,
    POLLERR: 8,
    POLLHUP: 0x10,
    POLLNVAL: 0x20,
    POLLRDNORM: 0x40,
    POLLRDBAND: 0x80,
    POLLWRNORM: 0x100,
    POLLWRBAND: 0x200,
    POLLMSG: 0x400,
    POLLRDHUP: 0x2000,
  },
})

export const epollEvents = flagSet('epollEvents', {
  bits: {
    EPOLLIN: 1,
    EPOLLPRI: 2,
    EPOLLOUT: 4,
    EPOLLERR: 8,
    EPOLLHUP: 0x10,
    EPOLLRDNORM: 0x40,
    EPOLLRDBAND: 0x80,
    EPOLLWRNORM: 0x100,
    EPOLLWRBAND: 0x200,
    EPOLLMSG: 0x400,
    EPOLLRDHUP: 0x2000,
    EPOLLEXCLUSIVE: 0x10000000,
    EPOLLWAKEUP: 0x20000000,
    EPOLLONESHOT: 0x40000000,
    EPOLLET: 0x80000000,
  },
})

export const epollOperation = enumSet('epollOperation', {
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
})

export const epollCreateFlags = flagSet('epollCreateFlags', {
  bits: {
    EPOLL_CLOEXEC: 0x80000,
  },
})

export const eventfdFlags = flagSet('eventfdFlags', {
  bits: {
    EFD_SEMAPHORE: 1,
    EFD_CLOEXEC: 0x80000,
    EFD_NONBLOCK: 0x800,
  },
})
