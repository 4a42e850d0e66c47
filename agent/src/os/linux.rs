//! Linux: the kernel's socket table tells who owns the far end of a loopback connection.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr};

/// Numeric id of the user at the far end of a loopback connection, from `/proc/net/tcp` or `tcp6`. One read a
/// connection; the caller caches.
pub(crate) fn socket_owner(client: SocketAddr) -> Option<u32> {
    let (table, wanted) = match client.ip() {
        IpAddr::V4(ip) => (
            "/proc/net/tcp",
            format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), client.port()),
        ),
        IpAddr::V6(ip) => {
            let words = ip.octets();
            let mut text = String::with_capacity(37);
            for word in words.chunks_exact(4) {
                // Chunks of exactly four bytes.
                let number = u32::from_ne_bytes([word[0], word[1], word[2], word[3]]);
                text.push_str(&format!("{number:08X}"));
            }
            ("/proc/net/tcp6", format!("{text}:{:04X}", client.port()))
        }
    };
    owner_in_table(BufReader::new(File::open(table).ok()?), &wanted)
}

/// Columns: slot, local address, remote address, state, queues, timer, retransmits, user id.
fn owner_in_table(table: impl BufRead, local: &str) -> Option<u32> {
    table.lines().map_while(Result::ok).find_map(|line| {
        let mut columns = line.split_ascii_whitespace();
        (columns.nth(1)? == local)
            .then(|| columns.nth(5)?.parse().ok())
            .flatten()
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

#[cfg(test)]
mod tests {
    use super::{owner_in_table, socket_owner, user_name};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn the_owner_of_a_loopback_connection_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (_server, peer) = listener.accept().unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
        assert_eq!(socket_owner(peer), Some(rustix::process::getuid().as_raw()));
    }

    #[test]
    fn a_damaged_table_names_nobody() {
        let table = b"  sl  local_address\n   0: 0100007F:1F90\n   1: 0100007F:1F91 x y z\n" as &[u8];
        assert_eq!(owner_in_table(table, "0100007F:1F90"), None);
        assert_eq!(owner_in_table(table, "0100007F:1F91"), None);
    }

    #[test]
    fn root_has_a_name() {
        assert_eq!(user_name(0).as_deref(), Some("root"));
    }
}
