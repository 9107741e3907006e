# The clock of this guest, which keeps to that of its host. It reads the hypervisor's real-time clock, which follows the host's whatever
# becomes of the guest, or of the workstation, meanwhile. That one counts whole seconds from the start of the hypervisor's process on,
# and so is behind by a part of one: which part is learned when the driver sets the clock, and is half of it before.
package Stackhouse::Clock;
use strict;
use warnings;
use Fcntl qw(LOCK_EX);

# clock_settime(2) and clock_gettime(2) on x86-64. Perl has no names for them.
use constant { SYS_clock_settime => 227, SYS_clock_gettime => 228, CLOCK_REALTIME => 0, CLOCK_MONOTONIC => 1 };
# Seconds. The part that is not known yet; what the clock may be off by; how closely the start of a second has to be seen.
use constant { UNKNOWN => 0.5, TOLERANCE => 0.1, CLOSELY => 0.1 };
# Each look at the real-time clock costs an emulated processor a millisecond: it is looked at seldom until it is known when its seconds
# begin, and often around that.
use constant { SELDOM => 0.1, OFTEN => 0.01, AROUND => 0.08 };

our $rtc = '/sys/class/rtc/rtc0/since_epoch';
# The start of the hypervisor, and by how much its real-time clock is behind. Outlives a reboot, as that clock does.
our $known = '/etc/stackhouse-clock';
# There while it is to be learned: the clock is right.
our $is_set = '/run/stackhouse-clock';

# Sets the clock to what the driver says, seconds since 1970, with decimals.
sub set {
    my ($seconds) = @_;
    alone(sub {
        set_time($seconds);
        write_file($is_set, '');
    });
}

# Says which start of the hypervisor this is: with a new one its real-time clock is a new one.
sub began {
    my ($start) = @_;
    my ($before) = split / /, read_file($known);
    write_file($known, "$start " . UNKNOWN . "\n") unless defined $before && $before eq $start;
}

# When a second of the real-time clock began, of the monotonic clock; undef where that is not known.
my $began;

# Compares the clock with the real-time clock, and sets it where it is off. False where a busy guest could not see closely enough.
sub keep {
    ($began) = next_second(SELDOM, 1 + AROUND) unless defined $began;
    return unless defined $began;
    my $since = time_of(CLOCK_MONOTONIC) + AROUND - $began;
    pause(1 - ($since - int $since));
    my ($moment, $second, $within) = next_second(OFTEN, 2 * AROUND);
    $began = $moment;
    return unless defined $moment && $within <= CLOSELY;
    alone(sub { compare($moment, $second, $within) });
    return 1;
}

sub compare {
    my ($moment, $second, $within) = @_;
    my $ahead = time_of(CLOCK_REALTIME) - time_of(CLOCK_MONOTONIC) + $moment - $second;
    my ($start, $behind) = split / /, read_file($known);
    if (-e $is_set) {
        unlink $is_set;
        # Whatever else it is, somebody has set the clock since.
        return unless $ahead > -CLOSELY && $ahead < 1 + CLOSELY;
        write_file($known, sprintf "%s %.3f\n", $start // 'unknown', $ahead);
        return;
    }
    my $late = ($behind // UNKNOWN) - $ahead;
    set_time(time_of(CLOCK_REALTIME) + $late) if abs $late > TOLERANCE + $within / 2;
}

# Waits for the real-time clock to begin a second: the moment, the second, and within what time that was. Empty where it does not, within
# so many seconds.
sub next_second {
    my ($every, $patience) = @_;
    my $asked = time_of(CLOCK_MONOTONIC);
    my $deadline = $asked + $patience;
    my ($before, $was) = ($asked, read_second());
    while ($asked < $deadline) {
        pause($every);
        $asked = time_of(CLOCK_MONOTONIC);
        my $is = read_second();
        next unless defined $is;
        my $answered = time_of(CLOCK_MONOTONIC);
        return (($before + $answered) / 2, $is, $answered - $before) if defined $was && $is != $was;
        ($before, $was) = ($asked, $is);
    }
    return;
}

# Of the real-time clock; undef where it cannot be read.
sub read_second {
    return read_file($rtc) =~ /\A([0-9]+)\z/ ? $1 : undef;
}

sub pause {
    my ($seconds) = @_;
    select undef, undef, undef, $seconds;
}

sub time_of {
    my ($clock) = @_;
    my $timespec = pack 'q q', 0, 0;
    syscall(SYS_clock_gettime, $clock, $timespec) == 0 or die "stackhouse: the clock was not read: $!\n";
    my ($seconds, $nanoseconds) = unpack 'q q', $timespec;
    return $seconds + $nanoseconds / 1e9;
}

sub set_time {
    my ($time) = @_;
    my $seconds = int $time;
    my $timespec = pack 'q q', $seconds, int(($time - $seconds) * 1e9);
    syscall(SYS_clock_settime, CLOCK_REALTIME, $timespec) == 0 or die "stackhouse: the clock was not set: $!\n";
}

# Who sets the clock and who keeps it are two processes.
sub alone {
    my ($work) = @_;
    open my $lock, '>', "$is_set.lock" or die "stackhouse: $is_set.lock: $!\n";
    flock $lock, LOCK_EX or die "stackhouse: $is_set.lock: $!\n";
    $work->();
}

# '' where there is none.
sub read_file {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    chomp(my $line = <$file> // '');
    return $line;
}

sub write_file {
    my ($path, $content) = @_;
    open my $file, '>', "$path.new" or die "stackhouse: $path: $!\n";
    print {$file} $content;
    close $file or die "stackhouse: $path: $!\n";
    rename "$path.new", $path or die "stackhouse: $path: $!\n";
}

1;
