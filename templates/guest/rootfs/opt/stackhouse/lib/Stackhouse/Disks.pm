# The data disks of this guest: each is known by its serial number, gets a file system where it has none, and is mounted. May run any
# number of times.
package Stackhouse::Disks;
use strict;
use warnings;

# First the start of the hypervisor that it is of; then a line a disk: its name, its GiB, where it is mounted, and `new` where no guest
# has had it yet. It outlives a reboot: the document that is read at boot is as old as the hypervisor's process.
our $list = '/etc/stackhouse-disks';

use constant { SECTORS_A_GIB => 2 * 1024 * 1024, PATIENCE => 30, PAUSE => 0.02 };
# What stands in the place of a disk that cannot be mounted.
use constant MISSING => 'stackhouse-missing';

# Takes the list of a boot, `NAME GIB PATH new|used` of each, unless this start of the hypervisor has brought a later one.
sub list_at_boot {
    my ($start, @disks) = @_;
    my ($had) = read_list();
    write_list($start, @disks) unless defined $had && $had eq $start;
}

sub write_list {
    my ($start, @disks) = @_;
    if (!@disks) {
        unlink $list;
        return;
    }
    open my $file, '>', "$list.new" or die "stackhouse: $list: $!\n";
    print {$file} map { "$_\n" } $start, @disks;
    close $file or die "stackhouse: $list: $!\n";
    rename "$list.new", $list or die "stackhouse: $list: $!\n";
    # A guest that starts again after a panic has it, too.
    run('sync', $list);
}

sub read_list {
    open my $file, '<', $list or return;
    chomp(my @lines = <$file>);
    return @lines;
}

# Tells the name of each disk as soon as it is in use. One that cannot be mounted does not keep the others from it.
sub mount_all {
    my ($tell) = @_;
    my ($start, @disks) = read_list();
    my @failures;
    for my $line (@disks) {
        my %disk;
        @disk{qw(name gib path age)} = split / /, $line;
        if (eval { use_disk(\%disk); 1 }) {
            write_list($start, @disks) if $line =~ s/ new\z/ used/;
            $tell->($disk{name});
        } else {
            push @failures, "the data disk $disk{name}: $@";
        }
    }
    die @failures if @failures;
}

# The root file system, when its disk has these GiB.
sub grow_root {
    my ($gib) = @_;
    until_true("its disk has less than $gib GiB", sub { is_large('vda', $gib) });
    run('/usr/lib/systemd/systemd-growfs', '/');
}

sub use_disk {
    my ($disk) = @_;
    my $path = $disk->{path};
    my $source = mounted_at($path);
    unless (eval { mount_disk($disk, $source); 1 }) {
        my $reason = $@;
        # What is meant for it is written nowhere else.
        if ($source eq '') {
            run('mkdir', '-p', $path);
            run('mount', '-t', 'tmpfs', '-o', 'ro,size=4k', MISSING, $path);
        }
        die $reason;
    }
    run('/usr/lib/systemd/systemd-growfs', $path);
}

sub mount_disk {
    my ($disk, $source) = @_;
    my $device = '/dev/' . until_there($disk->{name}, $disk->{gib});
    return if $source eq $device;
    if (is_blank($device)) {
        die "it was used before, and holds no file system now: it is left as it is\n" unless $disk->{age} eq 'new';
        run('mke2fs', '-q', '-t', 'ext4', '-m', '0', '-L', substr($disk->{name}, 0, 16),
            '-E', 'lazy_itable_init=1,lazy_journal_init=1,nodiscard', $device);
    }
    run('umount', $disk->{path}) if $source eq MISSING;
    run('mkdir', '-p', $disk->{path});
    run('mount', '-o', 'noatime', $device, $disk->{path});
}

# Nothing that anybody has ever put a name to: no file system, no partitions, no part of an array. Source: blkid(8), exit codes.
sub is_blank {
    my ($device) = @_;
    my $code = system('/usr/sbin/blkid', '-p', '-o', 'export', $device) >> 8;
    return 1 if $code == 2;
    return 0 if $code == 0;
    die "what is on $device is not clear (blkid: $code)\n";
}

# The kernel learns of a new disk, and of a larger one, a moment after the hypervisor has made it so.
sub until_there {
    my ($name, $gib) = @_;
    return until_true("there is no such disk of $gib GiB", sub {
        for my $path (glob '/sys/block/vd*/serial') {
            open my $file, '<', $path or next;
            my ($serial) = <$file> // '';
            chomp $serial;
            next unless $serial eq $name;
            my ($disk) = $path =~ m{/([^/]+)/serial\z};
            return $disk if -b "/dev/$disk" && is_large($disk, $gib);
        }
        return;
    });
}

sub is_large {
    my ($disk, $gib) = @_;
    open my $file, '<', "/sys/block/$disk/size" or return 0;
    my ($sectors) = <$file> // 0;
    return $sectors >= $gib * SECTORS_A_GIB;
}

sub until_true {
    my ($otherwise, $look) = @_;
    for (1 .. PATIENCE / PAUSE) {
        my $found = $look->();
        return $found if $found;
        select undef, undef, undef, PAUSE;
    }
    die "$otherwise\n";
}

# What is mounted on top there, '' where nothing is. Source: proc_pid_mountinfo(5).
sub mounted_at {
    my ($path) = @_;
    open my $mounts, '<', '/proc/self/mountinfo' or die "/proc/self/mountinfo: $!\n";
    my $source = '';
    while (my $line = <$mounts>) {
        my ($before, $after) = split / - /, $line, 2;
        $source = (split / /, $after)[1] if (split / /, $before)[4] eq $path;
    }
    return $source;
}

# A program that fails is an error with its last words.
sub run {
    my (@command) = @_;
    open my $output, '-|', 'sh', '-c', 'exec "$0" "$@" 2>&1', @command or die "$command[0]: $!\n";
    my @lines = <$output>;
    return if close $output;
    my $said = $lines[-1] // 'no reason given';
    chomp $said;
    die "$command[0]: $said\n";
}

1;
