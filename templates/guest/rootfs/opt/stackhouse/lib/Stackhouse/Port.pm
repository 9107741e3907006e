# A virtio-serial port of this guest.
package Stackhouse::Port;
use strict;
use warnings;
use Fcntl qw(O_RDWR O_NONBLOCK O_ASYNC F_SETFL F_SETOWN);

# Opens a port by its name; nothing that is done with it blocks.
sub open_port {
    my ($name) = @_;
    pipe my $told, my $tell or die "stackhouse: pipe: $!\n";
    fcntl $_, F_SETFL, O_NONBLOCK for $told, $tell;
    # The kernel says so when somebody comes to the other end, or leaves.
    $SIG{IO} = sub { syswrite $tell, '!' };
    my $port = device($name);
    fcntl $port, F_SETOWN, 0 + $$ or die "stackhouse: F_SETOWN: $!\n";
    fcntl $port, F_SETFL, O_RDWR | O_NONBLOCK | O_ASYNC or die "stackhouse: O_ASYNC: $!\n";
    return { handle => $port, told => $told, unseen => 0 };
}

# Without udev there are no names in /dev.
sub device {
    my ($name) = @_;
    for my $path (glob '/sys/class/virtio-ports/*/name') {
        open my $file, '<', $path or next;
        my ($found) = <$file> // '';
        next unless $found eq "$name\n";
        my ($device) = $path =~ m{/([^/]+)/name\z};
        sysopen my $handle, "/dev/$device", O_RDWR or die "stackhouse: /dev/$device: $!\n";
        return $handle;
    }
    die "stackhouse: there is no port $name\n";
}

# What has come, '' where nothing has, undef where nobody is at the other end.
sub take {
    my ($port) = @_;
    my $count = sysread $port->{handle}, my $bytes, 65536;
    return $bytes if $count;
    return '' if !defined $count;
    return undef if $port->{unseen} <= 0;
    $port->{unseen}--;
    select undef, undef, undef, 0.01;
    return '';
}

# Somebody speaks. On a busy guest their bytes overtake the kernel's word that whoever was there before left, and its word that they
# came: it may look as if nobody were there, at once or later. The next two hundred looks that say so, two seconds, are not believed.
sub heard {
    my ($port) = @_;
    $port->{unseen} = 200;
}

# Answers whoever was heard. What they do not take, because they left, is dropped.
sub say {
    my ($port, $bytes) = @_;
    while ($bytes ne '') {
        my $count = syswrite $port->{handle}, $bytes;
        if (defined $count) {
            $bytes = substr $bytes, $count;
        } else {
            return unless ($!{EAGAIN} || $!{EINTR}) && $port->{unseen}-- > 0;
            select undef, undef, undef, 0.01;
        }
    }
}

# Sleeps until somebody may have come to the other end. Not for long: a signal that comes just before the sleep does not end it.
sub wait_for_peer {
    my ($port) = @_;
    select_readable($port->{told}, 0.5);
    1 while sysread $port->{told}, my $marks, 4096;
}

sub select_readable {
    my ($handle, $seconds) = @_;
    vec(my $wanted = '', fileno $handle, 1) = 1;
    select $wanted, undef, undef, $seconds;
}

1;
