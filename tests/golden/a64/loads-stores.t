case offsets
  f9401020  ldr x0, [x1, #32]
  b85fd3e2  ldur w2, [sp, #-3]
  38654883  ldrb w3, [x4, w5, uxtw]
  f86878e6  ldr x6, [x7, x8, lsl #3]
  79c00149  ldrsh w9, [x10]
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i64 = load64 %0 32
    put %1 x0
    at 0x10004
    %3:i64 = get sp
    %4:i64 = load32 %3 -3
    put %4 x2
    at 0x10008
    %6:i64 = get x5
    %7:i32 = trunc %6
    %8:i64 = zext32 %7
    %9:i64 = get x4
    %10:i64 = add %9 %8
    %11:i64 = load8u %10 0
    put %11 x3
    at 0x1000c
    %13:i64 = get x8
    %14:i64 = const 3
    %15:i64 = shl %13 %14
    %16:i64 = get x7
    %17:i64 = add %16 %15
    %18:i64 = load64 %17 0
    put %18 x6
    at 0x10010
    %20:i64 = get x10
    %21:i32 = load16s %20 0
    %22:i64 = zext32 %21
    put %22 x9
    exit.direct 0x10014

# memory is accessed before any register is written
case write-back
  f8408420  ldr x0, [x1], #8
  b81fcc62  str w2, [x3, #-4]!
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i64 = load64 %0 0
    %2:i64 = const 8
    %3:i64 = add %0 %2
    put %1 x0
    put %3 x1
    at 0x10004
    %6:i64 = get x3
    %7:i64 = get x2
    %8:i32 = trunc %7
    store32 %6 %8 -4
    %10:i64 = const -4
    %11:i64 = add %6 %10
    put %11 x3
    exit.direct 0x10008

# the address wins
case write-back-overlap
  f8408421  ldr x1, [x1], #8
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i64 = load64 %0 0
    %2:i64 = const 8
    %3:i64 = add %0 %2
    put %1 x1
    put %3 x1
    exit.direct 0x10004

# both accesses come before the registers
case pairs
  a8c27bfd  ldp x29, x30, [sp], #32
  ad3e0440  stp q0, q1, [x2, #-64]
  694010a3  ldpsw x3, x4, [x5]
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get sp
    %1:i64 = load64 %0 0
    %2:i64 = load64 %0 8
    %3:i64 = const 32
    %4:i64 = add %0 %3
    put %1 x29
    put %2 x30
    put %4 sp
    at 0x10004
    %8:i64 = get x2
    %9:v128 = get v0
    storev %8 %9 -64
    %11:v128 = get v1
    storev %8 %11 -48
    at 0x10008
    %13:i64 = get x5
    %14:i64 = load32s %13 0
    %15:i64 = load32s %13 4
    put %14 x3
    put %15 x4
    exit.direct 0x1000c

case literal
  580000c0  ldr x0, 0x10018
  1cffffe1  ldr s1, 0x10000
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = const 0x10018
    %1:i64 = load64 %0 0
    put %1 x0
    at 0x10004
    %3:i64 = const 0x10000
    %4:f32 = loadf32 %3 0
    %5:v128 = v.fromf %4
    put %5 v1
    exit.direct 0x10008

# narrow loads clear the rest of the register
case vector-registers
  3d400020  ldr b0, [x1]
  bd400062  ldr s2, [x3]
  7d0000a4  str h4, [x5]
  3dc004e6  ldr q6, [x7, #16]
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i32 = load8u %0 0
    %2:v128 = v.fromi %1
    put %2 v0
    at 0x10004
    %4:i64 = get x3
    %5:f32 = loadf32 %4 0
    %6:v128 = v.fromf %5
    put %6 v2
    at 0x10008
    %8:i64 = get x5
    %9:v128 = get v4
    %10:i32 = v.toi32 %9
    store16 %8 %10 0
    at 0x1000c
    %12:i64 = get x7
    %13:v128 = loadv %12 16
    put %13 v6
    exit.direct 0x10010

case prefetch
  f9800000  prfm pldl1keep, [x0]
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x0
    prefetch %0 0 l1
    exit.direct 0x10004

# a store-release is an exchange
case ordered
  c8dffc20  ldar x0, [x1]
  889ffc62  stlr w2, [x3]
  d95f80a4  ldapur x4, [x5, #-8]
  990040e6  stlur w6, [x7, #4]
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i64 = load64 %0 0
    put %1 x0
    at 0x10004
    %3:i64 = get x3
    %4:i64 = get x2
    %5:i32 = trunc %4
    %6:i32 = xchg %3 %5 4
    at 0x10008
    %7:i64 = get x5
    %8:i64 = load64 %7 -8
    put %8 x4
    at 0x1000c
    %10:i64 = get x7
    %11:i64 = get x6
    %12:i32 = trunc %11
    store32 %10 %12 4
    fence full
    exit.direct 0x10010

case exclusives
  885ffc20  ldaxr w0, [x1]
  8802fc23  stlxr w2, w3, [x1]
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i64 = load32 %0 0
    %2:v128 = v.fromi %1
    put %0 exclusive_address
    put %2 exclusive_value
    put %1 x0
    at 0x10004
    %6:v128 = get exclusive_value
    %7:i32 = v.toi32 %6
    %8:i64 = get x3
    %9:i32 = trunc %8
    %10:i64 = get x1
    %11:i64 = get exclusive_address
    %12:i32 = icmp %10 %11 eq
    %13:i32 = select %12 %9 %7
    %14:i32 = cas %10 %7 %13 4
    %15:i32 = icmp %14 %7 ne
    %16:i32 = const 1
    %17:i32 = xor %12 %16
    %18:i32 = or %15 %17
    %19:i64 = zext32 %18
    put %19 x2
    %21:i64 = const -1
    put %21 exclusive_address
    exit.direct 0x10008

case exclusive-pair
  c87f0440  ldxp x0, x1, [x2]
  c8231444  stxp w3, x4, x5, [x2]
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x2
    %1:v128 = loadva %0
    put %0 exclusive_address
    put %1 exclusive_value
    %4:i64 = v.toi64 %1
    put %4 x0
    %6:i64 = vget64 %1 1
    put %6 x1
    at 0x10004
    %8:v128 = get exclusive_value
    %9:i64 = v.toi64 %8
    %10:i64 = vget64 %8 1
    %11:i64 = get x2
    %12:i64 = get exclusive_address
    %13:i32 = icmp %11 %12 eq
    %14:i64 = get x4
    %15:i64 = select %13 %14 %9
    %16:i64 = get x5
    %17:i64 = select %13 %16 %10
    %18:v128 = v.fromi %15
    %19:v128 = vins64 %18 %17 1
    %20:v128 = cas128 %11 %8 %19
    %21:i64 = v.toi64 %20
    %22:i64 = xor %21 %9
    %23:i64 = vget64 %20 1
    %24:i64 = xor %23 %10
    %25:i64 = or %22 %24
    %26:i64 = const 0
    %27:i32 = icmp %25 %26 ne
    %28:i32 = const 1
    %29:i32 = xor %13 %28
    %30:i32 = or %27 %29
    %31:i64 = zext32 %30
    put %31 x3
    %33:i64 = const -1
    put %33 exclusive_address
    exit.direct 0x10008

case atomics
  f8e00041  ldaddal x0, x1, [x2]
  b823109f  ldclr w3, wzr, [x4]
  382580e6  swpb w5, w6, [x7]
  c8e0fc41  casal x0, x1, [x2]
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x2
    %1:i64 = get x0
    %2:i64 = xadd %0 %1 8
    put %2 x1
    at 0x10004
    %4:i64 = get x4
    %5:i64 = get x3
    %6:i32 = trunc %5
    %7:i32 = rmw %4 %6 4 clr
    at 0x10008
    %8:i64 = get x7
    %9:i64 = get x5
    %10:i32 = trunc %9
    %11:i32 = xchg %8 %10 1
    %12:i64 = zext32 %11
    put %12 x6
    at 0x1000c
    %14:i64 = get x2
    %15:i64 = get x0
    %16:i64 = get x1
    %17:i64 = cas %14 %15 %16 8
    put %17 x0
    exit.direct 0x10010
