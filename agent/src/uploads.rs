//! Files that take several messages, by user: what was decided of their bytes, until a prompt refers to them. In memory,
//! for a day; what is lost with a restart counts as never seen.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use weir_content::Gives;
use weir_engine::{UploadStep, Uploads};
use weir_model::{EventId, Timestamp};

use crate::enforce::Enforcer;

/// Files remembered of one user.
const REMEMBERED: usize = 2048;
/// How long a file is remembered after it was last spoken of.
const LIFETIME_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Answers that give names are short; what is longer names nothing.
const LONGEST_ANSWER: usize = 64 << 10;

/// The numeric id of a user. Where the system does not tell it, the names alone must do: nobody can guess them.
type User = Option<u32>;

/// All of them.
#[derive(Default)]
pub(crate) struct Uploaded {
    tables: Mutex<HashMap<User, Arc<Uploads>>>,
}

impl Uploaded {
    /// What to judge with.
    pub(crate) fn snapshot(&self, user: User, now: Timestamp) -> Arc<Uploads> {
        let mut tables = self.tables.lock();
        let Some(table) = tables.get_mut(&user) else {
            return Arc::default();
        };
        if table.has_stale(before(now)) {
            Arc::make_mut(table).forget(before(now), REMEMBERED);
        }
        Arc::clone(table)
    }

    /// A step was decided, and its record is durable. What its answer must be read for, where it gives names.
    pub(crate) fn take(
        &self,
        user: User,
        step: UploadStep,
        released: bool,
        event: EventId,
        now: Timestamp,
    ) -> Option<Names> {
        let mut tables = self.tables.lock();
        let table = Arc::make_mut(tables.entry(user).or_default());
        let number = table.take(&step, released, event, now);
        table.forget(before(now), REMEMBERED);
        if table.is_empty() {
            tables.remove(&user);
        }
        let gives = step.gives.clone().filter(|_| released)?;
        Some(Names {
            user,
            number: number?,
            step,
            gives,
            headers: Vec::new(),
            body: Vec::new(),
            done: false,
        })
    }
}

fn before(now: Timestamp) -> Timestamp {
    now.plus_millis(-LIFETIME_MILLIS)
}

/// The answer to a step, read for what the service calls the file.
pub(crate) struct Names {
    user: User,
    number: u64,
    step: UploadStep,
    gives: Arc<Gives>,
    /// Of the answer, lower case: its coding, and those that are asked for.
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    done: bool,
}

impl Names {
    /// The head of the answer.
    pub(crate) fn begin(&mut self, status: u16, headers: &http::HeaderMap, enforcer: &Enforcer) {
        self.done = !(200..300).contains(&status);
        let wanted = self.gives.headers().chain(["content-encoding", "content-type"]);
        let found = wanted.filter_map(|name| Some((name.to_owned(), headers.get(name)?.as_bytes().to_vec())));
        self.headers = found.collect();
        if !self.done {
            self.read(enforcer);
        }
    }

    /// A piece of the body, before the client has it: who is quick to use a name must find it known.
    pub(crate) fn push(&mut self, chunk: &[u8], enforcer: &Enforcer) {
        if self.done {
            return;
        }
        if self.body.len() + chunk.len() > LONGEST_ANSWER {
            self.done = true;
            return;
        }
        self.body.extend_from_slice(chunk);
        self.read(enforcer);
    }

    /// The end of the answer.
    pub(crate) fn finish(&mut self, enforcer: &Enforcer) {
        if !self.done {
            self.read(enforcer);
        }
        self.done = true;
    }

    fn read(&mut self, enforcer: &Enforcer) {
        let headers: Vec<(&str, &[u8])> = self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let names = self.gives.read(&headers, &self.body);
        if names.is_empty() {
            return;
        }
        let names = self.step.digests(&enforcer.fingerprints.load(), &names);
        if let Some(table) = enforcer.uploaded.tables.lock().get_mut(&self.user) {
            Arc::make_mut(table).call(self.number, names);
        }
    }
}
