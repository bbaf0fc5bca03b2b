# repeat.sh N COMMAND: the command N times, one after the other.
n=$1
shift
while [ $n -gt 0 ]; do "$@" || exit; n=$((n - 1)); done
