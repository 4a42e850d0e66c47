//! Sensitivity labels as Microsoft Purview writes them into files and mails.
//!
//! The same facts come as custom properties of office files (`MSIP_Label_<guid>_Enabled` and so on), as entries of a PDF's
//! information dictionary and XMP, as one header line of an e-mail, and as `docMetadata/LabelInfo.xml`. Readers hand over
//! pairs of name and value; which of them make a label in force is decided here.

use std::collections::BTreeMap;
use weir_model::Sensitive;

const PREFIX: &str = "MSIP_Label_";

/// Labels looked at in one file.
const MAX_LABELS: usize = 64;

/// A label in force on a file.
pub struct Label {
    /// Which label: stable, and chosen by the organisation.
    pub id: Guid,
    /// What its organisation calls it. Text from the file, so not printable.
    pub name: Option<Sensitive<String>>,
    /// Whose label it is: the tenant.
    pub site: Option<Guid>,
}

/// 32 hexadecimal digits in five groups, lower case. Checked, so that it may be recorded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(String);

impl Guid {
    /// Reads `8c1e…-…` with or without braces.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('{').trim_end_matches('}');
        let groups: Vec<&str> = text.split('-').collect();
        let sizes = [8, 4, 4, 4, 12];
        let right = groups.len() == sizes.len()
            && groups
                .iter()
                .zip(sizes)
                .all(|(group, size)| group.len() == size && group.bytes().all(|byte| byte.is_ascii_hexdigit()));
        right.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The lower-case text without braces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What has been said about labels so far.
#[derive(Default)]
pub(crate) struct LabelFacts(BTreeMap<Guid, Facts>);

#[derive(Default)]
struct Facts {
    enabled: bool,
    name: Option<String>,
    site: Option<Guid>,
}

impl LabelFacts {
    /// A property of any name; others than labels' are passed over.
    pub(crate) fn property(&mut self, name: &str, value: &str) {
        let Some(rest) = name.trim().strip_prefix(PREFIX) else {
            if name.trim().eq_ignore_ascii_case("msip_labels") {
                self.list(value);
            }
            return;
        };
        let Some((id, field)) = rest.split_once('_') else {
            return;
        };
        let Some(facts) = Guid::parse(id).and_then(|id| self.facts(id)) else {
            return;
        };
        let value = value.trim();
        match field {
            "Enabled" => facts.enabled = is_true(value),
            "Name" if !value.is_empty() => facts.name = Some(value.to_owned()),
            "SiteId" => facts.site = Guid::parse(value),
            _ => {}
        }
    }

    /// `MSIP_Label_<guid>_Enabled=True; MSIP_Label_<guid>_Name=…`, as mails and newer PDFs carry it.
    pub(crate) fn list(&mut self, text: &str) {
        for pair in text.split(';') {
            if let Some((name, value)) = pair.split_once('=') {
                self.property(name, value);
            }
        }
    }

    /// A `label` element of `LabelInfo.xml`.
    pub(crate) fn element(&mut self, attribute: impl Fn(&str) -> Option<String>) {
        let removed = attribute("removed").is_some_and(|value| is_true(&value));
        let enabled = attribute("enabled").is_some_and(|value| is_true(&value));
        let site = attribute("siteId").and_then(|site| Guid::parse(&site));
        let id = attribute("id").and_then(|id| Guid::parse(&id));
        if let Some(facts) = id.and_then(|id| self.facts(id)) {
            facts.enabled |= enabled && !removed;
            facts.site = site.or(facts.site.take());
        }
    }

    /// Only these count: a label that was replaced stays in the file, not enabled.
    pub(crate) fn in_force(self) -> Vec<Label> {
        let label = |(id, facts): (Guid, Facts)| Label {
            id,
            name: facts.name.map(Sensitive::new),
            site: facts.site,
        };
        self.0
            .into_iter()
            .filter(|(_, facts)| facts.enabled)
            .map(label)
            .collect()
    }

    fn facts(&mut self, id: Guid) -> Option<&mut Facts> {
        if self.0.len() >= MAX_LABELS && !self.0.contains_key(&id) {
            return None;
        }
        Some(self.0.entry(id).or_default())
    }
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value == "1"
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "8C1E5B7A-0000-4A4A-9D3B-1234567890AB";

    #[test]
    fn only_an_enabled_label_is_in_force() {
        let mut facts = LabelFacts::default();
        facts.list(&format!(
            "MSIP_Label_{ID}_Enabled=True; MSIP_Label_{ID}_Name=Secret; MSIP_Label_{ID}_ContentBits=3"
        ));
        facts.property("MSIP_Label_11111111-2222-3333-4444-555555555555_Enabled", "false");
        facts.property("MSIP_Label_not-a-guid_Enabled", "true");
        let labels = facts.in_force();
        assert_eq!(labels.len(), 1);
        assert_eq!(labels[0].id.as_str(), ID.to_ascii_lowercase());
        assert_eq!(labels[0].name.as_ref().unwrap().expose(), "Secret");
    }
}
