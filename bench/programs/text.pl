# Words of a text: split, hashes, regular expressions, sort, substitution. text.pl N FILE
use strict;
my ($rounds, $file) = @ARGV;
my (%count, $hits, $out);
for my $round (1 .. $rounds) {
  open my $in, '<', $file or die;
  while (my $line = <$in>) {
    $count{lc $_}++ for $line =~ /[A-Za-z_]\w+/g;
    $hits++ if $line =~ /^\s*(?:def|class)\s+(\w+)\s*\(/;
    (my $copy = $line) =~ s/(\w+)\.(\w+)/$2:$1/g;
    $out = ($out * 33 + length $copy) & 0xffffff;
  }
}
my @top = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print join(' ', map { "$_=$count{$_}" } @top[0 .. 9]), " $hits $out ", scalar(@top), "\n";
