# Everyday awk: fields, arrays, printf, regular expressions, user functions, arithmetic.
function power(b, n) { return n == 0 ? 1 : b * power(b, n - 1) }
BEGIN { FS = "\t" }
{ count[$1]++; sum[$1] += $2; total += $3; if ($2 > max) { max = $2; line = NR } }
/translator/ { found++ }
$3 > 32768 && NR % 100 == 0 { printf "%05d|%-10s|%8.2f|%e|%x\n", NR, $1, $3, $3, $4 }
END {
    n = asorti(count, keys)
    for (i = 1; i <= n && i <= 12; i++) print keys[i], count[keys[i]], sum[keys[i]] / count[keys[i]]
    print NR, total, max, line, found
    print substr("gnu awk", 3, 3), index("hello", "l"), length("Zürich"), toupper("naïve"), split("a:b:c", parts, ":"), parts[2]
    print gensub(/(a)(b)/, "\\2\\1", "g", "abcab"), match("foobar", /o+/), RSTART, RLENGTH, strftime("%F", 1709210096, 1)
    print power(3, 30), 2 ^ 0.5, int(-3.7), 17 % 5, exp(0), log(1), and(12, 10), xor(12, 10), lshift(1, 40)
}
