# Numbers, arrays, objects, closures, strings built and taken apart. objects.pl N
use strict;
package Counter;
sub new { my ($class, $step) = @_; return bless { step => $step, value => 0 }, $class }
sub add { my ($self, $n) = @_; $self->{value} = ($self->{value} + $n * $self->{step}) % 1000003; return $self }
package main;
my $sum = 0;
for my $round (1 .. $ARGV[0]) {
  my $c = Counter->new($round);
  $c->add($_) for 1 .. 100000;
  my @a = map { ($_ * 7919) % 5003 } 1 .. 50000;
  my @b = sort { $a <=> $b } grep { $_ % 3 } @a;
  my $s = '';
  $s .= chr(65 + $_ % 26) for @b;
  $sum += ($s =~ tr/A-M//) + $c->{value} + $b[100];
  my %h;
  push @{ $h{ substr $s, $_ * 10, 2 } }, $_ for 0 .. 3000;
  $sum += @{ $h{$_} } * ord for sort keys %h;
  my $fib; $fib = sub { my $n = shift; $n < 2 ? $n : $fib->($n - 1) + $fib->($n - 2) };
  $sum += $fib->(17);
}
print "$sum\n";
