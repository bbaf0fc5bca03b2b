# in-qemu.sh TREE FOLDER QEMU FOLDER-WITHIN PROGRAM ARGUMENTS: in a root made of the tree and of what qemu itself needs (FOLDER/libraries), with a binfmt_misc of
# its own in which qemu is registered, so that it runs whatever the program executes. Wants a mount and a user namespace of its own.
set -e
tree=$1 folder=$2 qemu=$3 within=$4
shift 4
mount -t tmpfs tmpfs "$folder/top"
mkdir "$folder/top/upper" "$folder/top/work" "$folder/top/root"
root=$folder/top/root
mount -t overlay -o "lowerdir=$tree:$folder/libraries,upperdir=$folder/top/upper,workdir=$folder/top/work" overlay "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
echo ":qemu:M::$magic:$mask:$qemu:POCF" > /proc/sys/fs/binfmt_misc/register
exec chroot "$root" /usr/bin/env -C "$within" "$@"
