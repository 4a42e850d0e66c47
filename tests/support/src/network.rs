//! A network that a test cuts: laptops in one namespace, servers in another, and a router between them in a third, which drops what
//! it is told to drop. Nobody hears of it: there is no reset, no ICMP, and no link that goes down, as where somebody leaves the
//! building. Linux, and somebody who may make namespaces: root, or anybody where the kernel lets users have their own.

use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

/// Set where a test runs in a network of its own.
const INSIDE: &str = "WEIR_OWN_NETWORK";
/// The ways to one: as root, and as somebody who gets a namespace of users as well.
const WAYS: [&[&str]; 2] = [&["--net"], &["--user", "--map-current-user", "--keep-caps", "--net"]];
/// Where the servers are.
const SERVERS: Ipv4Addr = Ipv4Addr::new(10, 77, 2, 2);
/// Where the laptops are.
const LAPTOPS: Ipv4Addr = Ipv4Addr::new(10, 77, 1, 2);

/// True where this test has a network of its own. Otherwise runs the test of that name of this program once more, in one; where that
/// cannot be, says SKIPPED and why.
///
/// # Panics
/// The test failed there.
#[must_use]
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
pub fn may_cut(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let probe = "ip link set lo up && ip link add weir0 type veth peer name weir1 && unshare --net true \
                 && echo 1 > /proc/sys/net/ipv4/ip_forward && ip route add blackhole 10.77.0.0/16";
    let mut why = Vec::new();
    for way in WAYS {
        let tried = Command::new("unshare").args(way).args(["sh", "-c", probe]).output();
        if tried.as_ref().is_ok_and(|output| output.status.success()) {
            let mut again = Command::new("unshare");
            again
                .args(way)
                .arg(std::env::current_exe().unwrap_or_default())
                .args([test, "--exact", "--nocapture", "--include-ignored"])
                .env(INSIDE, "1");
            let ended = again.status();
            assert!(
                ended.as_ref().is_ok_and(std::process::ExitStatus::success),
                "{test}, in a network of its own: {ended:?}"
            );
            return false;
        }
        why.push(tried.map(|output| String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    println!("SKIPPED: no network can be made in namespaces here: {why:?}");
    false
}

/// What does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Everything does.
    Nothing,
    /// What laptops send.
    ToServers,
    /// What servers send: laptops are heard and do not know it.
    ToLaptops,
    /// Both.
    Both,
}

/// The network; gone when dropped.
#[derive(Debug)]
pub struct Network {
    router: Namespace,
    servers: Namespace,
    /// How often it forgot.
    forgot: AtomicU16,
}

impl Network {
    /// Makes it, where [`may_cut`] said so. This process and what it starts is where the laptops are.
    ///
    /// # Errors
    /// A command that failed, with what it said.
    pub fn start() -> io::Result<Self> {
        let (router, servers) = (Namespace::begin()?, Namespace::begin()?);
        here("ip link set lo up")?;
        here(&format!(
            "ip link add laptops type veth peer name left netns {}",
            router.pid()
        ))?;
        router.run(&format!(
            "ip link add right type veth peer name servers netns {}",
            servers.pid()
        ))?;
        here(&format!(
            "ip addr add {LAPTOPS}/24 dev laptops && ip link set laptops up && ip route add default via 10.77.1.1"
        ))?;
        router.run(
            "ip addr add 10.77.1.1/24 dev left && ip link set left up && ip addr add 10.77.2.1/24 dev right \
             && ip link set right up && echo 1 > /proc/sys/net/ipv4/ip_forward",
        )?;
        servers.run(&format!(
            "ip addr add {SERVERS}/24 dev servers && ip link set servers up && ip route add default via 10.77.2.1"
        ))?;
        let forgot = AtomicU16::new(0);
        let network = Self {
            router,
            servers,
            forgot,
        };
        network.take_ports()?;
        Ok(network)
    }

    /// The router is another one, which knows of no connection that there is, as where an address is translated: what belongs to one
    /// is dropped for ever, and nobody is told. New ones get through. Can be done nine times. Gives the laptops' ports of what was
    /// forgotten.
    ///
    /// # Errors
    /// The router cannot be told.
    pub fn forget(&self) -> io::Result<RangeInclusive<u16>> {
        let ports = self.ports();
        self.forgot.fetch_add(1, Ordering::Relaxed);
        self.take_ports()?;
        let (first, last) = (ports.start(), ports.end());
        self.router.run(&format!(
            "ip rule add ipproto tcp sport {first}-{last} blackhole && ip rule add ipproto tcp dport {first}-{last} blackhole"
        ))?;
        Ok(ports)
    }

    /// Those that connections begin from now.
    fn ports(&self) -> RangeInclusive<u16> {
        let first = 20_000 + 4_000 * self.forgot.load(Ordering::Relaxed);
        first..=first + 3_999
    }

    fn take_ports(&self) -> io::Result<()> {
        let ports = self.ports();
        let (first, last) = (ports.start(), ports.end());
        here(&format!("echo {first} {last} > /proc/sys/net/ipv4/ip_local_port_range"))
    }

    /// The address of whatever listens where the servers are.
    #[must_use]
    pub fn servers(&self) -> IpAddr {
        SERVERS.into()
    }

    /// What stands before a command that is to run where the servers are.
    #[must_use]
    pub fn among_servers(&self) -> Vec<String> {
        self.servers.enter()
    }

    /// From now on drops this, and nothing else.
    ///
    /// # Errors
    /// The router cannot be told.
    pub fn cut(&self, cut: Cut) -> io::Result<()> {
        let drops = match cut {
            Cut::Nothing => &[][..],
            Cut::ToServers => &[SERVERS],
            Cut::ToLaptops => &[LAPTOPS],
            Cut::Both => &[SERVERS, LAPTOPS],
        };
        let mut script = "ip route flush type blackhole".to_owned();
        for address in drops {
            script += &format!(" && ip route add blackhole {address}/32");
        }
        self.router.run(&script)
    }
}

/// A namespace, held by a process that ends with this one.
#[derive(Debug)]
struct Namespace(Child);

impl Namespace {
    fn begin() -> io::Result<Self> {
        let mut holder = Command::new("unshare")
            .args(["--net", "sh", "-c", "ip link set lo up && echo ready && exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = holder.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let namespace = Self(holder);
        match line.trim() == "ready" {
            true => Ok(namespace),
            false => Err(io::Error::other("no namespace of networks can be made")),
        }
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn enter(&self) -> Vec<String> {
        vec!["nsenter".to_owned(), format!("--net=/proc/{}/ns/net", self.pid())]
    }

    fn run(&self, script: &str) -> io::Result<()> {
        let mut words = self.enter();
        words.extend(["sh", "-c", script].map(str::to_owned));
        run(Command::new(&words[0]).args(&words[1..]))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It ends by itself when this process does.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn here(script: &str) -> io::Result<()> {
    run(Command::new("sh").args(["-c", script]))
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}
