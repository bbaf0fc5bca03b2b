# Arithmetic, strings, arrays, functions of bash; no other program. loop.sh N
add() { local a=$1 b=$2; REPLY=$((a + b)); }
x=0
for ((i = 0; i < $1 * 10000; i++)); do
  x=$(((x + i * 3 % 7) & 0xffff))
  text=${text:0:10}$i
  list[i % 100]=$x
  if [[ $text == *99* ]]; then hits=$((hits + 1)); fi
  case $((i % 4)) in
    0) add $x $i; x=$((REPLY & 0xffff)) ;;
    1) name=${text//1/a} ;;
    *) : "${name#a}" ;;
  esac
done
echo $x $text $hits ${#list[@]} $name
