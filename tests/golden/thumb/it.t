# What only computes is a select; the flags are those of the compare for both.
case select
  42880000  cmp r0, r1
  bfb40000  ite lt
  46080000  movlt r0, r1
  1c490000  addge r1, r1, #1
ir
  region 0x10001
  block 0 0x10001
    at 0x10001
    %0:i32 = get r1
    %1:i32 = get r0
    %2:i32 = sub %1 %0
    %3:flags = flags.sub %1 %0
    %4:i32 = pack %3
    put %4 nz
    put %4 c
    put %4 v
    at 0xb400010005
    %8:i32 = test %3 lt
    %9:i32 = get r1
    %10:i32 = get r0
    %11:i32 = select %8 %9 %10
    put %11 r0
    at 0xa800010007
    %13:i32 = test %3 ge
    %14:i32 = const 1
    %15:i32 = get r1
    %16:i32 = add %15 %14
    %17:i32 = get r1
    %18:i32 = select %13 %16 %17
    put %18 r1
    exit.direct 0x10009

# Flags that an instruction sets are seen by the next of the block.
case flags
  28000000  cmp r0, #0
  bf1c0000  itt ne
  29030000  cmpne r1, #3
  32010000  addne r2, #1
ir
  region 0x10001
  block 0 0x10001
    at 0x10001
    %0:i32 = const 0
    %1:i32 = get r0
    %2:i32 = sub %1 %0
    %3:flags = flags.sub %1 %0
    %4:i32 = pack %3
    put %4 nz
    put %4 c
    put %4 v
    at 0x1c00010005
    %8:i32 = test %3 ne
    %9:i32 = const 3
    %10:i32 = get r1
    %11:i32 = sub %10 %9
    %12:flags = flags.sub %10 %9
    %13:i32 = pack %12
    %14:i32 = get nz
    %15:i32 = select %8 %13 %14
    put %15 nz
    %17:i32 = get c
    %18:i32 = select %8 %13 %17
    put %18 c
    %20:i32 = get v
    %21:i32 = select %8 %13 %20
    put %21 v
    at 0x1800010007
    %23:i32 = get nz
    %24:flags = unpack %23
    %25:i32 = test %24 ne
    %26:i32 = const 1
    %27:i32 = get r2
    %28:i32 = add %27 %26
    %29:i32 = get r2
    %30:i32 = select %25 %28 %29
    put %30 r2
    exit.direct 0x10009

# A load happens under its condition only, and has its place in the block in its pc.
case load
  bf080000  it eq
  f8d01004  ldreq.w r1, [r0, #4]
ir
  region 0x10001
  block 0 0x10001
    at 0x800010003
    %0:i32 = get nz
    %1:flags = unpack %0
    %2:i32 = test %1 eq
    %3:i32 = const 4
    %4:i32 = get r0
    %5:i32 = add %4 %3
    br %2 -> 1 2
  block 1 0x800010003
    at 0x800010003
    %7:i64 = zext32 %4
    %8:i32 = load32 %7 4
    put %8 r1
    jump -> 2
  block 2 0x10007
    at 0x800010003
    exit.direct 0x10007

# A return, and what follows it.
case return
  bf080000  it eq
  47700000  bxeq lr
  20000000  movs r0, #0
ir
  region 0x10001
  block 0 0x10001
    at 0x800010003
    %0:i32 = get nz
    %1:flags = unpack %0
    %2:i32 = test %1 eq
    %3:i32 = get r14
    br %2 -> 1 2
  block 1 0x800010003
    at 0x800010003
    %5:i64 = zext32 %3
    exit.indirect %5 return
  block 2 0x10005
    at 0x800010003
    exit.direct 0x10005

# Behind a call in a block it goes on outside of it.
case call
  bf180000  it ne
  f000f87e  blne 0x10102
ir
  region 0x10001
  block 0 0x10001
    at 0x1800010003
    %0:i32 = get nz
    %1:flags = unpack %0
    %2:i32 = test %1 ne
    br %2 -> 1 2
  block 1 0x1800010003
    at 0x1800010003
    %4:i32 = const 0x10007
    put %4 r14
    jump -> 3
  block 2 0x10007
    at 0x1800010003
    exit.direct 0x10007
  block 3 0x10103
    at 0x1800010003
    exit.direct 0x10103
