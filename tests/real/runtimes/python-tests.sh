# Python's own tests: what fails, and how many ran.
export TMPDIR=$PWD/tmp
mkdir -p $TMPDIR
for test in ${TESTS:?}; do
  python3.11 -m test -v $test > python-tests.log 2>&1 < /dev/null
  echo "$test $? $(grep -E '^(FAIL|ERROR):' python-tests.log | sort | tr '\n' ' ')"
done
