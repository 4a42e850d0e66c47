//! Linux: the kernel's socket table tells who owns the far end of a loopback connection.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::SocketOwner;

/// A credential that systemd gave to the agent's service (`LoadCredentialEncrypted=`): sealed on the disk by the machine's own
/// key or its TPM, open only in the memory of the service. A user's own key store is closed to a service.
pub(crate) fn stored_key(name: &str) -> Option<Zeroizing<String>> {
    let directory = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)?;
    credential(&directory, name)
}

fn credential(directory: &Path, name: &str) -> Option<Zeroizing<String>> {
    // systemd allows no larger one.
    const LARGEST: u64 = 1 << 20;
    let file = File::open(directory.join(Path::new(name).file_name()?)).ok()?;
    let mut text = Zeroizing::new(String::with_capacity(256));
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The far end of a loopback connection, and whose it is: `client` is their address, `ours` the one they
/// connected to. Both must fit, for one local port may serve several connections of several users. One look a
/// connection; the caller caches.
pub(crate) fn socket_owner(client: SocketAddr, ours: SocketAddr) -> Option<SocketOwner> {
    let find =
        |table: &str, from: String, to: String| owner_in_table(BufReader::new(File::open(table).ok()?), &from, &to);
    if let (IpAddr::V4(from), IpAddr::V4(to)) = (client.ip(), ours.ip()) {
        let plain = |ip: Ipv4Addr, port| format!("{:08X}:{port:04X}", u32::from_ne_bytes(ip.octets()));
        let owner = find("/proc/net/tcp", plain(from, client.port()), plain(to, ours.port()));
        // A socket of both families that connects to an IPv4 address is listed among those of IPv6.
        return owner.or_else(|| {
            let mapped = |ip: Ipv4Addr, port| in_table6(ip.to_ipv6_mapped(), port);
            find("/proc/net/tcp6", mapped(from, client.port()), mapped(to, ours.port()))
        });
    }
    let (IpAddr::V6(from), IpAddr::V6(to)) = (client.ip(), ours.ip()) else {
        return None;
    };
    find(
        "/proc/net/tcp6",
        in_table6(from, client.port()),
        in_table6(to, ours.port()),
    )
}

/// Four words in the machine's own byte order.
fn in_table6(ip: Ipv6Addr, port: u16) -> String {
    let octets = ip.octets();
    let words = octets
        .chunks_exact(4)
        .map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
    let address: String = words.map(|word| format!("{word:08X}")).collect();
    format!("{address}:{port:04X}")
}

/// Columns: slot, local address, remote address, state, queues, timer, retransmits, user id, timeout, inode.
fn owner_in_table(table: impl BufRead, local: &str, remote: &str) -> Option<SocketOwner> {
    const ESTABLISHED: &str = "01";
    table.lines().map_while(Result::ok).find_map(|line| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let fits = columns.next()? == local && columns.next()? == remote && columns.next()? == ESTABLISHED;
        if !fits {
            return None;
        }
        Some(SocketOwner {
            uid: columns.nth(3)?.parse().ok()?,
            inode: columns.nth(1)?.parse().ok()?,
        })
    })
}

/// Login name of a user, from `/etc/passwd`. Users of a directory service are not in it and stay numbers.
pub(crate) fn user_name(id: u32) -> Option<String> {
    let passwd = BufReader::new(File::open("/etc/passwd").ok()?);
    passwd.lines().map_while(Result::ok).find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    })
}

/// Numeric id of a user by the login name.
pub(crate) fn user_id(name: &str) -> Option<u32> {
    let passwd = BufReader::new(File::open("/etc/passwd").ok()?);
    passwd.lines().map_while(Result::ok).find_map(|line| {
        let mut fields = line.split(':');
        let known = fields.next()?;
        fields.nth(1)?.parse().ok().filter(|_| known == name)
    })
}

/// What the machine is called.
pub(crate) fn device_name() -> Option<String> {
    let name = rustix::system::uname();
    name.nodename().to_str().ok().map(str::to_owned)
}

/// This program, also when its file was replaced by a newer one.
pub(crate) fn own_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// Numeric id of the user this program runs as.
pub(crate) fn own_id() -> Option<u32> {
    Some(rustix::process::getuid().as_raw())
}

#[cfg(test)]
mod tests {
    use super::{SocketOwner, credential, owner_in_table, socket_owner, user_id, user_name};
    use std::net::{SocketAddr, TcpListener, TcpStream};

    fn owner_of(listen: &str, connect: fn(SocketAddr) -> SocketAddr) -> Option<u32> {
        let listener = TcpListener::bind(listen).unwrap();
        let ours = listener.local_addr().unwrap();
        let _client = TcpStream::connect(connect(ours)).unwrap();
        let (_server, peer) = listener.accept().unwrap();
        socket_owner(peer, ours).map(|owner| owner.uid)
    }

    #[test]
    fn the_owner_of_a_loopback_connection_is_found() {
        let own = Some(rustix::process::getuid().as_raw());
        assert_eq!(owner_of("127.0.0.1:0", |ours| ours), own);
        assert_eq!(owner_of("[::1]:0", |ours| ours), own);
        // As Java connects: an IPv6 socket to an IPv4 address.
        assert_eq!(
            owner_of("127.0.0.1:0", |ours| format!("[::ffff:127.0.0.1]:{}", ours.port())
                .parse()
                .unwrap()),
            own
        );
    }

    #[test]
    fn one_local_port_of_two_users_is_told_apart() {
        let table =
            b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:9C40 0100007F:0050 01 00000000:00000000 00:00000000 00000000 65534        0 1 1\n\
             1: 0100007F:9C40 0100007F:46A0 06 00000000:00000000 00:00000000 00000000  1001        0 2 1\n\
             2: 0100007F:9C40 0100007F:46A0 01 00000000:00000000 00:00000000 00000000  1000        0 3 1\n"
                as &[u8];
        let owner = |remote| owner_in_table(table, "0100007F:9C40", remote);
        assert_eq!(owner("0100007F:46A0"), Some(SocketOwner { uid: 1000, inode: 3 }));
        assert_eq!(owner("0100007F:0050"), Some(SocketOwner { uid: 65534, inode: 1 }));
        assert_eq!(owner_in_table(table, "0100007F:9C40", "0100007F:1111"), None);
    }

    #[test]
    fn a_damaged_table_names_nobody() {
        let table = b"  sl  local_address\n   0: 0100007F:1F90\n   1: 0100007F:1F91 x y z\n" as &[u8];
        assert_eq!(owner_in_table(table, "0100007F:1F90", "x"), None);
        assert_eq!(owner_in_table(table, "0100007F:1F91", "x"), None);
    }

    #[test]
    fn a_credential_is_read_by_its_name_alone() {
        let dir = tempfile::tempdir().unwrap();
        let credentials = dir.path().join("credentials");
        std::fs::create_dir(&credentials).unwrap();
        std::fs::write(credentials.join("openai"), "sample-key\n").unwrap();
        std::fs::write(dir.path().join("other"), "not theirs").unwrap();
        let read = |name: &str| credential(&credentials, name).map(|key| key.to_string());
        assert_eq!(read("openai").as_deref(), Some("sample-key\n"));
        for name in ["none", "../other", "..", ""] {
            assert_eq!(read(name), None, "{name}");
        }
    }

    #[test]
    fn root_has_a_name() {
        assert_eq!(user_name(0).as_deref(), Some("root"));
        assert_eq!(user_id("root"), Some(0));
        assert_eq!(user_id("no such user"), None);
    }
}
