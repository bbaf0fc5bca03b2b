# Each class of stress-ng for a second; what it finds wrong, and how it ends.
mkdir -p stress-tmp
for class in ${CLASSES:?}; do
  stress-ng --verify --$class 2 --$class-ops ${OPS:-200} -t ${SECONDS_EACH:-2} --temp-path stress-tmp > stress.log 2>&1
  echo "$class $? $(grep -E 'fail|corrupt|unsuccessful' stress.log | head -3)"
done
