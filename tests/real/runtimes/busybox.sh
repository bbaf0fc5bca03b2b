# All of busybox's applets: each says how it is used, and all that can do something here without harm do it. What they do is checked by what they print.
rm -rf bb; mkdir bb; cd bb
export LC_ALL=C TZ=UTC
used=' '

# try APPLET ARGUMENTS: the status and all output; hush: the status only, where the output is this machine's. Standard input is the caller's.
try() { used="$used$1 "; output=$(busybox "$@" 2>&1); echo "$1: $? $output"; }
hush() { used="$used$1 "; busybox "$@" > /dev/null 2>&1; echo "$1: $?"; }
digest() { used="$used$1 "; echo "$1: $(busybox "$@" 2>&1 | md5sum)"; }

seq 1 300 | sed 's/$/ line of text, Straße/' > text
sed 's/7/seven/; 100d' text > other
printf 'b 3\na 2\nc 10\na 2\n' > table
head -c 40000 ../noise.bin > noise
mkdir -p tree/inner; cp table tree/one; cp other tree/inner/two; ln -s one tree/link

try echo -e 'a\tb' c; try printf '%05d %s %.3f\n' 42 text 2.5; try true; try false; try test 3 -lt 4; try [ a = b ]; try [[ abc == a* ]]; try expr 6 '*' 7; try seq 1 3 20
try factor 1234567890123 97; try basename /a/b.txt .txt; try dirname /a/b/c; try ascii; try cal 2 2024; try date -u -d @1709210096 '+%F %T %j'; try dc -e '2 200 ^ p'; echo '2^100; 7/3; s(1)' | try bc -l
digest cat text other; digest tac text; digest rev text; try head -n 3 text; try tail -n 2 text; try tail -c 12 text; digest nl text; digest cut -d ' ' -f 2,4- text; digest tr a-z A-Z < text; digest fold -w 20 text
try sort -k2 -n table; try sort -u table; digest shuf -n 0 text; try uniq -c table; digest paste text other; try wc text noise; digest sed 's/line/LINE/2;s/text/<&>/;/5/d' text; digest awk '{ n[$1 % 7]++; s += $1 } END { for (k in n) print k, n[k] | "sort"; print s, toupper("x"), substr("hello", 2, 3) }' text
try grep -c 7 text; try egrep -n '^(1|2)00 ' text; try fgrep -l Straße text other; digest diff -u text other; digest expand text; digest unexpand -a text; try dos2unix table; try unix2dos table; try unix2dos table; try dos2unix table; digest strings noise; try cmp text other; digest od -x noise; digest hexdump -C noise; digest xxd noise
busybox xxd noise | digest xxd -r; try md5sum noise; try sha1sum noise; try sha256sum noise; try sha512sum noise; try sha3sum noise; try crc32 noise; try uuencode -m noise < table; busybox uuencode name < noise > encoded; try uudecode -o decoded encoded; cmp noise decoded; digest base64 noise; busybox base64 noise | digest base64 -d
try cp -a tree copied; try mkdir -p made/deep; try rmdir made/deep; try touch made/file; try mv made/file made/moved; try ln -s moved made/link; try ln made/moved made/hard; try readlink made/link; try realpath made/link; try rm made/hard; try unlink made/link; try link made/moved made/again
try chmod 640 made/moved; try chown 0:0 made/moved; try chgrp 0 made/moved; try stat -c '%a %s %F' made/moved tree; try ls -1sF tree; try find tree -type f; try find tree -name 't*' -exec echo found '{}' ';'; try du -s made/moved; try df none; try truncate -s 5000 made/moved; try fallocate -l 9000 made/moved; try shred -n 1 -u made/again; try mktemp -q ./none; hush mktemp -p .; try mkfifo fifo; try mknod pipe p; try sync; try run-parts --test tree
(busybox cat fifo > from-fifo &) ; echo through > fifo; until [ -s from-fifo ]; do sleep 0.05; done; cat from-fifo; yes | head -n 2; try dd if=noise of=part bs=999 count=7; try tee teed < table; cat teed; try more table; try less table; try patch other << EOT
--- other
+++ other
@@ -1,3 +1,3 @@
 1 line of text, Straße
-2 line of text, Straße
+two
 3 line of text, Straße
EOT

# Archives, each by its own reader.
for pair in gzip:gunzip:zcat:gz bzip2:bunzip2:bzcat:bz2 lzop:unlzop:lzopcat:lzo; do
  IFS=: read pack unpack show ending << EOT
$pair
EOT
  cp text packed; hush $pack packed; try $show packed.$ending > shown; tail -n 1 shown; hush $unpack packed.$ending; cmp text packed
done
xz -c text > text.xz; digest xzcat text.xz; digest unxz -c text.xz; digest xz -dc text.xz; xz --format=lzma -c text > text.lzma; digest lzcat text.lzma; digest unlzma -c text.lzma; digest lzma -dc text.lzma
try tar -cf tree.tar tree; try tar -tf tree.tar; rm -rf x; mkdir x; try tar -C x -xf tree.tar; diff -r tree x/tree; find tree | busybox cpio -o -H newc 2> /dev/null > tree.cpio; try cpio -t < tree.cpio; (cd x; rm -rf tree; busybox cpio -id < ../tree.cpio 2> /dev/null); diff -r tree x/tree
ar r one.a table > /dev/null 2>&1; try ar -t one.a; try ar -p one.a table; python3.11 -c 'import zipfile; z = zipfile.ZipFile("tree.zip", "w", zipfile.ZIP_DEFLATED); z.write("text"); z.write("tree/one")'; digest unzip -p tree.zip; hush unzip -o -d x tree.zip; printf '\037\235' > none.Z; try uncompress -c none.Z; try rpm2cpio table; try rpm -qip table; try dpkg-deb -c table

# The shell, and what starts others.
try sh -c 'i=0; s=0; while [ $i -lt 2000 ]; do i=$((i + 1)); s=$((s + i * i % 7)); done; echo $s; case $s in 5*) echo five;; *) echo other;; esac'
try ash -c 'f() { echo "f $1"; return 3; }; f x || echo $?; for w in a b c; do printf "%s-" $w; done; trap "echo bye" EXIT; x=abc; echo ${x#a} ${#x}; echo $(echo sub) | cat; (exit 4); echo $?; read a b < table; echo "$b $a"; cat << X | tr a-z A-Z
here $x
X
sleep 100 & kill $!; wait $! 2> /dev/null; echo $?; exit 9'
try xargs -n 2 echo < table; try env -i A=1 env; try timeout 5 echo in time; try timeout 0.2 sleep 10; hush time true; hush timeout 1 watch -t true; try setsid echo session; hush ionice -c 2 -n 3 true; try chroot / echo in the root; try taskset -c 0 echo one; try setpriv --nnp echo privileges; hush unshare -u hostname other; hush nsenter -t 1 true; try start-stop-daemon -S -x /bin/echo -- started; try linux64 uname -s; try usleep 1000; try sleep 0.1; try which busybox; try getopt ab:c -a -b value rest; try pidof none; try killall none; try kill -l 9; hush ps; hush top -b -n 1; hush free; hush uptime; hush w; hush who; try last -f none; hush nproc; hush hostid; hush hostname; try id -u; try whoami; try groups; try logname; try uname -s; try pwd -P none; try tty; try stty -F text; hush clear; hush reset; try renice -n 1 999999; try crontab -l; try nologin; try mkpasswd -m sha512 -S saltsalt secret; try ts %s < /dev/null

# File systems and devices, in files.
truncate -s 2M image; hush mke2fs -F image; hush mkdosfs image; hush fdisk -l image; hush mkswap image; hush blockdev --getsz image; hush losetup -f; hush findfs LABEL=none; hush mount; hush umount none; hush dmesg; hush lsmod; try modinfo none; hush sysctl kernel.ostype; try fsfreeze none; try fstrim none; try mt -f none rewind; hush lsscsi; hush adjtimex; try fatattr text; try freeramdisk none; hush partprobe

# The network, on the loopback.
mkdir www; echo page > www/index.html; cp noise www/
busybox httpd -f -p 127.0.0.1:7394 -h www & server=$!
until busybox wget -q -O got http://127.0.0.1:7394/noise; do sleep 0.1; done; cmp got noise; try wget -q -O - http://127.0.0.1:7394/; try wget -q -O - http://127.0.0.1:7394/none; kill $server; wait $server
busybox nc -l -p 7395 < noise > received & server=$!; until busybox nc 127.0.0.1 7395 < text > sent 2> /dev/null; do sleep 0.1; done; wait $server; cmp received text; cmp sent noise
hush ping -c 1 127.0.0.1; hush ping6 -c 1 ::1; hush traceroute -m 1 127.0.0.1; hush ifconfig lo; hush ip addr show lo; hush route -n; hush netstat -tn; hush arp -a; hush ipneigh; hush brctl show; hush tc qdisc show dev lo; try ipcalc -n 10.1.2.3/20; hush arping -c 1 -I lo -w 1 127.0.0.1; try ftpget 127.0.0.1 none; try telnet 127.0.0.1 1; try tftp -g -r none 127.0.0.1; hush nameif; hush vconfig; try logger -s text; hush logread

echo "$(echo $used | tr ' ' '\n' | sort -u | while read name; do busybox --list | grep -cFx -- "$name"; done | grep -c 1) of $(busybox --list | wc -l) applets"
for applet in $(busybox --list); do
  case $applet in true | false | test | echo | [* | busybox) ;; *) echo "$applet --help: $(busybox $applet --help 2>&1 < /dev/null | grep -v '^BusyBox v' | md5sum)" ;; esac
done
busybox --list | md5sum
busybox none; echo $?
