# W results are zero-extended
case add-shifted
  0b420c20  add w0, w1, w2, lsr #3
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i32 = trunc %0
    %2:i64 = get x2
    %3:i32 = trunc %2
    %4:i32 = const 3
    %5:i32 = shr %3 %4
    %6:i32 = add %1 %5
    %7:i64 = zext32 %6
    put %7 x0
    exit.direct 0x10004

# register 31 is SP in the immediate form, also as a destination
case add-immediate-sp
  9140043f  add sp, x1, #0x1, lsl #12
  d10043e0  sub x0, sp, #0x10
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i64 = const 0x1000
    %2:i64 = add %0 %1
    put %2 sp
    at 0x10004
    %4:i64 = get sp
    %5:i64 = const 16
    %6:i64 = sub %4 %5
    put %6 x0
    exit.direct 0x10008

# the zero register is not written
case compare
  eb01001f  subs xzr, x0, x1
  7100147f  subs wzr, w3, #0x5
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x0
    %1:i64 = get x1
    %2:i64 = sub %0 %1
    %3:flags = flags.sub %0 %1
    %4:i32 = pack %3
    put %4 nzcv
    at 0x10004
    %6:i64 = get x3
    %7:i32 = trunc %6
    %8:i32 = const 5
    %9:i32 = sub %7 %8
    %10:flags = flags.sub %7 %8
    %11:i32 = pack %10
    put %11 nzcv
    exit.direct 0x10008

case extended
  8b218be0  add x0, sp, w1, sxtb #2
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get sp
    %1:i64 = get x1
    %2:i32 = trunc %1
    %3:i32 = sext8 %2
    %4:i64 = sext32 %3
    %5:i64 = const 2
    %6:i64 = shl %4 %5
    %7:i64 = add %0 %6
    put %7 x0
    exit.direct 0x10004

case carry
  ab020000  adds x0, x0, x2
  ba030021  adcs x1, x1, x3
  da0600a4  sbc x4, x5, x6
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x0
    %1:i64 = get x2
    %2:i64 = add %0 %1
    put %2 x0
    %4:flags = flags.add %0 %1
    %5:i32 = pack %4
    put %5 nzcv
    at 0x10004
    %7:i64 = get x1
    %8:i64 = get x3
    %9:i32 = get nzcv
    %10:flags = unpack %9
    %11:i32 = test %10 cs
    %12:i64 = adc %7 %8 %11
    put %12 x1
    %14:flags = flags.adc %7 %8 %11
    %15:i32 = pack %14
    put %15 nzcv
    at 0x10008
    %17:i64 = get x5
    %18:i64 = get x6
    %19:i64 = not %18
    %20:i32 = get nzcv
    %21:flags = unpack %20
    %22:i32 = test %21 cs
    %23:i64 = adc %17 %19 %22
    put %23 x4
    exit.direct 0x1000c

case conditional
  fa431804  ccmp x0, #0x3, #0x4, ne
  1a828420  csinc w0, w1, w2, hi
  9a9f17e3  csinc x3, xzr, xzr, ne
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = const 3
    %1:i64 = get x0
    %2:flags = flags.sub %1 %0
    %3:i32 = get nzcv
    %4:flags = unpack %3
    %5:i32 = test %4 ne
    %6:flags = flags.or %2 %5 0x4000
    %7:i32 = pack %6
    put %7 nzcv
    at 0x10004
    %9:i64 = get x1
    %10:i32 = trunc %9
    %11:i64 = get x2
    %12:i32 = trunc %11
    %13:i32 = const 1
    %14:i32 = add %12 %13
    %15:i32 = get nzcv
    %16:flags = unpack %15
    %17:i32 = test %16 hi
    %18:i32 = select %17 %10 %14
    %19:i64 = zext32 %18
    put %19 x0
    at 0x10008
    %21:i64 = const 0
    %22:i64 = const 0
    %23:i64 = const 1
    %24:i64 = add %22 %23
    %25:i32 = get nzcv
    %26:flags = unpack %25
    %27:i32 = test %26 ne
    %28:i64 = select %27 %21 %24
    put %28 x3
    exit.direct 0x1000c

case logical-immediate
  92089c20  and x0, x1, #0xff00ff00ff00ff00
  7201045f  ands wzr, w2, #0x80000001
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = const 0xff00ff00ff00ff00
    %1:i64 = get x1
    %2:i64 = and %1 %0
    put %2 x0
    at 0x10004
    %4:i32 = const 0x80000001
    %5:i64 = get x2
    %6:i32 = trunc %5
    %7:i32 = and %6 %4
    %8:flags = flags.logic %7
    %9:i32 = pack %8
    put %9 nzcv
    exit.direct 0x10008

case bitfields
  d3431c20  ubfm x0, x1, #3, #7
  131c1462  sbfm w2, w3, #28, #5
  b3783ca4  bfm x4, x5, #56, #15
  93407ce6  sbfm x6, x7, #0, #31
  d3410128  ubfm x8, x9, #1, #0
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i64 = const 3
    %2:i64 = shr %0 %1
    %3:i64 = const 31
    %4:i64 = and %2 %3
    put %4 x0
    at 0x10004
    %6:i64 = get x3
    %7:i32 = trunc %6
    %8:i32 = const 26
    %9:i32 = shl %7 %8
    %10:i32 = const 22
    %11:i32 = sar %9 %10
    %12:i64 = zext32 %11
    put %12 x2
    at 0x10008
    %14:i64 = get x5
    %15:i64 = const 8
    %16:i64 = shl %14 %15
    %17:i64 = const 0xffff00
    %18:i64 = get x4
    %19:i64 = andn %18 %17
    %20:i64 = and %16 %17
    %21:i64 = or %19 %20
    put %21 x4
    at 0x1000c
    %23:i64 = get x7
    %24:i32 = trunc %23
    %25:i64 = sext32 %24
    put %25 x6
    at 0x10010
    %27:i64 = get x9
    %28:i64 = const 63
    %29:i64 = shl %27 %28
    put %29 x8
    exit.direct 0x10014

case wide-moves
  d2824680  movz x0, #0x1234
  f2eacf00  movk x0, #0x5678, lsl #48
  12800001  movn w1, #0x0
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = const 0x1234
    put %0 x0
    at 0x10004
    %2:i64 = get x0
    %3:i64 = const 0xffff000000000000
    %4:i64 = andn %2 %3
    %5:i64 = const 0x5678000000000000
    %6:i64 = or %4 %5
    put %6 x0
    at 0x10008
    %8:i32 = const -1
    %9:i64 = zext32 %8
    put %9 x1
    exit.direct 0x1000c

case multiply-divide
  9b020c20  madd x0, x1, x2, x3
  9b267ca4  smaddl x4, w5, w6, xzr
  9bc97d07  umulh x7, x8, x9
  1acc0d6a  sdiv w10, w11, w12
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i64 = get x2
    %2:i64 = mul %0 %1
    %3:i64 = get x3
    %4:i64 = add %3 %2
    put %4 x0
    at 0x10004
    %6:i64 = get x5
    %7:i32 = trunc %6
    %8:i64 = sext32 %7
    %9:i64 = get x6
    %10:i32 = trunc %9
    %11:i64 = sext32 %10
    %12:i64 = mul %8 %11
    put %12 x4
    at 0x10008
    %14:i64 = get x8
    %15:i64 = get x9
    %16:i64 = mulhu %14 %15
    put %16 x7
    at 0x1000c
    %18:i64 = get x11
    %19:i32 = trunc %18
    %20:i64 = get x12
    %21:i32 = trunc %20
    %22:i32 = sdiv %19 %21
    %23:i64 = zext32 %22
    put %23 x10
    exit.direct 0x10010

case one-source
  5ac00820  rev w0, w1
  dac00862  rev32 x2, x3
  dac004a4  rev16 x4, x5
  5ac014e6  cls w6, w7
  dac00128  rbit x8, x9
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x1
    %1:i32 = trunc %0
    %2:i32 = bswap %1
    %3:i64 = zext32 %2
    put %3 x0
    at 0x10004
    %5:i64 = get x3
    %6:i64 = bswap %5
    %7:i64 = const 32
    %8:i64 = ror %6 %7
    put %8 x2
    at 0x10008
    %10:i64 = get x5
    %11:i64 = const 0xff00ff00ff00ff
    %12:i64 = const 8
    %13:i64 = shr %10 %12
    %14:i64 = and %13 %11
    %15:i64 = and %10 %11
    %16:i64 = shl %15 %12
    %17:i64 = or %14 %16
    put %17 x4
    at 0x1000c
    %19:i32 = const 1
    %20:i64 = get x7
    %21:i32 = trunc %20
    %22:i32 = sar %21 %19
    %23:i32 = xor %21 %22
    %24:i32 = clz %23
    %25:i32 = sub %24 %19
    %26:i64 = zext32 %25
    put %26 x6
    at 0x10010
    %28:i64 = get x9
    %29:i64 = rbit %28
    put %29 x8
    exit.direct 0x10014

# a shift of 32 or more in a W operation is unallocated
case reserved
  0b028020  add w0, w1, w2, lsl #32
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    exit.trap undefined 0
