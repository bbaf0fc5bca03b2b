case compare-and-branch
  b1030000  cbz r3, 0x10004
ir
  region 0x10001
  block 0 0x10001
    at 0x10001
    %0:i32 = get r3
    %1:i32 = const 0
    %2:i32 = icmp %0 %1 eq
    br %2 -> 1 2
  block 1 0x10005
    at 0x10001
    exit.direct 0x10005
  block 2 0x10003
    at 0x10001
    exit.direct 0x10003

case table
  e8dff003  tbb [pc, r3]
ir
  region 0x10001
  block 0 0x10001
    at 0x10001
    %0:i32 = get r3
    %1:i32 = const 0x10004
    %2:i32 = add %1 %0
    %3:i64 = zext32 %2
    %4:i32 = load8u %3 0
    %5:i32 = const 0x10004
    %6:i32 = const 1
    %7:i32 = shl %4 %6
    %8:i32 = add %5 %7
    %9:i32 = const 1
    %10:i32 = or %8 %9
    %11:i64 = zext32 %10
    exit.indirect %11 jump

case pop
  bd100000  pop {r4, pc}
ir
  region 0x10001
  block 0 0x10001
    at 0x10001
    %0:i32 = get r13
    %1:i32 = get r13
    %2:i32 = const 8
    %3:i32 = add %1 %2
    %4:i64 = zext32 %0
    %5:i32 = load32 %4 0
    %6:i64 = zext32 %0
    %7:i32 = load32 %6 4
    put %3 r13
    put %5 r4
    %10:i64 = zext32 %7
    exit.indirect %10 return

case to-a32
  f000e87e  blx 0x10100
ir
  region 0x10001
  block 0 0x10001
    at 0x10001
    %0:i32 = const 0x10005
    put %0 r14
    jump -> 1
  block 1 0x10100
    at 0x10001
    exit.direct 0x10100

case shift-by-register
  40880000  lsls r0, r1
ir
  region 0x10001
  block 0 0x10001
    at 0x10001
    %0:i32 = get r0
    %1:i32 = get r1
    %2:i32 = const 255
    %3:i32 = and %1 %2
    %4:i32 = const 64
    %5:i32 = icmp %3 %4 ult
    %6:i32 = const 63
    %7:i32 = select %5 %3 %6
    %8:i64 = zext32 %7
    %9:i64 = zext32 %0
    %10:i64 = shl %9 %8
    %11:i64 = const 32
    %12:i64 = shr %10 %11
    %13:i32 = trunc %12
    %14:i32 = const 1
    %15:i32 = and %13 %14
    %16:i32 = const 0
    %17:i32 = icmp %3 %16 eq
    %18:i32 = get c
    %19:flags = unpack %18
    %20:i32 = test %19 cs
    %21:i32 = select %17 %20 %15
    %22:i32 = trunc %10
    %23:i32 = const 8
    %24:i32 = shl %21 %23
    put %24 c
    %26:flags = flags.logic %22
    %27:i32 = pack %26
    put %27 nz
    put %22 r0
    exit.direct 0x10003
