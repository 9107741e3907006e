# The clock of a guest in a world of its own, where time passes when somebody waits. Arguments: how much the hypervisor's real-time clock is
# behind its host, and then what happens, in order:
#
#   look            the guest compares its clock with the real-time clock
#   drift SECONDS   its clock is off by so much more
#   driver          the driver gives it the time
#   start NAME      the guest is told which start of the hypervisor this is
#   fails COUNT     the reading of the real-time clock after so many more fails
#   busy SECONDS    each reading of the real-time clock takes so long from now on
#
# Prints by how much the guest's clock is ahead of its host's after each.
use strict;
use warnings;
use FindBin;
use File::Temp qw(tempdir);
use lib "$FindBin::Bin/../../templates/guest/rootfs/opt/stackhouse/lib";
use Stackhouse::Clock;

my ($behind, @story) = @ARGV;
my $folder = tempdir(CLEANUP => 1);
$Stackhouse::Clock::known = "$folder/known";
$Stackhouse::Clock::is_set = "$folder/set";
$Stackhouse::Clock::rtc = 'rtc';

my ($passed, $ahead, $busy, $until_failure) = (0.37, 0, 0, -1);
my $host = sub { 1_700_000_000.81 + $passed };
my $read_file = \&Stackhouse::Clock::read_file;
{
    no warnings 'redefine';
    *Stackhouse::Clock::pause = sub { $passed += $_[0] };
    *Stackhouse::Clock::time_of = sub { $_[0] == Stackhouse::Clock::CLOCK_MONOTONIC ? $passed : $host->() + $ahead };
    *Stackhouse::Clock::set_time = sub { $ahead = $_[0] - $host->() };
    *Stackhouse::Clock::read_file = sub {
        return $read_file->(@_) if $_[0] ne 'rtc';
        return '' if $until_failure-- == 0;
        $passed += $busy / 2;
        my $second = int($host->() - $behind);
        $passed += $busy / 2;
        return $second;
    };
}

while (my $word = shift @story) {
    if ($word eq 'look') { Stackhouse::Clock::keep() }
    elsif ($word eq 'drift') { $ahead += shift @story }
    elsif ($word eq 'driver') { Stackhouse::Clock::set($host->()) }
    elsif ($word eq 'start') { Stackhouse::Clock::began(shift @story) }
    elsif ($word eq 'fails') { $until_failure = shift @story }
    elsif ($word eq 'busy') { $busy = shift @story }
    else { die "$word is no part of a story\n" }
    printf "%.3f\n", $ahead;
}
