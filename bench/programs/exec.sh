# A warm short program, N times.
i=0
while [ $i -lt $1 ]; do /bin/true && i=$((i + 1)); done
echo $i
