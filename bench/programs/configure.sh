# What configure scripts do: N times 100 short commands, most of them programs, with pipes, substitutions and small files.
rm -rf conftest.d
mkdir conftest.d
cd conftest.d
round=0
while [ $round -lt $1 ]; do
  round=$((round + 1))
  for name in stdio stdlib string unistd fcntl errno signal; do
    printf '#include <%s.h>\nint have_%s(void) { return %s; }\n' $name $name $round > conftest.c
    if grep -c "have_$name" conftest.c > conftest.log 2>&1; then result=yes; else result=no; fi
    upper=$(echo "HAVE_${name}_H" | tr abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ)
    echo "#define $upper 1" >> confdefs.h
    value=$(expr "X$name" : 'X\(..\)')
    sum=$(expr $round + ${#value})
    sed -e "s/@NAME@/$name/g" -e "s/@VALUE@/$sum/" -e '/^#/d' > config.$name <<X
# a template
name = @NAME@
value = @VALUE@
result = $result
X
    mkdir -p sub/$name
    cat conftest.c config.$name > sub/$name/all
    rm -f conftest.c conftest.log
    test -d sub/$name && [ -f sub/$name/all ] || echo missing
    /usr/bin/[ -s sub/$name/all ] || echo empty
  done
  gcc -E -P - > pre.c 2> pre.err <<X
#define A(x) x + $round
A(1)
X
  tail -n 1 pre.c
  ls sub | sort -r | head -n 2 | tr '\n' ' '
  basename sub/stdio/all
  dirname sub/stdio/all
  cmp sub/stdio/all sub/errno/all > differs || wc -l < differs
  uname -s
  mv confdefs.h confdefs.$round
  ln -s confdefs.$round latest
  cut -d ' ' -f 2 latest | uniq | wc -l
  rm latest
done
cat confdefs.* | sort | uniq -c | cksum
cd ..
rm -r conftest.d
