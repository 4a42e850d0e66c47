use super::Desk;
use crate::cli::shown::{self, time};
use crate::cli::when::ago;
use crate::cli::{Failure, Limit};
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use weir_model::{EventId, Timestamp};
use weir_server::api::{DraftShown, DryRunShown, RevisionFull};
use weir_server::clock;
use weir_server::drafts::{self, Checks, Saving, Texts, Trial};

#[derive(Args)]
pub(crate) struct Drafts {
    /// Closed ones as well
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    limit: Limit,
}

impl Drafts {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let drafts = desk.repo.drafts(self.all, self.limit.limit).await?;
        let drafts: Vec<DraftShown> = drafts.into_iter().map(DraftShown::from).collect();
        show(desk, &drafts)
    }
}

pub(super) fn show(desk: &Desk<'_>, drafts: &[DraftShown]) -> Result<(), Failure> {
    let head = ["ID", "NAME", "AUTHOR", "REVISION", "BEGUN (UTC)", ""];
    shown::rows(desk.output.json, &head, drafts, |draft| {
        vec![
            draft.id.to_string(),
            draft.name.clone(),
            draft.author.clone(),
            draft.newest.to_string(),
            time(Timestamp::from_millis(draft.created)),
            draft.closed.map_or_else(String::new, |_| "closed".to_owned()),
        ]
    })?;
    Ok(())
}

#[derive(Args)]
pub(crate) struct Begin {
    /// Its name: a to z, 0 to 9 and `-`
    name: String,
    /// The published bundle it begins with; 0: a pack that extends the one that is built in
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    base: u64,
}

impl Begin {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let draft = drafts::create(&*desk.repo, desk.by(), &self.name, self.base, clock::now()).await?;
        desk.vouch().await?;
        show(desk, &[draft.into()])
    }
}

#[derive(Args)]
pub(crate) struct Save {
    /// The draft
    draft: EventId,
    /// Packs, sheets and rules; each takes the place of the one with its file name
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The pack that is to be in force, by its name [default: as before]
    #[arg(long, value_name = "NAME")]
    pack: Option<String>,
    /// Leave out what the revision before had under this name (repeatable)
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
    /// The bundle it is compared with [default: as before]
    #[arg(long, value_name = "NUMBER")]
    base: Option<u64>,
    /// The bundle whose catalogue and files it takes; 0: the server's own [default: as before]
    #[arg(long, value_name = "NUMBER")]
    catalogue: Option<u64>,
    /// What was changed
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

impl Save {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let draft = desk.repo.draft(self.draft).await?.ok_or("there is no such draft")?;
        let before = desk.repo.revision(draft.id, draft.newest).await?;
        let before = before.ok_or("there is no such revision")?;
        let mut packs: BTreeMap<String, String> = before.texts.packs;
        packs.retain(|name, _| !self.without.contains(name));
        for file in &self.files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(file).map_err(|error| format!("`{}`: {error}", file.display()))?;
            packs.insert(name, text);
        }
        let saving = Saving {
            draft: draft.id,
            previous: draft.newest,
            note: self.note,
            base: self.base.unwrap_or(before.head.base),
            catalogue: self.catalogue.unwrap_or(before.head.catalogue),
            texts: Texts {
                pack: self.pack.unwrap_or(before.texts.pack),
                packs,
            },
        };
        let (head, check) = drafts::save(&*desk.repo, desk.by(), saving, clock::now()).await?;
        desk.vouch().await?;
        answered(desk, &check).await?;
        print_revision(desk, draft.id, head.number).await
    }
}

/// Waits until it is answered: by a running server, or else here.
async fn answered(desk: &Desk<'_>, trial: &Trial) -> Result<Trial, Failure> {
    loop {
        let known = desk.repo.trial(trial.id).await?.ok_or("it is not asked any more")?;
        if known.done.is_some() {
            return Ok(known);
        }
        if !drafts::step(&*desk.repo, &desk.apart, clock::now()).await? {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

#[derive(Args)]
pub(crate) struct Show {
    /// The draft
    draft: EventId,
    /// Which revision [default: the newest]
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u32>,
}

impl Show {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let number = newest(desk, self.draft, self.revision).await?;
        print_revision(desk, self.draft, number).await
    }
}

pub(super) async fn newest(desk: &Desk<'_>, draft: EventId, revision: Option<u32>) -> Result<u32, Failure> {
    let draft = desk.repo.draft(draft).await?.ok_or("there is no such draft")?;
    Ok(revision.unwrap_or(draft.newest))
}

async fn print_revision(desk: &Desk<'_>, draft: EventId, number: u32) -> Result<(), Failure> {
    let revision = desk.repo.revision(draft, number).await?;
    let revision = revision.ok_or("there is no such revision")?;
    let outcome = drafts::check_of(&*desk.repo, draft, number).await?;
    let full = RevisionFull::of(revision, outcome);
    if desk.output.json {
        println!("{}", serde_json::to_string(&full)?);
        return Ok(());
    }
    let head = &full.revision;
    println!(
        "revision {} by {}, {}: {}",
        head.number,
        head.author,
        time(Timestamp::from_millis(head.saved)),
        head.note
    );
    println!("packs: {}", full.packs.keys().cloned().collect::<Vec<_>>().join(", "));
    match (&full.checks, &full.failed) {
        (Some(checks), _) => print_checks(checks, head.base),
        (None, Some(why)) => println!("not checked: {why}"),
        (None, None) => println!("not checked yet"),
    }
    Ok(())
}

fn print_checks(checks: &Checks, base: u64) {
    for found in &checks.diagnostics {
        let severity = match found.severity {
            drafts::Severity::Warning => "warning",
            drafts::Severity::Error => "error",
        };
        let (file, line, column) = (&found.file, found.line, found.column);
        println!("{file}:{line}:{column}: {severity}[{}]: {}", found.code, found.message);
        if let Some(help) = &found.help {
            println!("  help: {help}");
        }
    }
    for test in checks.tests.iter().filter(|test| !test.failures.is_empty()) {
        println!("{}:{}: {} FAILED", test.file, test.line, test.name);
        for failure in &test.failures {
            println!(
                "  {}: expected {}, found {}",
                failure.what, failure.expected, failure.found
            );
        }
    }
    let failed = checks.tests.iter().filter(|test| !test.failures.is_empty()).count();
    println!("tests: {} passed, {failed} failed", checks.tests.len() - failed);
    if let Some(mutation) = &checks.mutation {
        for survivor in &mutation.survivors {
            println!("line {}: survived: {}", survivor.line, survivor.text);
        }
        let survived = mutation.survivors.len() as u64;
        println!(
            "weaker packs noticed by the tests: {} of {}",
            mutation.mutants.saturating_sub(survived),
            mutation.mutants
        );
    }
    if let Some(comparison) = &checks.comparison {
        println!("against bundle {base}: {}", comparison.class.as_str());
        if let Some(first) = &comparison.loosens {
            println!("  gets further: {first}");
        }
        for change in &comparison.changes {
            println!("  {}", change.text);
        }
    }
    println!(
        "{}",
        match checks.runs {
            true => "a device would run it",
            false => "no device would run it",
        }
    );
}

#[derive(Args)]
pub(crate) struct Close {
    /// The draft
    draft: EventId,
}

impl Close {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        if !drafts::close(&*desk.repo, &desk.actor, self.draft, clock::now()).await? {
            return Err("there is no such draft, or it was closed before".into());
        }
        desk.vouch().await?;
        let draft = desk.repo.draft(self.draft).await?.map(DraftShown::from);
        Ok(shown::done(desk.output.json, &draft)?)
    }
}

#[derive(Args)]
pub(crate) struct DryRun {
    /// The draft
    draft: EventId,
    /// Which revision [default: the newest]
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u32>,
    /// Records that are not older: `7d`, or a date [default: all]
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Timestamp>,
}

fn since(text: &str) -> Result<Timestamp, String> {
    ago(text, clock::now())
}

impl DryRun {
    pub(super) async fn run(self, desk: &Desk<'_>) -> Result<(), Failure> {
        let number = newest(desk, self.draft, self.revision).await?;
        let asked = (self.draft, number);
        let trial = drafts::dry_run(&*desk.repo, desk.by(), asked, self.since, clock::now()).await?;
        desk.vouch().await?;
        let shown = DryRunShown::try_from(answered(desk, &trial).await?)?;
        if desk.output.json {
            println!("{}", serde_json::to_string(&shown)?);
            return Ok(());
        }
        let Some(result) = shown.result else {
            return Err(shown.failed.unwrap_or_default().into());
        };
        for moved in &result.by_action {
            println!("{} becomes {}: {}", moved.before, moved.after, moved.count);
        }
        for (rule, shift) in &result.by_rule {
            println!(
                "  {rule}: stricter {}, weaker {}, otherwise {}",
                shift.stricter, shift.weaker, shift.other
            );
        }
        for (why, count) in &result.not_replayed {
            println!("not replayed, {why}: {count}");
        }
        println!(
            "decisions: {}, the same: {}, changed: {}, unreadable: {}",
            result.decisions, result.same, result.changed, result.unreadable
        );
        Ok(())
    }
}
