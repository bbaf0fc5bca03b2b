set -e
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
rm -rf r c; mkdir r; cd r; git init -q .
for i in $(seq 1 1000); do d=d$((i % 20)); [ -d $d ] || mkdir $d; echo "file $i $((i*i))" > $d/f$i; done
git add -A; git commit -q -m first
for i in $(seq 1 100); do echo more >> d$((i % 20))/f$i; done
git commit -q -a -m second; git checkout -q -b br; git rm -q d1/f1; git commit -q -m third; git log --oneline; git gc -q; git fsck --full; cd ..; git clone -q r c; cd c; git status --short; git diff --stat HEAD~1 | tail -1; git rev-parse HEAD; cd ..; git -C c fsck
tar cf - c/d2 c/d3 | xz -T2 -c > t.xz; xz -dc t.xz | tar tf - | sort | md5sum; rm -rf x; mkdir x; xz -dc t.xz | tar xf - -C x; diff -r c/d2 x/c/d2 && echo equal
