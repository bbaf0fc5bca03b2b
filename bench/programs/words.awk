# Fields, arrays, strings, regular expressions, numbers. awk -f words.awk FILE
{
  for (i = 1; i <= NF; i++) count[$i]++
  if ($0 ~ /^ *def [a-z_]+\(/) { split($2, parts, "("); defined[parts[1]] = NR }
  line = $0
  changed += gsub(/self\./, "this.", line)
  sum = (sum * 31 + length(line)) % 1000003
}
END {
  for (word in count) { total += count[word]; if (count[word] > 99) many++ }
  x = 0.5
  for (i = 0; i < 300000; i++) x = 3.7 * x * (1 - x)
  printf "%d %d %d %d %d %.6f\n", total, many, changed, sum, length(defined), x
}
