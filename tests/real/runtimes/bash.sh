# What bash scripts are made of, and a thousand short commands.
set -u
shopt -s extglob nullglob
exec 2>&1
echo "pipelines: $(seq 1 2000 | grep 7 | sort -rn | head -n 3 | tr '\n' ' ')" "$(seq 100 | (read a; read b; echo "$a-$b"; wc -l))"
seq 5 | while read n; do echo $((n * n)); done | paste -sd+
false | true | false; echo "status ${PIPESTATUS[*]}"
set -o pipefail; true | (exit 5) | true; echo "pipefail $?"; set +o pipefail
! true; echo "not $?"
yes | head -n 1; echo "yes ${PIPESTATUS[*]}"

x=outer; (x=inner; cd /; echo "$x $BASH_SUBSHELL"; (echo "$BASH_SUBSHELL"; exit 4); echo "status $?"); echo "$x"
{ echo one; echo two; } | { read a; echo "$a $(cat)"; }
y=$(echo "$(echo "$(echo deep)")"; exit 6); echo "$y $?"
diff <(seq 1 5) <(seq 2 6); echo "diff $?"
seq 3 | tee >(sed s/^/copy:/ > copied) > /dev/null; until [ -s copied ]; do sleep 0.05; done; cat copied
coproc doubles { while read n; do echo $((2 * n)); done; }
for n in 1 20 300; do echo $n >&${doubles[1]}; read m <&${doubles[0]}; echo "double $m"; done
pid=$doubles_PID; exec {doubles[1]}>&-; wait $pid; echo "coprocess $?"

cat << A; cat << 'B'; cat <<- C; cat <<< "string $((6 * 7))"
here $x $(echo command) $((1 + 1)) \$x
A
here $x $(echo no command)
B
	indented
	C
for n in 1 2 3; do cat << EOT | tr a-z A-Z; done
loop $n: $(cat << Y
nested $n
Y
)
EOT
head -c 200000 < <(yes 0123456789) > long; cat << EOT | md5sum
$(cat long)
EOT

trap 'echo "exit trap $?"' EXIT
trap 'echo usr1' USR1; trap 'echo usr2' USR2; trap '' HUP
for n in 1 2 3; do kill -USR1 $$; done; kill -USR2 $$; kill -HUP $$; echo "still here"
rm -f ready; (trap 'echo child; exit 8' TERM; echo ready > ready; while :; do sleep 0.01; done) & until [ -s ready ]; do sleep 0.05; done; kill $!; wait $!; echo "child $?"
bash -c 'kill -USR2 $$; echo not reached'; echo "killed $?"
sleep 100 & kill -9 $!; wait $! 2> /dev/null; echo "sleep $?"
trap 'echo "line $LINENO"' ERR; false; trap - ERR
f() { trap 'echo returned' RETURN; local v=local; echo $v; return 3; }; f; echo $?
(trap 'echo interrupted' INT; kill -INT $BASHPID; echo after)
trap 'echo woken' USR1; sleep 100 & slept=$!; (sleep 0.3; kill -USR1 $$) & wait $slept; echo "wait $?"; kill $slept; wait
trap '' USR1; (kill -USR1 $BASHPID; echo "ignored as inherited")

# A job that has not executed its program yet takes SIGTERM as bash does; and the number is that behind dead jobs that nobody has been told of.
jobs > /dev/null; set -m; sleep 100 & until grep -q sleep /proc/$!/comm; do sleep 0.01; done
jobs -r | cut -c1-17; kill -STOP $!; until jobs -s | grep -q sleep; do sleep 0.05; done; jobs -s | cut -c1-17; bg > /dev/null; kill %sleep; wait %sleep; echo "job $?"; set +m
pids=; for n in 1 2 3 4 5; do (exit $n) & pids="$pids $!"; done; for n in $pids; do wait $n; echo -n "$? "; done; echo
for n in $(seq 50); do (echo $((n * n))) & done | sort -n | md5sum; wait

set -- a 'b c' ''; printf '<%s>' "$@" "$*" $*; echo " $#"
declare -A map=([one]=1 [two]=2); map[three]=3; for k in "${!map[@]}"; do echo "$k=${map[$k]}"; done | sort | tr '\n' ' '
s=abcabc; echo "${s#*b} ${s##*b} ${s%b*} ${s/b/X} ${s//b/X} ${s:2:3} ${s^^} ${#s} ${u-unset} ${s@Q}"
[[ abc123 =~ ([a-z]+)([0-9]+) ]] && echo "${BASH_REMATCH[@]}"; case x.tar.gz in *.tar.*) echo archive ;;& *.gz) echo gzip ;; *) echo no ;; esac
mkdir -p globs; touch globs/{a,b,c}{1,2}.txt; cd globs; echo !(a*).txt [ab]1* *none*; cd ..
eval 'g() { echo "g $1"; }'; g x; unset -f g; g 2> /dev/null; echo "none $?"; /nonexistent/program; echo $?; ./long; echo $?; . ./nothing; echo $?
readonly r=1; (r=2; echo not reached); echo $?; (set -e; false; echo not reached); echo $?; (ulimit -n 40; ulimit -n); exec 9> nine; echo nine >&9; exec 9>&-; cat nine
printf '%(%Y)T\n' 86400; printf '%q %b %5.2f|%-5s|\n' 'a b' 'x\ty' 3.14159 ab; bash -c 'echo $0 $1' zero one; echo 'echo from a pipe $((3 * 3))' | bash
bash -c 'exec -a renamed bash -c "echo \$0"'; (exec 3<&0 0< /dev/null; cat); env -i A=1 /bin/bash -c 'echo $A ${HOME-none}'; exec {out}> out; echo out >&$out; exec {out}>&-; cat out

count=0; for n in $(seq ${COMMANDS:-1000}); do /bin/true && count=$((count + 1)); done; echo "$count commands"
count=0; for n in $(seq $((${COMMANDS:-1000} / 4))); do [ "$(/bin/echo $n | /usr/bin/wc -c)" = $((${#n} + 1)) ] && count=$((count + 1)); done; echo "$count pipelines"
count=0; for n in $(seq $((${COMMANDS:-1000} / 4))); do sh -c "exit $((n % 100))"; [ $? = $((n % 100)) ] && count=$((count + 1)); done; echo "$count statuses"
