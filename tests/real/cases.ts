/**
 * What real programs are asked to do: a package, and commands of its programs, each of which needs one process and one thread.
 * A command is split at blanks; '…' quotes. `< file` at the end gives standard input; `~` in front: the order of the
 * output's lines is the file system's and does not count.
 */
export interface Case {
  readonly package: string
  readonly command: string
  readonly argv: readonly string[]
  /** File in the working folder, or null for an empty one. */
  readonly stdin: string | null
  readonly isUnordered: boolean
  readonly timeoutMs: number
}

const SECONDS = 1000

function parse(packageName: string, line: string, timeout: number): Case {
  const isUnordered = line.startsWith('~ ')
  const command = isUnordered ? line.slice(2) : line
  const [head, from] = /^(.*) < (\S+)$/.exec(command)?.slice(1) ?? [command, undefined]
  const argv = [...head!.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]!)
  return { package: packageName, command, argv, stdin: from ?? null, isUnordered, timeoutMs: timeout * SECONDS }
}

const list = (packageName: string, timeout: number, commands: string): Case[] =>
  commands
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => parse(packageName, line, timeout))

export const CASES: readonly Case[] = [
  ...list(
    'coreutils',
    60,
    String.raw`
    true
    false
    echo -e 'a\tb\n\x41' c
    cat words.txt other.txt empty
    cat -A short.txt
    cat < words.txt
    tac words.txt
    head -n 20 words.txt
    head -c 1000 noise.bin
    tail -n 15 words.txt
    tail -c +299000 noise.bin
    wc words.txt other.txt noise.bin empty
    wc -m words.txt
    cut -d ' ' -f 2,4- words.txt
    cut -c 3-9 words.txt
    sort --parallel=1 words.txt
    sort --parallel=1 -t '	' -k2,2n -k1,1r table.txt
    sort --parallel=1 -u -f words.txt
    sort --parallel=1 -g -k3 table.txt
    sort --parallel=1 -R --random-source=noise.bin numbers.txt
    sort -c numbers.txt
    uniq -c numbers.txt
    tr a-z A-Z < words.txt
    tr -cd '[:alpha:]' < words.txt
    tr -s ' ' '\n' < short.txt
    fold -w 30 -s words.txt
    fmt -w 60 words.txt
    pr -n -l 40 short.txt -h title
    nl -b a words.txt
    paste -d : words.txt other.txt
    join -1 4 -2 4 -t '	' table.txt table.txt
    comm --nocheck-order words.txt other.txt
    expand -t 4 table.txt
    unexpand -a short.txt
    sum words.txt
    cksum noise.bin words.txt
    cksum -a sm3 noise.bin
    md5sum noise.bin words.txt
    sha1sum noise.bin
    sha224sum noise.bin
    sha256sum noise.bin words.txt
    sha384sum noise.bin
    sha512sum noise.bin
    b2sum noise.bin
    base64 noise.bin
    base32 -w 40 short.txt
    basenc --base16 short.txt
    basenc --z85 -w 0 words.txt
    od -A x -t x1z short.txt
    od -t f8 -t d4 -N 4000 noise.bin
    od -t fF -N 512 noise.bin
    seq -w 1 7 1000
    seq -f %.3e 0.1 0.37 40
    factor 1234567890123456789 18446744073709551557 340282366920938463463374607431768211455
    factor < numbers.txt
    numfmt --to=iec 1 1000 1048576 123456789012 --round=nearest
    numfmt --from=si 1.5K 3M 7G
    printf '%5.2f|%-8s|%08d|%x|%e|%q\n' 3.14159 left 42 255 12345.678 'a b'
    expr 2 + 3 '*' 7 - 10 / 3
    expr abcdef : 'abc\(.*\)'
    test 5 -gt 3 -a abc '<' abd
    shuf --random-source=noise.bin words.txt
    tsort dependencies.txt
    ptx -G short.txt
    dd if=noise.bin bs=1000 skip=3 count=50 status=none
    dd if=short.txt conv=ucase,swab status=none
    date -u -d '2024-02-29 12:34:56 +3 weeks' '+%F %T %j %A %s %V'
    date -u -d @1709210096.123456789 '+%c %N'
    stat -c '%n %s %a %Y %F' words.txt tree empty
    ls -lnR --time-style=full-iso tree
    ls -1S
    ls nonexistent
    cat nonexistent
    readlink -f tree/../words.txt
    realpath --relative-to=tree words.txt
    basename -s .txt /a/b/words.txt x.txt
    dirname /a/b/c d
    pathchk -p 'bad name?'
    csplit -s -f part. words.txt 100 200
    split -n l/4 --filter=true empty
    truncate -s 12345 truncated
    mkdir -p -v made/deep/er
    cp -v words.txt copied
    ~ cp -r -v tree copied-tree
    mv -v copied moved
    ln -s -v words.txt symbolic
    ln -v words.txt hard
    ~ rm -r -v copied-tree
    rmdir -v made/deep/er
    touch -d 2020-01-01 touched
    install -v -m 640 words.txt installed
    chmod -v 600 touched
    tee teed < short.txt
    dircolors -b
    env -i A=1 B=two
    printenv HOME TZ
    pwd
    id -u
    nproc --ignore=1000
    uname -s
    sync words.txt
    logname
    mktemp -u -p . --suffix=.x Xabc
    who nonexistent
    numfmt --field=2 --to=si --delimiter=, 5,123456 < table.csv`,
  ).filter((c) => !/^(mktemp|logname|split|uname|who)/.test(c.command)),
  ...list(
    'grep sed diffutils findutils tar',
    60,
    String.raw`
    grep -n translator words.txt
    grep -c -i ZÜRICH words.txt
    grep -E '(guest|host) code.*page$' words.txt
    grep -P '\bx86\b(?= AArch64)' words.txt
    grep -v -F -f short.txt words.txt
    grep -o -b '[a-z]*ff*[a-z]*' words.txt
    ~ grep -r define tree
    grep -z -a -c abc noise.bin
    sed -n '10,20p;$=' words.txt
    sed -E 's/(\w+) (\w+)/\2 \1/g;y/abc/xyz/;/loop/d' words.txt
    sed -e ':a;N;$!ba;s/\n/ /g' short.txt
    sed G short.txt
    diff words.txt other.txt
    diff -u short.txt tree/three.txt
    diff -y -W 100 short.txt tree/three.txt
    cmp -l words.txt other.txt
    ~ find tree -name '*.[ch]' -size -10k
    ~ find tree -printf '%p %s %m %y %d\n'
    tar -tvf tree.tar
    tar -xOf tree.tar tree/three.txt
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=2024-01-01 -cf - tree
    tar -cf - --format=pax --sort=name --owner=0 --group=0 --numeric-owner --mtime=2024-01-01 --pax-option=exthdr.name=%d/%f,delete=atime,delete=ctime words.txt tree`,
  ),
  ...list(
    'gzip bzip2 xz zstd',
    120,
    `
    gzip -n -c words.txt
    gzip -n -1 -c mixture.bin
    gzip -n -9 -c mixture.bin
    gzip -d -c words.gz
    gzip -t words.gz
    gzip -l words.gz
    gzip -t words.bz2
    bzip2 -c words.txt
    bzip2 -9 -c mixture.bin
    bzip2 -d -c words.bz2
    bunzip2 -t words.xz
    bzcat words.bz2
    xz -c words.txt
    xz -9 -c mixture.bin
    xz -0 -c noise.bin
    xz --format=lzma -c words.txt
    xz -C sha256 --x86 -6 -c mixture.bin
    xz -d -c words.xz
    xz -l words.xz
    unxz -t words.gz
    xzcat words.xz
    zstd -q --single-thread --no-asyncio -c words.txt
    zstd -q --single-thread --no-asyncio -1 -c mixture.bin
    zstd -q --single-thread --no-asyncio -12 -c mixture.bin
    zstd -q --single-thread --no-asyncio -19 -c words.txt
    zstd -q --single-thread --no-asyncio --fast=5 -c noise.bin
    zstd -q --single-thread --no-asyncio -d -c words.zst
    zstd -q --single-thread --no-asyncio -d -c words.gz
    zstd -q --single-thread --no-asyncio --long=24 -c mixture.bin
    zstd -q --single-thread --no-asyncio --format=xz -c words.txt`,
  ),
  ...list(
    'sqlite3 gawk bc jq lua file',
    120,
    `
    sqlite3 :memory: < mixed.sql
    sqlite3 -header -column :memory: < mixed.sql
    sqlite3 -json :memory: 'select 1 as a, 2.5 as b, null as c'
    sqlite3 -csv :memory: '.import table.csv t' 'select * from t limit 30'
    sqlite3 made.db 'create table t(a); insert into t values (1),(2.5); select sum(a) from t;'
    sqlite3 made.db 'select * from t'
    sqlite3 :memory: 'select nonsense'
    gawk -f mixed.awk table.txt
    gawk -M 'BEGIN { print 2^200, 3^100 % 97 }'
    gawk '{ for (i = NF; i > 0; i--) printf "%s ", $i; print "" }' words.txt
    gawk 'BEGIN { srand(42); for (i = 0; i < 20; i++) print rand(), sin(i), atan2(i, 3), exp(i / 7) }'
    gawk --csv 'BEGIN { print 1 }'
    bc -l < numbers.txt
    bc -q tree/three.txt
    jq . data.json
    jq -c '.items[] | select(.value > 60) | {id, word, sum: (.value + .id)}' data.json
    jq '[.items[].value] | add / length, max, min, (map(floor) | group_by(.) | map(length) | max)' data.json
    jq -r '.items | sort_by(.word, .id) | .[] | [.id, .word, .value] | @csv' data.json
    jq '.items | map(.tags[]) | unique | join(",") | @base64' data.json
    jq -n '[range(50)] | map(. * . / 7 | tostring) | reverse, ([limit(10; repeat(1.5))] | add), (1e1000 | -.), pow(2; 0.5), (now | type)'
    jq -n '"test" | test("t.s"), sub("e"; "E"), ascii, explode' 
    jq . short.txt
    lua5.4 mixed.lua
    lua5.4 -e 'print(_VERSION, #arg)'
    lua5.4 -e 'error("bad")'
    luac5.4 -l -l -p mixed.lua
    file words.txt noise.bin data.json words.gz words.bz2 words.xz words.zst tree.tar mixed.py mixed.pl tree/one.c rsa.pem empty tree
    file -i words.txt noise.bin data.json tree.tar
    file /usr/bin/file /bin/gzip`,
  ).filter((c) => !/^(luac5.4 -l|file \/usr|gawk --csv)/.test(c.command)),
  parse('bc', 'bc -l numbers.bc', 60),
  ...list(
    'perl',
    120,
    String.raw`
    perl mixed.pl
    perl -e 'mkdir "newroot"; mkdir "newroot/etc"; chroot "newroot" or print "$!\n"; chdir "/" or print "$!\n"; print join(",", glob "*"), -e "/etc/passwd" ? " outside" : " inside", "\n"; if (fork) { wait } else { print join ",", sort glob "/*" }'
    perl -e 'print "hello $0 @ARGV\n"' a b
    perl -ne 'print if /guest.*host/ && ++$n % 7 == 0' words.txt
    perl -pe 's/(\w+)/\u$1/g; tr/a-m/n-z/' words.txt
    perl -lane '$s += $F[1]; END { print $s, " ", $. }' table.txt
    perl -MData::Dumper -e '$Data::Dumper::Sortkeys = 1; print Dumper({ a => [1, 2, { b => undef }], c => \"x", d => 1.5, e => -3 })'
    perl -MTime::Local -e 'print timegm(56, 34, 12, 29, 1, 2024), " ", scalar(gmtime 1709210096), "\n"'
    perl -MMIME::Base64 -MDigest::MD5=md5_hex -e 'local $/; $_ = <>; print md5_hex($_), encode_base64(substr $_, 0, 3000)' noise.bin
    perl -MMath::BigFloat -e 'print Math::BigFloat->new(2)->bsqrt(80), " ", Math::BigFloat->bpi(100), "\n"'
    perl -MStorable=freeze,thaw -e 'print thaw(freeze([1 .. 5, { k => "v" }]))->[5]{k}, "\n"'
    perl -MEncode -e 'print length(decode("UTF-8", join "", <>)), " ", encode("UTF-16BE", "\x{6771}x") eq "\x67\x71\0x", "\n"' words.txt
    perl -MJSON::PP -e 'local $/; print JSON::PP->new->canonical->pretty->encode(decode_json(<>)->{items}[7])' data.json
    perl -MList::Util=shuffle -e 'srand(42); print join(",", shuffle(1 .. 50)), " ", rand, "\n"'
    perl -e 'my @a = map { $_ * 7919 % 1009 } 1 .. 20000; my %h; $h{$_ % 97} .= "$_," for sort { $a <=> $b } @a; print length(join "", map { $h{$_} } sort keys %h), "\n"'
    perl -we 'use strict; my $x = $y;'
    perl -e 'die "oops\n"'
    perl -e 'exit 77'
    perl -e 'kill 15, $$; sleep 5'
    perl -c mixed.pl
    perl -V:version`,
  ),
  ...list(
    'openssl',
    120,
    `
    openssl version
    openssl dgst -md5 noise.bin
    openssl dgst -sha1 noise.bin
    openssl dgst -sha256 noise.bin
    openssl dgst -sha512 noise.bin
    openssl dgst -sha3-256 noise.bin
    openssl dgst -shake256 noise.bin
    openssl dgst -blake2b512 noise.bin
    openssl dgst -blake2s256 noise.bin
    openssl dgst -sm3 noise.bin
    openssl dgst -ripemd160 noise.bin
    openssl dgst -sha256 -hmac key noise.bin
    openssl enc -aes-128-cbc -K 00112233445566778899aabbccddeeff -iv 0102030405060708090a0b0c0d0e0f10 -in noise.bin
    openssl enc -aes-256-ctr -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -iv 0102030405060708090a0b0c0d0e0f10 -in noise.bin
    openssl enc -aes-192-ofb -K 00112233445566778899aabbccddeeff0011223344556677 -iv 0102030405060708090a0b0c0d0e0f10 -in mixture.bin
    openssl enc -aes-256-ecb -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -in words.txt
    openssl enc -d -aes-256-cbc -pbkdf2 -S 0011223344556677 -k secret -in words.enc
    openssl enc -chacha20 -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -iv 0102030405060708090a0b0c0d0e0f10 -in noise.bin
    openssl enc -camellia-256-cbc -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -iv 0102030405060708090a0b0c0d0e0f10 -in words.txt
    openssl enc -aria-128-cbc -K 00112233445566778899aabbccddeeff -iv 0102030405060708090a0b0c0d0e0f10 -in words.txt
    openssl enc -sm4-cbc -K 00112233445566778899aabbccddeeff -iv 0102030405060708090a0b0c0d0e0f10 -in words.txt
    openssl enc -des-ede3-cbc -K 00112233445566778899aabbccddeeff0011223344556677 -iv 0102030405060708 -in words.txt
    openssl enc -base64 -in noise.bin
    openssl dgst -sha256 -sign rsa.pem words.txt
    openssl dgst -sha256 -verify ec.pub -signature words.sig words.txt
    openssl dgst -sha256 -verify ec.pub -signature words.sig other.txt
    openssl pkeyutl -sign -rawin -inkey ed.pem -in short.txt
    openssl rsa -in rsa.pem -check -noout
    openssl rsa -in rsa.pem -text -noout
    openssl ec -in ec.pem -text -noout
    openssl pkey -in ed.pem -pubout
    openssl prime 170141183460469231731687303715884105727
    openssl prime -generate -bits 8 -safe
    openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt pass:secret -kdfopt salt:NaCl -kdfopt iter:10000 PBKDF2
    openssl kdf -keylen 32 -kdfopt pass:secret -kdfopt salt:NaCl -kdfopt n:1024 -kdfopt r:8 -kdfopt p:4 SCRYPT
    openssl mac -macopt hexkey:00112233445566778899aabbccddeeff -cipher AES-128-CBC -in words.txt CMAC
    openssl mac -macopt hexkey:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -in words.txt Poly1305
    openssl asn1parse -in rsa.pem
    openssl req -x509 -new -key rsa.pem -subj /CN=test -days 1 -set_serial 1 -noout -pubkey
    openssl passwd -6 -salt saltsalt secret
    openssl ciphers -v`,
  ).filter((c) => !/prime -generate/.test(c.command)),
  ...list(
    'python3',
    900,
    `
    python3.11 mixed.py
    python3.11 -c 'import sys; print(sys.version_info, sys.maxsize, sys.byteorder, sys.float_info)'
    python3.11 -S -c 'raise SystemExit(3)'
    python3.11 -c 'import nothing'
    python3.11 unit.py test.test_math -testRemainder
    python3.11 unit.py test.test_cmath
    python3.11 unit.py test.test_struct
    python3.11 unit.py test.test_float
    python3.11 unit.py test.test_long
    python3.11 unit.py test.test_int test.test_bool test.test_complex test.test_fractions
    python3.11 unit.py test.test_re
    python3.11 unit.py test.test_json
    python3.11 unit.py test.test_hashlib -threaded_hashing
    python3.11 unit.py test.test_zlib -BigMemory
    python3.11 unit.py test.test_bz2 -BigMemory
    python3.11 unit.py test.test_decimal
    python3.11 unit.py test.test_unicode
    python3.11 unit.py test.test_bytes
    python3.11 unit.py test.test_list test.test_dict test.test_set test.test_tuple
    python3.11 unit.py test.test_sort test.test_heapq test.test_bisect
    python3.11 unit.py test.test_string test.test_format test.test_fstring test.test_textwrap
    python3.11 unit.py test.test_random test.test_statistics -test_main
    python3.11 unit.py test.test_copy test.test_marshal
    python3.11 unit.py test.test_grammar test.test_generators test.test_coroutines test.test_descr
    python3.11 unit.py test.test_base64 test.test_binascii test.test_csv test.test_configparser
    python3.11 unit.py test.test_ast test.test_tokenize`,
  ),
  ...list(
    'busybox-static',
    60,
    String.raw`
    busybox true
    busybox echo -e 'a\tb' c
    busybox cat words.txt
    busybox awk -f mixed-busybox.awk table.txt
    busybox base64 noise.bin
    busybox basename /a/b.txt .txt
    busybox bc -l numbers.bc
    busybox bunzip2 -c words.bz2
    busybox bzip2 -c words.txt
    busybox cal 2 2024
    busybox cksum noise.bin
    busybox cmp words.txt other.txt
    busybox comm words.txt other.txt
    busybox cp words.txt bb-copy
    busybox crc32 noise.bin
    busybox cut -d ' ' -f 2 words.txt
    busybox date -u -d @1709210096 '+%F %T'
    busybox dc -e '2 200 ^ p'
    busybox dd if=noise.bin bs=999 count=20
    busybox diff -u short.txt tree/three.txt
    busybox dirname /a/b/c
    busybox dos2unix < short.txt
    busybox expand table.txt
    busybox expr 6 '*' 7
    busybox factor 1234567890123
    ~ busybox find tree -type f
    busybox fold -w 20 short.txt
    busybox grep -n loop words.txt
    busybox gunzip -c words.gz
    busybox gzip -c short.txt
    busybox head -n 5 words.txt
    busybox hexdump -C short.txt
    busybox ls -ln tree
    busybox md5sum noise.bin
    busybox mkdir -p bb/deep
    busybox nl short.txt
    busybox od -x short.txt
    busybox paste words.txt other.txt
    busybox printf '%05d %s %.3f\n' 42 text 2.5
    busybox readlink -f words.txt
    busybox rev short.txt
    busybox rm -r bb
    busybox sed 's/guest/GUEST/g' words.txt
    busybox seq 1 3 100
    busybox sha1sum noise.bin
    busybox sha256sum noise.bin
    busybox sha3sum noise.bin
    busybox sha512sum noise.bin
    busybox shuf -n 0 words.txt
    busybox sort -k2 -n table.txt
    busybox split -l 1000 words.txt bb-part
    busybox stat -c '%s %n' words.txt
    busybox strings noise.bin
    busybox sum words.txt
    busybox tac words.txt
    busybox tail -n 5 words.txt
    busybox tar -tf tree.tar
    busybox test 1 -lt 2
    busybox touch bb-touched
    busybox tr a-z b-za < short.txt
    busybox tsort dependencies.txt
    busybox unexpand -a short.txt
    busybox uniq -c numbers.txt
    busybox unxz -c words.xz
    busybox uudecode -o /dev/stdout nonexistent
    busybox uuencode name < noise.bin
    busybox wc words.txt
    busybox xxd short.txt
    busybox xzcat words.xz
    busybox sh -c 'i=0; s=0; while [ $i -lt 2000 ]; do i=$((i + 1)); s=$((s + i * i % 7)); done; echo $s; case $s in 5*) echo five;; *) echo other;; esac'
    busybox sh -c 'f() { echo "f $1"; return 3; }; f x || echo $?; for w in a b c; do printf "%s-" $w; done; echo; exit 9'
    busybox sh -c 'while read a b; do echo "$b $a"; done' < short.txt
    busybox sh -c 'trap "echo bye" EXIT; x=abc; echo \${x#a} \${x%c} \${#x}'
    busybox nonexistent`,
  ).map((c) => ({ ...c, argv: c.argv.map((word) => word.replaceAll('\\${', '${')) })),
]

/**
 * Commands that show how wide words are, and where: their oracle for 32-bit ARM is qemu-arm.
 * - sqlite3 adds up in long double, which has 64 bits there;
 * - sys.maxsize is that of 32 bits.
 */
export const WIDE_ONLY: ReadonlySet<string> = new Set([
  'sqlite3 :memory: < mixed.sql',
  'sqlite3 -header -column :memory: < mixed.sql',
  "python3.11 -c 'import sys; print(sys.version_info, sys.maxsize, sys.byteorder, sys.float_info)'",
])

/** Tests of Python's own that are for words of one width only, by the module. */
const WIDTH_TESTS: { readonly [module: string]: string } = {
  'test.test_bytes': 'test_replace_overflow',
  'test.test_unicode': 'test_case_operation_overflow test_expandtabs_overflows_gracefully test_join_overflow test_replace_overflow',
  'test.test_zlib': '64bit_compress test_large_unconsumed_tail test_large_unused_data',
}

/** The cases for 32-bit ARM. What is of 64 bits only, or tells versions, is left out. */
export const ARM_CASES: readonly Case[] = CASES.filter((c) => c.command !== 'openssl version').map((c) => ({
  ...c,
  argv: [...c.argv, ...c.argv.flatMap((word) => WIDTH_TESTS[word]?.split(' ').map((name) => `-${name}`) ?? [])],
}))

const ALIKE =
  /^(base32|basename|chmod|comm|csplit|cut|dircolors|dirname|env|expand|false|fmt|fold|head|install|join|ln|mv|nl|nproc|paste|pathchk|printenv|ptx|pwd|readlink|realpath|rmdir|sha224sum|sha384sum|sum|sync|tac|tail|tee|test|touch|true|truncate|tsort|unexpand|uniq) /
/** Python's test modules and applets of busybox that `npm run test:real` has time for. */
const SHORT = /unit\.py .*test_(struct|float|cmath|hashlib|zlib)|^busybox (awk|bc|bzip2|dc|diff|gzip|hexdump|sha512sum|sh|sort|unxz) /

/** Those that take long, and of the many commands that do alike most: `npm run soak` has the time. */
export const isForSoak = (c: Case): boolean =>
  (ALIKE.test(`${c.command} `) || /unit\.py|^busybox /.test(c.command)) && !SHORT.test(c.command)
