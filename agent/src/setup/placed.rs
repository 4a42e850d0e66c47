//! A file that we write, or keys of ours in one that others keep too. Taking it back restores the exact bytes that stood
//! there; where somebody changed the file since, only what is ours goes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::ledger::{self, Entry, Kept, Ledger, Owner};
use super::merge::{merged, without};
use super::{Commands, State, Step, StepError};

/// What is placed.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// The whole file.
    Whole(Vec<u8>),
    /// Keys in a JSON document. Where there is no file yet, the one of `instead_of` is begun with: programs that read
    /// ours stop reading that one.
    Keys {
        /// The keys and their values.
        ours: Value,
        /// Another file of the machine that ours takes the place of.
        instead_of: Option<PathBuf>,
    },
}

/// The change of one file.
pub(crate) struct Placed {
    pub(crate) ledger: Ledger,
    pub(crate) title: String,
    /// Absolute, as seen from the machine itself.
    pub(crate) path: PathBuf,
    pub(crate) form: Form,
}

impl Step for Placed {
    fn describe(&self) -> String {
        format!("{} ({})", self.title, self.path.display())
    }

    fn verify(&self, _commands: &dyn Commands) -> Result<State, StepError> {
        let Some(_) = self.ledger.entry(&self.path)? else {
            return Ok(State::Absent);
        };
        let holds = match (ledger::read(&self.real())?, &self.form) {
            (None, _) => false,
            (Some(content), Form::Whole(wanted)) => content == *wanted,
            (Some(content), Form::Keys { ours, .. }) => {
                let document = self.parse(&content)?;
                merged(&document, ours) == document
            }
        };
        Ok(State::of_halves(true, holds))
    }

    fn apply(&self, _commands: &dyn Commands) -> Result<(), StepError> {
        let real = self.real();
        let current = ledger::read(&real)?;
        let entry = match self.ledger.entry(&self.path)? {
            Some(entry) => entry,
            None => self.first(current.as_deref()),
        };
        let content = self.content(&entry, current.as_deref())?;
        let mut written = entry.written.clone();
        written.push(ledger::sha256(&content));
        let surplus = written.len().saturating_sub(2);
        let entry = Entry {
            title: self.title.clone(),
            ours: match &self.form {
                Form::Whole(_) => None,
                Form::Keys { ours, .. } => Some(ours.clone()),
            },
            written: written.split_off(surplus),
            ..entry
        };
        // First the note, then the change: whatever breaks between, the way back is known.
        self.ledger.keep(&entry)?;
        for dir in &entry.made {
            let dir = self.ledger.real(dir);
            make_readable(&dir).map_err(|source| ledger::failed("make", &dir, source))?;
        }
        let owner = entry.before.as_ref().and_then(|before| before.owner);
        ledger::write(&real, &content, owner)
    }

    fn undo(&self, _commands: &dyn Commands) -> Result<(), StepError> {
        match self.ledger.entry(&self.path)? {
            Some(entry) => take_back(&self.ledger, &entry),
            None => Ok(()),
        }
    }
}

impl Placed {
    fn real(&self) -> PathBuf {
        followed(&self.ledger, &self.path)
    }

    fn parse(&self, content: &[u8]) -> Result<Value, StepError> {
        parse(&self.path, content)
    }

    /// The note of a file that was not touched yet.
    fn first(&self, current: Option<&[u8]>) -> Entry {
        let before = current.map(|content| Kept::new(content, Owner::of(&self.real())));
        let mut made: Vec<PathBuf> = self
            .path
            .ancestors()
            .skip(1)
            .take_while(|dir| !self.ledger.real(dir).exists())
            .map(Path::to_owned)
            .collect();
        made.reverse();
        Entry {
            title: self.title.clone(),
            path: self.path.clone(),
            before,
            made,
            written: Vec::new(),
            ours: None,
        }
    }

    fn content(&self, entry: &Entry, current: Option<&[u8]>) -> Result<Vec<u8>, StepError> {
        match &self.form {
            Form::Whole(content) => {
                if current.is_some_and(|current| is_foreign(entry, current)) {
                    return Err(StepError::Changed(self.path.clone()));
                }
                Ok(content.clone())
            }
            Form::Keys { ours, instead_of } => {
                let base = match current {
                    Some(current) => self.without_ours(entry, current)?,
                    None => self.beginning(instead_of.as_deref())?,
                };
                Ok(pretty(&merged(&base, ours)))
            }
        }
    }

    fn without_ours(&self, entry: &Entry, current: &[u8]) -> Result<Value, StepError> {
        let document = self.parse(current)?;
        match &entry.ours {
            Some(ours) => Ok(without(&document, ours, &before(entry)?)),
            None => Ok(document),
        }
    }

    fn beginning(&self, instead_of: Option<&Path>) -> Result<Value, StepError> {
        let Some(other) = instead_of else { return Ok(json!({})) };
        match ledger::read(&self.ledger.real(other))? {
            Some(content) => parse(other, &content),
            None => Ok(json!({})),
        }
    }
}

/// A change that is only known from the ledger: to take back what an earlier version made.
pub(super) struct Remembered {
    pub(crate) ledger: Ledger,
    pub(super) entry: Entry,
}

impl Step for Remembered {
    fn describe(&self) -> String {
        format!("{} ({})", self.entry.title, self.entry.path.display())
    }

    fn verify(&self, _commands: &dyn Commands) -> Result<State, StepError> {
        let known = self.ledger.entry(&self.entry.path)?.is_some();
        Ok(if known { State::Present } else { State::Absent })
    }

    fn apply(&self, _commands: &dyn Commands) -> Result<(), StepError> {
        Ok(())
    }

    /// As the ledger has it now: a file that was taken back before may have left its directories to this one.
    fn undo(&self, _commands: &dyn Commands) -> Result<(), StepError> {
        match self.ledger.entry(&self.entry.path)? {
            Some(entry) => take_back(&self.ledger, &entry),
            None => Ok(()),
        }
    }
}

fn take_back(ledger: &Ledger, entry: &Entry) -> Result<(), StepError> {
    let real = followed(ledger, &entry.path);
    match ledger::read(&real)? {
        Some(current) if is_foreign(entry, &current) => {
            let Some(ours) = &entry.ours else {
                return Err(StepError::Changed(entry.path.clone()));
            };
            let left = without(&parse(&entry.path, &current)?, ours, &before(entry)?);
            if entry.before.is_none() && left.as_object().is_some_and(serde_json::Map::is_empty) {
                ledger::remove(&real)?;
            } else {
                ledger::write(&real, &pretty(&left), Owner::of(&real))?;
            }
        }
        // Somebody has taken the whole file away: that is respected.
        None if entry.before.is_some() => {}
        _ => match &entry.before {
            Some(kept) => ledger::write(&real, &kept.content(), kept.owner)?,
            None => ledger::remove(&real)?,
        },
    }
    ledger.forget(&entry.path)?;
    remove_dirs(ledger, &entry.made)
}

/// Removes directories that were made for a file. One that another file of ours still lies in is that one's to remove; one in
/// which others have put something stays.
fn remove_dirs(ledger: &Ledger, made: &[PathBuf]) -> Result<(), StepError> {
    let mut others = ledger.entries()?;
    for dir in made.iter().rev() {
        match others.iter_mut().find(|other| other.path.starts_with(dir)) {
            Some(heir) => {
                heir.made.insert(0, dir.clone());
                ledger.keep(heir)?;
            }
            None => {
                let _ = fs::remove_dir(ledger.real(dir));
            }
        }
    }
    Ok(())
}

/// Neither what was there before nor what was written by us.
fn is_foreign(entry: &Entry, current: &[u8]) -> bool {
    let is_before = entry.before.as_ref().is_some_and(|before| before.content() == current);
    !is_before && !entry.written.contains(&ledger::sha256(current))
}

fn before(entry: &Entry) -> Result<Value, StepError> {
    match &entry.before {
        Some(kept) => parse(&entry.path, &kept.content()),
        None => Ok(json!({})),
    }
}

/// The file itself where the path is a link: a link is not replaced by a file.
fn followed(ledger: &Ledger, path: &Path) -> PathBuf {
    let real = ledger.real(path);
    fs::canonicalize(&real).unwrap_or(real)
}

fn parse(path: &Path, content: &[u8]) -> Result<Value, StepError> {
    if content.iter().all(u8::is_ascii_whitespace) {
        return Ok(json!({}));
    }
    serde_json::from_slice(content).map_err(|source| StepError::NotJson {
        path: path.to_owned(),
        source,
    })
}

fn pretty(document: &Value) -> Vec<u8> {
    // A JSON value can always be written.
    let mut text = serde_json::to_vec_pretty(document).unwrap_or_default();
    text.push(b'\n');
    text
}

/// Readable for everyone, whatever the umask: programs of all users look into it.
fn make_readable(dir: &Path) -> std::io::Result<()> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Form, Placed, Remembered};
    use crate::setup::ledger::Ledger;
    use crate::setup::{Done, State, Step, StepError, System, install, uninstall};
    use serde_json::{Value, json};
    use std::fs;
    use std::path::{Path, PathBuf};

    struct Image(tempfile::TempDir);

    impl Image {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn ledger(&self) -> Ledger {
            Ledger::new(self.0.path().join("ledger"), self.0.path().join("root"))
        }

        fn step(&self, form: Form) -> Placed {
            Placed {
                ledger: self.ledger(),
                title: "settings".into(),
                path: PathBuf::from("/etc/app/policies/p.json"),
                form,
            }
        }

        fn keys(&self, ours: Value) -> Placed {
            self.step(Form::Keys { ours, instead_of: None })
        }

        fn file(&self) -> PathBuf {
            self.0.path().join("root/etc/app/policies/p.json")
        }

        fn write(&self, text: &str) {
            fs::create_dir_all(self.file().parent().unwrap()).unwrap();
            fs::write(self.file(), text).unwrap();
        }

        fn text(&self) -> String {
            fs::read_to_string(self.file()).unwrap()
        }

        fn exists(&self, path: &str) -> bool {
            self.0.path().join(path).exists()
        }
    }

    fn changed(done: Result<Done, StepError>) {
        assert!(matches!(done.unwrap(), Done::Changed));
    }

    #[test]
    fn a_new_file_and_its_directories_go_again() {
        let image = Image::new();
        fs::create_dir_all(image.0.path().join("root/etc")).unwrap();
        let step = image.step(Form::Whole(b"one".to_vec()));
        assert_eq!(step.verify(&System).unwrap(), State::Absent);
        changed(install(&step, &System));
        assert_eq!(image.text(), "one");
        assert!(matches!(install(&step, &System).unwrap(), Done::Already));
        changed(install(&image.step(Form::Whole(b"two".to_vec())), &System));
        changed(uninstall(&step, &System));
        assert!(image.exists("root/etc") && !image.exists("root/etc/app") && !image.exists("ledger"));
        assert!(matches!(uninstall(&step, &System).unwrap(), Done::Already));
    }

    #[test]
    fn directories_that_two_files_share_go_with_the_last_one() {
        let image = Image::new();
        fs::create_dir_all(image.0.path().join("root/etc")).unwrap();
        let first = image.step(Form::Whole(b"one".to_vec()));
        let second = Placed {
            path: "/etc/app/other/q.json".into(),
            ..image.step(Form::Whole(b"two".to_vec()))
        };
        changed(install(&first, &System));
        changed(install(&second, &System));
        changed(uninstall(&first, &System));
        assert!(image.exists("root/etc/app/other/q.json") && !image.exists("root/etc/app/policies"));
        changed(uninstall(&second, &System));
        assert!(image.exists("root/etc") && !image.exists("root/etc/app"));
    }

    #[test]
    fn the_exact_bytes_come_back() {
        let image = Image::new();
        let theirs = "{ \"b\" : 1,\n   \"a\": [ 2 ] }";
        image.write(theirs);
        let step = image.keys(json!({"a": [3], "c": true}));
        changed(install(&step, &System));
        let with: Value = serde_json::from_str(&image.text()).unwrap();
        assert_eq!(with, json!({"a": [2, 3], "b": 1, "c": true}));
        changed(install(&image.keys(json!({"a": [4]})), &System));
        let with: Value = serde_json::from_str(&image.text()).unwrap();
        assert_eq!(
            with,
            json!({"a": [2, 4], "b": 1}),
            "a newer version takes its older keys out"
        );
        changed(uninstall(&step, &System));
        assert_eq!(image.text(), theirs);
    }

    #[test]
    fn what_others_added_since_stays() {
        let image = Image::new();
        let step = image.keys(json!({"c": true}));
        changed(install(&step, &System));
        image.write(r#"{"c": true, "theirs": 1}"#);
        assert_eq!(step.verify(&System).unwrap(), State::Present);
        changed(uninstall(&step, &System));
        assert_eq!(
            serde_json::from_str::<Value>(&image.text()).unwrap(),
            json!({"theirs": 1})
        );
    }

    #[test]
    fn a_whole_file_that_others_changed_is_left_and_named() {
        let image = Image::new();
        let step = image.step(Form::Whole(b"ours".to_vec()));
        changed(install(&step, &System));
        image.write("theirs");
        assert!(matches!(uninstall(&step, &System), Err(StepError::Changed(path)) if path.ends_with("p.json")));
        assert!(matches!(install(&step, &System), Err(StepError::Changed(_))));
        assert_eq!(image.text(), "theirs");
    }

    #[test]
    fn a_file_that_is_no_json_is_left_alone() {
        let image = Image::new();
        image.write("{ not json");
        let step = image.keys(json!({"c": true}));
        assert!(matches!(install(&step, &System), Err(StepError::NotJson { .. })));
        assert_eq!(image.text(), "{ not json");
        assert!(!image.exists("ledger"));
    }

    #[test]
    fn a_file_that_ours_takes_the_place_of_is_not_lost() {
        let image = Image::new();
        let other = image.0.path().join("root/usr/policies.json");
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        fs::write(&other, r#"{"policies": {"theirs": 1}}"#).unwrap();
        let step = image.step(Form::Keys {
            ours: json!({"policies": {"ours": 2}}),
            instead_of: Some("/usr/policies.json".into()),
        });
        changed(install(&step, &System));
        let with: Value = serde_json::from_str(&image.text()).unwrap();
        assert_eq!(with, json!({"policies": {"theirs": 1, "ours": 2}}));
        changed(uninstall(&step, &System));
        assert!(!image.file().exists());
    }

    #[test]
    fn a_crash_between_the_note_and_the_file_can_be_taken_back() {
        let image = Image::new();
        image.write("before");
        let step = image.step(Form::Whole(b"ours".to_vec()));
        changed(install(&step, &System));
        fs::write(image.file(), "before").unwrap();
        assert_eq!(step.verify(&System).unwrap(), State::Partial);
        changed(uninstall(&step, &System));
        assert_eq!(image.text(), "before");
    }

    #[test]
    fn what_only_the_ledger_knows_is_taken_back_too() {
        let image = Image::new();
        changed(install(
            &image.step(Form::Whole(b"of an earlier version".to_vec())),
            &System,
        ));
        let ledger = image.ledger();
        for entry in ledger.entries().unwrap() {
            changed(uninstall(
                &Remembered {
                    ledger: ledger.clone(),
                    entry,
                },
                &System,
            ));
        }
        assert!(!image.file().exists() && ledger.entries().unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_rights_stay_as_they_were() {
        use std::os::unix::fs::PermissionsExt;
        let image = Image::new();
        let target = image.0.path().join("target.json");
        fs::write(&target, "{}").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        fs::create_dir_all(image.file().parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&target, image.file()).unwrap();
        let step = image.keys(json!({"c": true}));
        changed(install(&step, &System));
        assert!(fs::read_link(image.file()).is_ok());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&target), 0o640);
        changed(uninstall(&step, &System));
        assert_eq!(fs::read_to_string(&target).unwrap(), "{}");
        assert_eq!(mode(&target), 0o640);
    }
}
