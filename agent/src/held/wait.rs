//! One message, from the record that it waits to its end.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use weir_audit::{Disposition, HeldEnd, HeldStage};
use weir_content::Carrier;
use weir_engine::{Held, held, is_plain, reworded};
use weir_fleet::ExceptionRequest;
use weir_model::{EventId, Kind, Sensitive};
use weir_policy::Holds;
use weir_proxy::{Body, Received, RequestHead, Ruling};

use super::repeats::{Key, Seen};
use super::shown;
use super::table::{Begun, Choice, Chosing, Room, Waiting, destination_of};
use crate::clock;
use crate::enforce::{Enforcer, Judged, Sender};
use crate::gate::see;

/// The proxy ends a connection on which nothing was said for ten minutes; the answer must come before.
const LONGEST: Duration = Duration::from_secs(595);
/// Letters of a reason.
const LONGEST_REASON: usize = 500;

/// Rules on a message: at once, or after the employee has said what becomes of it. Dropped unfinished when the client goes
/// away; nothing has left then.
pub(crate) async fn hold(enforcer: &Arc<Enforcer>, request: &Received, sender: &Sender, judged: Judged) -> Ruling {
    let Some((owner, room)) = room(enforcer, request, sender, &judged) else {
        return enforcer.enforce(judged).await;
    };
    match Wait::begin(enforcer, request, sender, judged, owner, room).await {
        Ok(wait) => wait.run().await,
        Err(ruling) => ruling,
    }
}

/// Room for the message, where it may wait and somebody may decide.
fn room(enforcer: &Arc<Enforcer>, request: &Received, sender: &Sender, judged: &Judged) -> Option<(u32, Room)> {
    let verdict = judged.verdict();
    let holds = judged.policy().holds();
    let can_wait = request.complete && request.head.upgrade().is_none();
    let is_said = matches!(verdict.kind, Kind::Prompt | Kind::Regenerate);
    if judged.is_released()
        || !verdict.is_message
        || !can_wait
        || !is_said
        || !holds.channels.contains(&verdict.channel)
    {
        return None;
    }
    // Whose it is decides who may see it. What nobody can name waits for nobody.
    let owner = sender.id?;
    // The message, what goes in its place, and what is shown of it.
    let bytes = request.body.len().saturating_mul(3);
    Some((owner, enforcer.waiting.reserve(owner, bytes, holds)?))
}

struct Wait<'a> {
    enforcer: &'a Arc<Enforcer>,
    request: &'a Received,
    sender: &'a Sender,
    judged: Judged,
    cleaned: Option<Bytes>,
    chosen: mpsc::Receiver<Chosing>,
    until: tokio::time::Instant,
    /// What the same words are known by, and how often they came.
    repeated: (Key, Seen),
    end: End,
    _room: Room,
}

/// Ends the wait in the table and in the log, however it ends.
struct End {
    enforcer: Arc<Enforcer>,
    waiting: Arc<Waiting>,
    id: EventId,
    by: HeldEnd,
    /// How the log is told, where no record has told it yet.
    record: Option<Box<weir_audit::DecisionRecord>>,
}

impl<'a> Wait<'a> {
    async fn begin(
        enforcer: &'a Arc<Enforcer>,
        request: &'a Received,
        sender: &'a Sender,
        mut judged: Judged,
        owner: u32,
        room: Room,
    ) -> Result<Wait<'a>, Ruling> {
        let Held {
            pieces,
            cleaned,
            editable,
        } = tokio::task::block_in_place(|| {
            enforcer.look(&request.head, &request.body, sender, judged.in_force(), |message| {
                held(message, judged.in_force(), &judged.verdict().decision)
            })
        });
        // What stands in the address stays: the page would not be the one that was asked for.
        let cleaned = cleaned.filter(|edited| edited.body.is_some() && edited.path_and_query.is_none());
        let shown = Held {
            pieces: Vec::new(),
            cleaned,
            editable,
        };
        judged.waits();
        enforcer.recorded(&judged).await?;
        let now = clock::now();
        let time = time(judged.policy().holds());
        let until = now.plus_millis(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        let verdict = judged.verdict();
        let key = Key::new(owner, &verdict.digest, &verdict.destination);
        let seen = enforcer.waiting.repeats.seen(&key, verdict.event, now);
        let is_enrolled = enforcer.exceptions.are_given();
        let message = shown::message(verdict, &shown, is_enrolled, &seen, (now, until));
        let id = message.id;
        let chosen = enforcer.waiting.begin(Begun {
            owner,
            pieces,
            asking: asking(&judged, sender),
            message,
        });
        tracing::info!(event = %id, "a message waits for the employee");
        Ok(Self {
            end: End {
                enforcer: Arc::clone(enforcer),
                waiting: Arc::clone(&enforcer.waiting),
                id,
                by: HeldEnd::HungUp,
                record: judged.decision_record(),
            },
            enforcer,
            request,
            sender,
            cleaned: shown.cleaned.and_then(|edited| edited.body).map(Bytes::from),
            judged,
            chosen,
            until: tokio::time::Instant::now() + time,
            repeated: (key, seen),
            _room: room,
        })
    }

    /// Until it goes, or is refused.
    async fn run(mut self) -> Ruling {
        // What the person has said of the same words holds; where it cannot be done again, they are asked.
        if self.repeated.1.clean
            && let Ok((_, ruling)) = self.release(Choice::Clean { again: true }).await
        {
            return ruling;
        }
        self.end.waiting.announce(self.end.id);
        loop {
            let (choice, answer) = tokio::select! {
                Some(chosen) = self.chosen.recv() => chosen,
                () = tokio::time::sleep_until(self.until) => return self.refuse(HeldEnd::TimedOut).await,
                () = self.end.waiting.stopped() => return self.refuse(HeldEnd::Stopped).await,
            };
            if matches!(choice, Choice::Drop) {
                let ruling = self.refuse(HeldEnd::Dropped).await;
                // Who chose may have gone.
                let _ = answer.send(Ok(self.end.id));
                return ruling;
            }
            match self.release(choice).await {
                Ok((event, ruling)) => {
                    let _ = answer.send(Ok(event));
                    return ruling;
                }
                Err(why) => {
                    let _ = answer.send(Err(why));
                }
            }
        }
    }

    /// Has it go, if it may go so.
    async fn release(&mut self, choice: Choice) -> Result<(EventId, Ruling), String> {
        let again = matches!(choice, Choice::Clean { again: true });
        let way = self.way(choice)?;
        let body = way.body.as_ref().unwrap_or(&self.request.body);
        let mut judged = tokio::task::block_in_place(|| {
            see(&self.request.head, body, Carrier::Http, |view| {
                self.enforcer
                    .judge_again(view, self.sender, way.by == HeldEnd::Justified)
            })
        });
        let (event, releases) = (judged.event(), judged.is_released());
        let excepted = judged.verdict().decision.is_excepted();
        if way.by == HeldEnd::Excepted && !excepted {
            return Err("no exception for it is here, or its policy does not go by it".to_owned());
        }
        judged.goes_on(
            HeldStage {
                event: self.end.id,
                by: way.by,
                reason: way.reason,
            },
            way.body.is_some(),
        );
        let why = judged.why();
        let ruling = self.enforcer.enforce(judged).await;
        match (releases, ruling) {
            (true, Ruling::Forward(mut forward)) => {
                if let (Body::Unchanged, Some(body)) = (&forward.body, way.body) {
                    forward.body = Body::Replaced(body);
                }
                self.end.done(way.by);
                if again {
                    self.end.waiting.repeats.clean(&self.repeated.0);
                }
                Ok((event, Ruling::Forward(forward)))
            }
            (true, _) => Err("it could not be recorded, so it was not sent".to_owned()),
            (false, _) => Err(format!("so it must not leave either: {why}")),
        }
    }

    /// What would go, and why.
    fn way(&self, choice: Choice) -> Result<Way, String> {
        let as_it_is = |by, reason| Way { by, body: None, reason };
        Ok(match choice {
            Choice::Clean { .. } => Way {
                by: HeldEnd::Cleaned,
                body: Some(
                    self.cleaned
                        .clone()
                        .ok_or("what must not leave cannot be taken out of it")?,
                ),
                reason: None,
            },
            Choice::Edit(words) => Way {
                by: HeldEnd::Edited,
                body: Some(self.reworded(&words).ok_or("it cannot be sent in other words")?),
                reason: None,
            },
            Choice::Justify(_) if !self.judged.verdict().decision.asks_for_justification() => {
                return Err("policy does not leave it to you: ask for an exception".to_owned());
            }
            Choice::Justify(reason) => as_it_is(
                HeldEnd::Justified,
                Some(checked_reason(&reason, self.judged.in_force())?),
            ),
            Choice::Except => as_it_is(HeldEnd::Excepted, None),
            Choice::Drop => return Err("it is taken back".to_owned()),
        })
    }

    fn reworded(&self, words: &Sensitive<String>) -> Option<Bytes> {
        let (head, body): (&RequestHead, &Bytes) = (&self.request.head, &self.request.body);
        let edited = tokio::task::block_in_place(|| {
            let in_force = self.judged.in_force();
            self.enforcer.look(head, body, self.sender, in_force, |message| {
                reworded(message, in_force, words.expose())
            })
        })?;
        edited.body.filter(|_| edited.path_and_query.is_none()).map(Bytes::from)
    }

    /// It does not go; the client is told as it would have been at once.
    async fn refuse(&mut self, by: HeldEnd) -> Ruling {
        self.end.by = by;
        let answer = self.judged.refusal();
        if let Some(mut record) = self.end.record.take() {
            record.response_status = Some(answer.status);
            self.end.append(record).await;
        }
        Ruling::Answer(answer)
    }
}

struct Way {
    by: HeldEnd,
    /// What goes in its place; `None`: it goes as it is.
    body: Option<Bytes>,
    reason: Option<String>,
}

/// A reason that may be kept and read by others.
pub(crate) fn checked_reason(reason: &str, in_force: &weir_engine::InForce) -> Result<String, String> {
    let reason = reason.trim();
    match reason.chars().count() {
        0..3 => Err("say in a few words why".to_owned()),
        3..=LONGEST_REASON if is_plain(reason, in_force) => Ok(reason.to_owned()),
        3..=LONGEST_REASON => Err("the reason has data in it, and others read it: say it without".to_owned()),
        _ => Err(format!("a reason has at most {LONGEST_REASON} letters")),
    }
}

fn time(holds: &Holds) -> Duration {
    Duration::from_secs(u64::from(holds.minutes) * 60).min(LONGEST)
}

/// What would be asked for, without the reason.
fn asking(judged: &Judged, sender: &Sender) -> Option<ExceptionRequest> {
    let verdict = judged.verdict();
    let (rules, terms) = verdict.exception_for.clone()?;
    Some(ExceptionRequest {
        event: verdict.event,
        user: sender.user.clone()?,
        destination: destination_of(&verdict.destination),
        level: verdict.level,
        data_types: verdict
            .findings
            .iter()
            .map(|finding| finding.data_type.clone())
            .collect(),
        rules,
        terms,
        digest: verdict.digest.clone(),
        reason: String::new(),
    })
}

impl End {
    /// A record has told it.
    fn done(&mut self, by: HeldEnd) {
        self.by = by;
        self.record = None;
    }

    /// The second record of the message: how its wait ended.
    async fn append(&self, record: Box<weir_audit::DecisionRecord>) {
        let (send, appended) = tokio::sync::oneshot::channel();
        self.enforcer.append_end(self.finished(record), move || {
            let _ = send.send(());
        });
        // Nothing leaves: the answer does not depend on what the disk says, and waits for it all the same.
        let _ = appended.await;
    }

    fn finished(&self, mut record: Box<weir_audit::DecisionRecord>) -> Box<weir_audit::DecisionRecord> {
        record.disposition = match self.by {
            HeldEnd::TimedOut | HeldEnd::Stopped => Disposition::Blocked,
            _ => Disposition::Withdrawn,
        };
        record.held = Some(HeldStage {
            event: self.id,
            by: self.by,
            reason: None,
        });
        record
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if let Some(record) = self.record.take() {
            // The client went away.
            let record = self.finished(record);
            self.enforcer.append_end(record, || {});
        }
        self.waiting.end(self.id, self.by);
    }
}
