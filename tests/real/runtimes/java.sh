PATH=$(echo /usr/lib/jvm/java-17-openjdk-*/bin):$PATH
rm -f *.class
file=$(command -v javac); echo ${file##*/}; java -version 2>&1 | head -1
javac -d . Hello.java Many.java || echo failed
java -cp . Hello
for gc in ${COLLECTORS:-G1 Z}; do echo $gc; java -XX:+Use${gc}GC -Xmx512m -cp . Many; done
