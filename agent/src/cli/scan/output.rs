//! The forms in which findings are printed.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::ResultLevel;
use weir_engine::InForce;
use weir_model::{Confidence, DataType, Level};

use super::ScanArgs;
use super::finding::{Found, redact};
use crate::cli::CliError;
use crate::cli::inputs::Input;
use crate::cli::report::{Item, Rule, sarif};
use crate::cli::screen::{Screen, Tone};

/// One way to print.
pub(super) trait Form {
    /// What was found in one text.
    fn input(
        &mut self,
        input: &Input,
        shown: &[Found],
        in_force: &InForce,
        screen: &mut Screen,
    ) -> Result<(), CliError>;
    /// After the last text.
    fn finish(&mut self, screen: &mut Screen) -> Result<(), CliError>;
}

/// The form that was asked for.
pub(super) fn form(args: &ScanArgs, _screen: &Screen) -> Result<Box<dyn Form>, CliError> {
    if args.redact {
        let one = args.paths.len() <= 1 && args.paths.first().is_none_or(|path| !path.is_dir());
        return if one {
            Ok(Box::new(Redacted))
        } else {
            Err(CliError::usage("`--redact` takes one text at a time"))
        };
    }
    Ok(match (args.sarif, args.json) {
        (true, _) => Box::new(SarifReport::default()),
        (_, true) => Box::new(JsonLines),
        _ => Box::new(Words::default()),
    })
}

#[derive(Default)]
struct Words {
    inputs: usize,
    /// The file last seen: its pieces are one text.
    last: Option<String>,
    findings: usize,
}

impl Form for Words {
    fn input(&mut self, input: &Input, shown: &[Found], _: &InForce, screen: &mut Screen) -> Result<(), CliError> {
        if self.last.as_ref() != Some(&input.name) {
            self.inputs += 1;
            self.last = Some(input.name.clone());
        }
        self.findings += shown.len();
        for found in shown {
            let data_type = &found.found.data_type;
            let place = match &input.place {
                Some(place) => format!("{}: {place}:", input.name),
                None => format!("{}:{}:{}:", input.name, found.start.0, found.start.1),
            };
            let place = screen.paint(&place, Tone::Strong);
            let level = screen.paint(found.level.as_str(), tone(found.level));
            let why = known(data_type).map_or(String::new(), |info| format!("  {}", info.name));
            let sample = &found.sample;
            screen.line(&format!(
                "{place} {data_type}  {level}, {} confidence  {sample}{why}",
                found.found.confidence
            ))?;
            if let Some(why) = &found.why {
                screen.line(&format!("    known by {why}"))?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, screen: &mut Screen) -> Result<(), CliError> {
        let texts = if self.inputs == 1 {
            "one text".to_owned()
        } else {
            format!("{} texts", self.inputs)
        };
        screen.finish()?;
        screen.note(&match self.findings {
            0 => format!("nothing found in {texts}"),
            1 => format!("one finding in {texts}"),
            more => format!("{more} findings in {texts}"),
        });
        Ok(())
    }
}

struct Redacted;

impl Form for Redacted {
    fn input(
        &mut self,
        input: &Input,
        shown: &[Found],
        in_force: &InForce,
        screen: &mut Screen,
    ) -> Result<(), CliError> {
        if input.place.is_some() {
            return Err(CliError::usage("`--redact` takes text: a document cannot be rewritten"));
        }
        screen.text(&redact(input, shown, in_force))
    }

    fn finish(&mut self, _: &mut Screen) -> Result<(), CliError> {
        Ok(())
    }
}

struct JsonLines;

impl Form for JsonLines {
    fn input(&mut self, input: &Input, shown: &[Found], _: &InForce, screen: &mut Screen) -> Result<(), CliError> {
        for found in shown {
            let mut line = json!({
                "file": input.name,
                "type": found.found.data_type,
                "level": found.level,
                "confidence": found.found.confidence,
                "sample": found.sample,
            });
            if let Some(why) = &found.why {
                line["why"] = json!(why);
            }
            match &input.place {
                Some(place) => line["place"] = json!(place),
                None => {
                    line["line"] = json!(found.start.0);
                    line["column"] = json!(found.start.1);
                    line["end_line"] = json!(found.end.0);
                    line["end_column"] = json!(found.end.1);
                    line["start"] = json!(found.found.span.start);
                    line["end"] = json!(found.found.span.end);
                }
            }
            screen.json(&line)?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Screen) -> Result<(), CliError> {
        Ok(())
    }
}

#[derive(Default)]
struct SarifReport {
    rules: BTreeMap<String, Rule>,
    items: Vec<Item>,
}

impl Form for SarifReport {
    fn input(&mut self, input: &Input, shown: &[Found], _: &InForce, _: &mut Screen) -> Result<(), CliError> {
        for found in shown {
            let data_type = &found.found.data_type;
            let name = known(data_type).map_or_else(|| data_type.to_string(), |info| info.name.to_owned());
            let place = input
                .place
                .as_ref()
                .map(|place| format!(" ({place})"))
                .unwrap_or_default();
            let message = format!("{name}: {}, {} confidence{place}", found.level, found.found.confidence);
            let has_lines = input.place.is_none();
            let id = data_type.to_string();
            self.rules.entry(id.clone()).or_insert_with(|| Rule {
                page: None,
                id: id.clone(),
                text: name,
            });
            self.items.push(Item {
                rule: id,
                level: sarif_level(found.level),
                message,
                file: input.name.clone(),
                start: has_lines.then_some(found.start),
                end: has_lines.then_some(found.end),
            });
        }
        Ok(())
    }

    fn finish(&mut self, screen: &mut Screen) -> Result<(), CliError> {
        let rules: Vec<Rule> = std::mem::take(&mut self.rules).into_values().collect();
        screen.json(&sarif(&rules, &self.items))
    }
}

/// How sure a finding is, as a number: what `--findings-jsonl` calls score.
pub(super) const fn score(confidence: Confidence) -> f64 {
    match confidence {
        Confidence::Low => 0.3,
        Confidence::Medium => 0.7,
        Confidence::High => 0.95,
    }
}

fn known(data_type: &DataType) -> Option<&'static weir_detect::Info> {
    weir_detect::registry().iter().find(|info| info.data_type == *data_type)
}

const fn tone(level: Level) -> Tone {
    match level {
        Level::Public | Level::Internal => Tone::Faint,
        Level::Confidential => Tone::Caution,
        Level::Restricted => Tone::Bad,
    }
}

const fn sarif_level(level: Level) -> ResultLevel {
    match level {
        Level::Public | Level::Internal => ResultLevel::Note,
        Level::Confidential => ResultLevel::Warning,
        Level::Restricted => ResultLevel::Error,
    }
}
