//! Linux: which program holds a socket. The agent's own user sees its own programs; a service that runs as a user of its own
//! sees everybody's with `CAP_SYS_PTRACE`, and without it nobody's: the record then lacks it.

use std::collections::VecDeque;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use parking_lot::Mutex;
use weir_audit::Process;

use super::SocketOwner;

/// Programs looked at first: a browser opens all its connections from one process.
const RECENT: usize = 16;
const ROOT: u32 = 0;

/// Finds programs by their sockets.
#[derive(Default)]
pub(crate) struct Programs {
    /// Process numbers, the latest first.
    recent: Mutex<VecDeque<u32>>,
}

impl Programs {
    /// The program that holds the socket. One look a connection; the caller caches.
    pub(crate) fn holder(&self, owner: SocketOwner) -> Option<Process> {
        let link = PathBuf::from(format!("socket:[{}]", owner.inode));
        let recent: Vec<u32> = self.recent.lock().iter().copied().collect();
        let known = recent.into_iter().find(|pid| holds(*pid, &link));
        let pid = known.or_else(|| processes(owner.uid).find(|pid| holds(*pid, &link)))?;
        self.remember(pid);
        let executable = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
        let executable = executable.to_string_lossy();
        Some(Process {
            // An upgrade has replaced the file of a program that runs on.
            executable: executable.trim_end_matches(" (deleted)").to_owned(),
            pid: Some(pid),
        })
    }

    fn remember(&self, pid: u32) {
        let mut recent = self.recent.lock();
        recent.retain(|known| *known != pid);
        recent.push_front(pid);
        recent.truncate(RECENT);
    }
}

/// Processes of a user. Those that may not be looked into by their own user belong to root here.
fn processes(uid: u32) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(move |entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let owner = entry.metadata().ok()?.uid();
        (owner == uid || owner == ROOT).then_some(pid)
    })
}

fn holds(pid: u32, link: &PathBuf) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten();
    files
        .filter_map(Result::ok)
        .any(|file| fs::read_link(file.path()).is_ok_and(|target| target == *link))
}

#[cfg(test)]
mod tests {
    use super::{Programs, SocketOwner};
    use crate::os::socket_owner;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn the_program_of_a_connection_is_found_at_once_and_again() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let _client = TcpStream::connect(ours).unwrap();
        let (_server, peer) = listener.accept().unwrap();
        let owner = socket_owner(peer, ours).unwrap();
        let programs = Programs::default();
        for _ in 0..2 {
            let found = programs.holder(owner).unwrap();
            assert_eq!(found.pid, Some(std::process::id()));
            assert_eq!(found.executable, std::env::current_exe().unwrap().to_str().unwrap());
        }
        let nobody = SocketOwner { inode: 0, ..owner };
        assert_eq!(programs.holder(nobody), None);
    }
}
