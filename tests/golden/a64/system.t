case barriers
  d5033bbf  dmb ish
  d50339bf  dmb ishld
  d5033a9f  dsb ishst
  d5033fdf  isb
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    fence full
    at 0x10004
    fence load
    at 0x10008
    fence store
    %3:i64 = get stale_to
    %4:i64 = const 0
    %5:i32 = icmp %3 %4 ne
    br %5 -> 1 2
  block 1 0x10008
    at 0x10008
    exit.stale 1 0
  block 2 0x1000c
    at 0x10008
    exit.direct 0x1000c

case isb
  d5033fdf  isb
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get stale_to
    %1:i64 = const 0
    %2:i32 = icmp %0 %1 ne
    br %2 -> 1 2
  block 2 0x10000
    at 0x10000
    exit.direct 0x10004
  block 1 0x10000
    at 0x10000
    exit.stale 1 0

case hints
  d503201f  nop
  d503233f  paciasp
  d503245f  bti c
  d503203f  yield
ir
  region 0x10000
  block 0 0x10000
    at 0x1000c
    exit.direct 0x10010

case nzcv
  d53b4200  mrs x0, nzcv
  d51b4201  msr nzcv, x1
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i32 = get nzcv
    %1:i32 = const 0xc000
    %2:i32 = and %0 %1
    %3:i32 = const 16
    %4:i32 = shl %2 %3
    %5:i32 = const 256
    %6:i32 = and %0 %5
    %7:i32 = const 21
    %8:i32 = shl %6 %7
    %9:i32 = or %4 %8
    %10:i32 = const 1
    %11:i32 = and %0 %10
    %12:i32 = const 28
    %13:i32 = shl %11 %12
    %14:i32 = or %9 %13
    %15:i64 = zext32 %14
    put %15 x0
    at 0x10004
    %17:i64 = get x1
    %18:i32 = trunc %17
    %19:i32 = const 16
    %20:i32 = shr %18 %19
    %21:i32 = const 0xc000
    %22:i32 = and %20 %21
    %23:i32 = const 21
    %24:i32 = shr %18 %23
    %25:i32 = const 256
    %26:i32 = and %24 %25
    %27:i32 = or %22 %26
    %28:i32 = const 28
    %29:i32 = shr %18 %28
    %30:i32 = const 1
    %31:i32 = and %29 %30
    %32:i32 = or %27 %31
    put %32 nzcv
    exit.direct 0x10008

# the region ends: what follows may have been translated for other control bits
case fpcr
  d51b4400  msr fpcr, x0
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x0
    %1:i32 = trunc %0
    %2:i32 = const 0x7c80000
    %3:i32 = and %1 %2
    %4:i32 = fenv.get
    %5:i32 = const 1
    %6:i32 = shr %4 %5
    %7:i32 = const 30
    %8:i32 = and %6 %7
    %9:i32 = get fpsr
    %10:i32 = const 1
    %11:i32 = and %4 %10
    %12:i32 = or %11 %8
    %13:i32 = or %9 %12
    put %3 fpcr
    put %13 fpsr
    fenv.modes %3 %13
    %17:i32 = const 0x3000000
    %18:i32 = and %3 %17
    br %18 -> 1 2
  block 2 0x10000
    at 0x10000
    exit.direct 0x10004
  block 1 0x10000
    at 0x10000
    exit.poll 0x10004

case fpsr
  d53b4420  mrs x0, fpsr
  d51b4421  msr fpsr, x1
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i32 = fenv.get
    %1:i32 = const 1
    %2:i32 = shr %0 %1
    %3:i32 = const 30
    %4:i32 = and %2 %3
    %5:i32 = get fpsr
    %6:i32 = const 1
    %7:i32 = and %0 %6
    %8:i32 = or %7 %4
    %9:i32 = or %5 %8
    %10:v128 = get qc
    %11:i64 = v.toi64 %10
    %12:i64 = vget64 %10 1
    %13:i64 = or %11 %12
    %14:i64 = const 0
    %15:i32 = icmp %13 %14 ne
    %16:i32 = const 27
    %17:i32 = shl %15 %16
    %18:i32 = or %9 %17
    %19:i64 = zext32 %18
    put %19 x0
    at 0x10004
    %21:i64 = get x1
    %22:i32 = trunc %21
    %23:i32 = const 159
    %24:i32 = and %22 %23
    put %24 fpsr
    %26:i32 = const 0x8000000
    %27:i32 = and %22 %26
    %28:v128 = v.fromi %27
    put %28 qc
    %30:i32 = get fpcr
    fenv.modes %30 %24
    exit.direct 0x10008

case thread-pointer
  d53bd040  mrs x0, tpidr_el0
  d51bd041  msr tpidr_el0, x1
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get tpidr_el0
    put %0 x0
    at 0x10004
    %2:i64 = get x1
    put %2 tpidr_el0
    exit.direct 0x10008

case identification
  d53b0020  mrs x0, ctr_el0
  d5380001  mrs x1, midr_el1
  d53b00e2  mrs x2, dczid_el0
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = const 0x9444c004
    put %0 x0
    at 0x10004
    %2:i64 = const 0xfde00
    put %2 x1
    at 0x10008
    %4:i64 = const 4
    put %4 x2
    exit.direct 0x1000c

case counter
  d53be040  mrs x0, cntvct_el0
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = cycles
    put %0 x0
    exit.direct 0x10004

case cache-maintenance
  d50b7420  dc zva, x0
  d50b7b21  dc cvau, x1
  d50b7522  ic ivau, x2
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    %0:i64 = get x0
    %1:i64 = const -64
    %2:i64 = and %0 %1
    zero %2 64
    at 0x10004
    %4:i64 = get x1
    %5:i32 = load8u %4 0
    at 0x10008
    %6:i64 = get x2
    %7:i64 = const -64
    %8:i64 = and %6 %7
    %9:i64 = not %8
    %10:i64 = get stale_from
    %11:i32 = icmp %9 %10 ugt
    %12:i64 = select %11 %9 %10
    put %12 stale_from
    %14:i64 = const 64
    %15:i64 = add %8 %14
    %16:i64 = get stale_to
    %17:i32 = icmp %15 %16 ugt
    %18:i64 = select %17 %15 %16
    put %18 stale_to
    exit.direct 0x1000c

# what EL0 may not read is undefined
case privileged
  d5381000  mrs x0, s3_0_c1_c0_0
ir
  region 0x10000
  block 0 0x10000
    at 0x10000
    exit.trap undefined 0
