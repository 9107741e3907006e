# The identity of this guest: reads documents about it (modules/hypervisors/identity.ts) and applies them. May run any number
# of times. Nothing that makes keys or opens a port may run before it.
package Stackhouse::Identity;
use strict;
use warnings;
use Fcntl qw(O_WRONLY O_CREAT O_EXCL);
use Stackhouse::Clock;
use Stackhouse::Disks;

# linux/random.h: RNDADDENTROPY takes struct rand_pool_info, RNDRESEEDCRNG makes the generator use it at once.
use constant { RNDADDENTROPY => 0x40085203, RNDRESEEDCRNG => 0x5207 };

# While this is there the guest is a template: it has no identity, and what needs one does not start.
our $template_mark = '/run/stackhouse-template';

my %kinds = map { $_ => 1 } qw(stackhouse-identity stackhouse-template stackhouse-member stackhouse-disks);
my %single = map { $_ => 1 } qw(seed time hostname machine-id address gateway nameserver start disk-gib);
my %many = map { $_ => 1 } qw(ssh-host-key authorized-key data-disk);

# Takes the lines of a document, one by one: gives it when it is complete, and nothing before. A document that was cut off is
# never applied.
sub reader {
    my $document;
    return sub {
        my ($line) = @_;
        my ($word, $value) = split / /, $line, 2;
        $value //= '';
        if ($kinds{$word}) {
            $document = $value eq '1' ? { kind => $word } : undef;
        } elsif (!defined $document) {
            return;
        } elsif ($word eq 'end') {
            my $complete = $document;
            undef $document;
            return $complete;
        } elsif ($single{$word}) {
            $document->{$word} = $value;
        } elsif ($many{$word}) {
            push @{ $document->{$word} }, $value;
        } else {
            warn "stackhouse: unknown word in a document: $word\n";
        }
        return;
    };
}

# Randomness first: all that follows may draw from it. Then the clock, then who this guest is.
sub apply {
    my ($document) = @_;
    reseed(pack 'H*', $document->{seed});
    Stackhouse::Clock::began($document->{start}) if defined $document->{start};
    Stackhouse::Clock::set($document->{time}) if defined $document->{time};
    replace('/etc/resolv.conf', "nameserver $document->{nameserver}\n", 0644);
    set_network($document);
    # What was kept ready for anybody has no name when its hypervisor starts: at its own reboots it is who it has become.
    return if $document->{kind} eq 'stackhouse-member';
    put('/proc/sys/kernel/hostname', $document->{hostname});
    replace('/etc/hostname', "$document->{hostname}\n", 0644);
    replace('/etc/hosts', <<"END", 0644);
127.0.0.1 localhost
127.0.1.1 $document->{hostname}
::1 localhost ip6-localhost ip6-loopback
END
    set_machine_id($document->{'machine-id'});
    if ($document->{kind} eq 'stackhouse-template') {
        put($template_mark, '');
        return;
    }
    replace('/etc/ssh/ssh_host_ed25519_key', lines($document->{'ssh-host-key'}), 0600);
    replace('/etc/ssh/stackhouse_authorized_keys', lines($document->{'authorized-key'}), 0644);
    # At boot a unit mounts them; a clone is told to when it has its identity.
    Stackhouse::Disks::list_at_boot($document->{start}, @{ $document->{'data-disk'} // [] });
    return unless -e $template_mark;
    renew_engine();
    unlink $template_mark or die "stackhouse: $template_mark: $!\n";
}

# The container engine came up in the template. It shows its own id from its next start on; what else it makes up, it draws from the
# kernel.
sub renew_engine {
    my $path = '/var/lib/docker/engine-id';
    return unless -e $path;
    open my $uuid, '<', '/proc/sys/kernel/random/uuid' or die "stackhouse: a random uuid: $!\n";
    replace($path, scalar <$uuid>, 0600);
}

# In a clone journald runs already, and keeps its files by the machine-id that it began with: they are to be found by the present one,
# and it finds them by the other. Starting it anew would take half as long as all else until the agent answers.
sub set_machine_id {
    my ($id) = @_;
    open my $file, '<', '/etc/machine-id';
    chomp(my $before = defined $file ? <$file> // '' : '');
    replace('/etc/machine-id', "$id\n", 0444);
    return if $before eq $id || $before eq '';
    for my $journals ('/var/log/journal', '/run/log/journal') {
        next if !-d "$journals/$before" || -e "$journals/$id";
        rename "$journals/$before", "$journals/$id" or die "stackhouse: $journals/$id: $!\n";
        symlink $id, "$journals/$before" or die "stackhouse: $journals/$before: $!\n";
    }
}

sub reseed {
    my ($seed) = @_;
    open my $random, '+<', '/dev/urandom' or die "stackhouse: /dev/urandom: $!\n";
    my $pool = pack 'i i a*', 8 * length $seed, length $seed, $seed;
    ioctl $random, RNDADDENTROPY, $pool or die "stackhouse: the seed was not taken: $!\n";
    ioctl $random, RNDRESEEDCRNG, 0 or die "stackhouse: the generator was not seeded anew: $!\n";
    close $random;
}

# The card of a template is that of its clones: its address stays.
sub set_network {
    my ($document) = @_;
    return if -e '/run/stackhouse-network';
    open my $ip, '|-', 'ip', '-force', '-batch', '-' or die "stackhouse: ip: $!\n";
    print {$ip} <<"END";
link set lo up
link set eth0 up
address replace $document->{address} dev eth0
route replace default via $document->{gateway}
END
    close $ip or die "stackhouse: the network was not set up\n";
    put('/run/stackhouse-network', '');
}

sub lines { join '', map { "$_\n" } @{ $_[0] // [] } }

# By rename: a power cut leaves the old file or the new one. One that is right already is not touched. Nobody else reads a key while it
# is written: the mode comes last.
sub replace {
    my ($path, $content, $mode) = @_;
    if (open my $old, '<', $path) {
        local $/;
        return if (<$old> // '') eq $content;
    }
    unlink "$path.new";
    sysopen my $file, "$path.new", O_WRONLY | O_CREAT | O_EXCL, 0600 or die "stackhouse: $path: $!\n";
    print {$file} $content;
    close $file or die "stackhouse: $path: $!\n";
    chmod $mode, "$path.new";
    rename "$path.new", $path or die "stackhouse: $path: $!\n";
}

sub put {
    my ($path, $content) = @_;
    open my $file, '>', $path or die "stackhouse: $path: $!\n";
    print {$file} $content;
    close $file or die "stackhouse: $path: $!\n";
}

1;
