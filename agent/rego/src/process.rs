//! The end of the pipes that asks: starts the process when it is needed, waits for it as long as it may take, and starts
//! another one when it is gone. What cannot be answered fails, and policy fails closed.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value as Json;
use weir_policy::{RegoEngine, RegoFailure, RegoFault, RegoLimits, RegoPackage, RegoRules, Source};

use crate::message::{Reply, Request, SLOTS};

/// Rules in a process of their own. Those of several packs take turns in one.
pub struct RegoProcess {
    shared: Arc<Shared>,
}

struct Shared {
    command: fn() -> Command,
    running: Mutex<Option<Running>>,
}

/// The process holds itself to a second or two of the processor's time; this is for the systems on which it cannot, and for
/// a processor with much else to do.
const ANSWER: Duration = Duration::from_secs(5);
/// Starting and compiling.
const LOAD: Duration = Duration::from_secs(20);

impl RegoProcess {
    /// With the command that starts a process which runs [`serve`](crate::serve) on its standard input and output.
    #[must_use]
    pub fn new(command: fn() -> Command) -> Self {
        let shared = Shared {
            command,
            running: Mutex::new(None),
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl RegoEngine for RegoProcess {
    fn compile(&self, modules: &[Source], limits: RegoLimits) -> Result<Box<dyn RegoRules>, Vec<RegoFault>> {
        let modules = Arc::new(Modules {
            texts: modules.iter().map(|module| module.text.clone()).collect(),
            limits,
        });
        let packages = match self.shared.load(&modules) {
            Ok(Ok(packages)) => packages,
            Ok(Err(faults)) => return Err(faults),
            Err(failure) => return Err(vec![not_compiled(&failure)]),
        };
        Ok(Box::new(Rules {
            shared: Arc::clone(&self.shared),
            modules,
            packages,
        }))
    }
}

fn not_compiled(failure: &RegoFailure) -> RegoFault {
    RegoFault {
        module: 0,
        line: 1,
        column: 1,
        message: format!("the process that compiles rules gave no answer: {failure}"),
    }
}

/// What a process is loaded with.
#[derive(PartialEq)]
struct Modules {
    texts: Vec<String>,
    limits: RegoLimits,
}

struct Rules {
    shared: Arc<Shared>,
    modules: Arc<Modules>,
    packages: Vec<RegoPackage>,
}

impl RegoRules for Rules {
    fn packages(&self) -> &[RegoPackage] {
        &self.packages
    }

    fn ask(&self, package: usize, input: &Json) -> Result<Json, RegoFailure> {
        match self.shared.ask(&self.modules, package, input)? {
            Reply::Asked(asked) => Ok(asked),
            Reply::Failed(failure) => Err(failure),
            Reply::Loaded(_) | Reply::Faults(_) => Err(RegoFailure::Failed),
        }
    }
}

type Compiled = Result<Vec<RegoPackage>, Vec<RegoFault>>;

impl Shared {
    fn load(&self, modules: &Arc<Modules>) -> Result<Compiled, RegoFailure> {
        loaded(&mut self.running.lock(), self.command, modules)
    }

    fn ask(&self, modules: &Arc<Modules>, package: usize, input: &Json) -> Result<Reply, RegoFailure> {
        let mut running = self.running.lock();
        match self.ask_once(&mut running, modules, package, input) {
            // Somebody else ended the process, which says nothing of the rule.
            Err(RegoFailure::NoProcess) => self.ask_once(&mut running, modules, package, input),
            asked => asked,
        }
    }

    fn ask_once(
        &self,
        running: &mut Option<Running>,
        modules: &Arc<Modules>,
        package: usize,
        input: &Json,
    ) -> Result<Reply, RegoFailure> {
        let slot = running.as_mut().and_then(|process| process.slot_of(modules));
        let slot = match slot {
            Some(slot) => slot,
            None => {
                let compiled = loaded(running, self.command, modules)?;
                compiled.map_err(|_| RegoFailure::Failed)?;
                let slot = running.as_mut().and_then(|process| process.slot_of(modules));
                slot.ok_or(RegoFailure::NoProcess)?
            }
        };
        let input = input.clone();
        exchanged(running, &Request::Ask { slot, package, input }, ANSWER)
    }
}

/// Loads a process, one that runs or a new one.
fn loaded(
    running: &mut Option<Running>,
    command: fn() -> Command,
    modules: &Arc<Modules>,
) -> Result<Compiled, RegoFailure> {
    // One that has ended makes room for another.
    drop(running.take_if(|process| !process.stands()));
    let process = match running {
        Some(process) => process,
        None => running.insert(Running::start(command()).map_err(|_| RegoFailure::NoProcess)?),
    };
    let slot = process.free_slot();
    let request = Request::Load {
        slot,
        modules: modules.texts.clone(),
        limits: modules.limits,
    };
    match exchanged(running, &request, LOAD)? {
        Reply::Loaded(packages) => {
            if let Some(process) = running {
                process.held[slot] = Some(Arc::clone(modules));
            }
            Ok(Ok(packages))
        }
        Reply::Faults(faults) => Ok(Err(faults)),
        Reply::Asked(_) | Reply::Failed(_) => Err(RegoFailure::Failed),
    }
}

/// One request and its reply. A process that gave none is not asked again.
fn exchanged(running: &mut Option<Running>, request: &Request, within: Duration) -> Result<Reply, RegoFailure> {
    let process = running.as_mut().ok_or(RegoFailure::NoProcess)?;
    let replied = process.exchange(request, within);
    if replied.is_err() {
        *running = None;
    }
    replied
}

/// A process, while it lives.
struct Running {
    child: Child,
    requests: ChildStdin,
    replies: Receiver<Vec<u8>>,
    held: [Option<Arc<Modules>>; SLOTS],
    /// The slot that was filled the longest time ago.
    oldest: usize,
}

impl Running {
    fn start(mut command: Command) -> io::Result<Self> {
        // What a process says when it is aborted is no message of ours.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(requests), Some(replies)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (sender, receiver) = sync_channel(1);
        let running = Self {
            child,
            requests,
            replies: receiver,
            held: Default::default(),
            oldest: 0,
        };
        let reader = thread::Builder::new().name("rego".to_owned());
        reader.spawn(move || read(replies, &sender))?;
        Ok(running)
    }

    /// False when it has ended since it was asked last.
    fn stands(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Where these modules are held, if the process still runs and holds them.
    fn slot_of(&mut self, modules: &Arc<Modules>) -> Option<usize> {
        let is_it = |held: &Arc<Modules>| Arc::ptr_eq(held, modules) || **held == **modules;
        let slot = self.held.iter().position(|held| held.as_ref().is_some_and(is_it))?;
        self.stands().then_some(slot)
    }

    /// A slot in which nothing is held from now on.
    fn free_slot(&mut self) -> usize {
        let slot = self.oldest;
        self.held[slot] = None;
        self.oldest = (slot + 1) % SLOTS;
        slot
    }

    fn exchange(&mut self, request: &Request, within: Duration) -> Result<Reply, RegoFailure> {
        let mut line = serde_json::to_vec(request).map_err(|_| RegoFailure::Failed)?;
        line.push(b'\n');
        let sent = self.requests.write_all(&line).and_then(|()| self.requests.flush());
        let reply = match sent {
            Ok(()) => self.replies.recv_timeout(within),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        match reply {
            Ok(line) => serde_json::from_slice(&line).map_err(|_| RegoFailure::Failed),
            Err(RecvTimeoutError::Timeout) => Err(RegoFailure::Time),
            Err(RecvTimeoutError::Disconnected) => Err(self.child.wait().map_or(RegoFailure::Failed, why_it_ended)),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail for a process that has ended, and is gone as well then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands on what a process writes, line by line, until it writes no more.
fn read(replies: ChildStdout, sender: &SyncSender<Vec<u8>>) {
    let mut replies = BufReader::new(replies);
    loop {
        let mut line = Vec::new();
        match replies.read_until(b'\n', &mut line) {
            Ok(read) if read > 0 && sender.send(line).is_ok() => {}
            _ => return,
        }
    }
}

/// It was ended for its time, or aborted because it got no more memory, be it heap or stack.
fn why_it_ended(status: ExitStatus) -> RegoFailure {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match rustix::process::Signal::from_named_raw(signal) {
            Some(rustix::process::Signal::XCPU) => RegoFailure::Time,
            Some(rustix::process::Signal::ABORT) => RegoFailure::Memory,
            Some(rustix::process::Signal::KILL | rustix::process::Signal::TERM) => RegoFailure::NoProcess,
            _ => RegoFailure::Failed,
        };
    }
    let _ = status;
    RegoFailure::Failed
}
