# java Hello, N times, one after the other.
java=$(echo /usr/lib/jvm/java-17-openjdk-*/bin/java)
n=$1
while [ $n -gt 0 ]; do $java -cp . Hello || exit; n=$((n - 1)); done
