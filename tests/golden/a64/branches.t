case conditional-branch
  f100001f  subs xzr, x0, #0x0
  5400008c  b.gt 0x10014
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x0
    %1:i64 = const 0
    %2:i64 = sub %0 %1
    %3:flags = flags.sub %0 %1
    %4:i32 = pack %3
    put %4 nzcv
    at 0x10004
    %6:i32 = get nzcv
    %7:flags = unpack %6
    %8:i32 = test %7 gt
    br %8 -> 1 2
  block 1 0x10014
    at 0x10004
    exit.direct 0x10014
  block 2 0x10008
    at 0x10004
    exit.direct 0x10008

case test-and-branch
  b7180043  tbnz x3, #35, 0x10008
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x3
    %1:i64 = const 0x800000000
    %2:i64 = and %0 %1
    %3:i64 = const 0
    %4:i32 = icmp %2 %3 ne
    br %4 -> 1 2
  block 1 0x10008
    at 0x10000
    exit.direct 0x10008
  block 2 0x10004
    at 0x10000
    exit.direct 0x10004

case compare-and-branch
  34ffffe3  cbz w3, 0xfffc
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x3
    %1:i32 = trunc %0
    %2:i32 = const 0
    %3:i32 = icmp %1 %2 eq
    br %3 -> 1 2
  block 1 0xfffc
    at 0x10000
    exit.direct 0xfffc
  block 2 0x10004
    at 0x10000
    exit.direct 0x10004

# the link register is written after the target is read
case call
  d63f03c0  blr x30
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x30
    %1:i64 = const 0x10004
    put %1 x30
    exit.indirect %0 call

case direct-call
  94000040  bl 0x10100
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = const 0x10004
    put %0 x30
    jump -> 1
  block 1 0x10100
    at 0x10000
    exit.direct 0x10100

case return
  d65f03c0  ret 
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x30
    exit.indirect %0 return

case system-call
  d4000001  svc #0x0
  d503201f  nop
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    syscall 0x10004
    at 0x10004
    exit.direct 0x10008

case breakpoint
  d4207d00  brk #0x3e8
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    exit.trap breakpoint 1000
