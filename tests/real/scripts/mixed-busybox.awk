BEGIN { FS = "\t" }
{ count[$1]++; total += $3 }
END { printf "%d %.3f %s\n", NR, total, length(count); for (i = 0; i < 10; i++) printf "%.6f ", sqrt(i) * i; print toupper("done"), substr("abcdef", 2, 3) }
