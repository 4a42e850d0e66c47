//! A file that takes several requests: what its steps know each other by.
//!
//! The service gives names in its answers (an id, an address for the bytes), and later requests use them. What is read
//! here are those names; who remembers them, and what follows, is not this module's to know.

use super::compile::{Problem, expression, parse};
use crate::RequestView;
use crate::locate::locate_text;
use crate::locator::{Locator, Source};
use regex::Regex;
use std::sync::Arc;
use weir_model::Sensitive;
use weir_model::catalogue::UploadRule;

/// Longer strings are no names.
const LONGEST_NAME: usize = 8192;
/// A body that only announces a file is short.
const LONGEST_ANNOUNCEMENT: usize = 4096;

/// One step, ready to be followed.
#[derive(Debug)]
pub(crate) struct Upload {
    known_by: Vec<Known>,
    /// What the answer gives.
    pub(crate) gives: Option<Arc<Gives>>,
    announces: Option<Regex>,
}

#[derive(Debug)]
enum Known {
    /// Host and path of the request.
    Address,
    /// The same, with the query.
    Url,
    At(Locator),
}

/// Where an answer names a file.
#[derive(Debug)]
pub struct Gives {
    at: Vec<Locator>,
}

pub(super) fn compile(rule: &UploadRule) -> Result<Upload, Problem> {
    let known_by = rule.known_by.iter().map(|at| match at.as_str() {
        "address" => Ok(Known::Address),
        "url" => Ok(Known::Url),
        _ => parse(at).map(Known::At),
    });
    let gives = rule.gives.iter().map(|at| {
        let parsed = parse(at)?;
        match parsed.source {
            Source::Body | Source::Header(_) => Ok(parsed),
            _ => Err(Problem::Purpose {
                locator: at.clone(),
                purpose: "what an answer gives",
            }),
        }
    });
    let gives: Vec<Locator> = gives.collect::<Result<_, _>>()?;
    Ok(Upload {
        known_by: known_by.collect::<Result<_, _>>()?,
        gives: (!gives.is_empty()).then(|| Arc::new(Gives { at: gives })),
        announces: rule.announces.as_deref().map(expression).transpose()?,
    })
}

impl Upload {
    /// What this request calls the file: names that earlier answers gave.
    pub(crate) fn known_by(&self, request: &RequestView<'_>) -> Vec<Sensitive<String>> {
        let names = self.known_by.iter().filter_map(|known| match known {
            Known::Address => Some(format!("{}{}", request.host, request.path)),
            Known::Url => Some(match request.query {
                Some(query) => format!("{}{}?{query}", request.host, request.path),
                None => format!("{}{}", request.host, request.path),
            }),
            Known::At(locator) => locate_text(request, locator).and_then(|text| name(&text)),
        });
        names.map(Sensitive::new).collect()
    }

    /// The name in a body that only announces a file.
    pub(crate) fn announced(&self, body: &[u8]) -> Option<String> {
        let expression = self.announces.as_ref()?;
        let body = std::str::from_utf8(body.get(..LONGEST_ANNOUNCEMENT.min(body.len()))?).ok()?;
        Some(expression.captures(body)?.get(1)?.as_str().trim().to_owned())
    }
}

impl Gives {
    /// The names that an answer gives, in the forms in which later requests may use them: an address as host and path,
    /// with its query and without. `headers` are in lower case; `body` is as it came.
    #[must_use]
    pub fn read(&self, headers: &[(&str, &[u8])], body: &[u8]) -> Vec<Sensitive<String>> {
        // An answer is read as a request would be: only headers and body are asked for.
        let answer = RequestView {
            method: "",
            host: "",
            path: "",
            query: None,
            headers,
            body,
            carrier: crate::Carrier::Http,
        };
        let names = self
            .at
            .iter()
            .filter_map(|at| locate_text(&answer, at).and_then(|text| name(&text)));
        names.flat_map(|name| forms(&name)).map(Sensitive::new).collect()
    }

    /// The headers that are asked for, lower case.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        self.at.iter().filter_map(|at| match &at.source {
            Source::Header(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// How many names there are to find.
    #[must_use]
    pub fn wanted(&self) -> usize {
        self.at.len()
    }
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text != "null" && text.len() <= LONGEST_NAME).then(|| text.to_owned())
}

/// A name as it is compared: without its scheme (`sediment://file_1` is `file_1`), and an address without its query.
pub(crate) fn plain(name: &str) -> String {
    forms(name).swap_remove(0)
}

/// The scheme says nothing, and what stands behind the path is not always sent as it was given. The first is the plainest.
fn forms(name: &str) -> Vec<String> {
    let Some(address) = name.strip_prefix("https://") else {
        return vec![name.split_once("://").map_or(name, |(_, rest)| rest).to_owned()];
    };
    let (host, rest) = match address.find('/') {
        Some(slash) => address.split_at(slash),
        None => (address, "/"),
    };
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":443").unwrap_or(&host);
    let rest = rest.split('#').next().unwrap_or(rest);
    let path = rest.split('?').next().unwrap_or(rest);
    let mut forms = vec![format!("{host}{path}")];
    if path.len() < rest.len() {
        forms.push(format!("{host}{rest}"));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::{compile, forms, plain};
    use crate::{Carrier, RequestView};
    use weir_model::catalogue::UploadRule;

    fn rule(known_by: &[&str], gives: &[&str]) -> UploadRule {
        let owned = |all: &[&str]| all.iter().map(|at| (*at).to_owned()).collect();
        UploadRule {
            known_by: owned(known_by),
            gives: owned(gives),
            announces: Some("^File name: (.+)$".to_owned()),
        }
    }

    #[test]
    fn an_address_that_was_given_is_the_one_that_is_used() {
        let announced = compile(&rule(&[], &["json:/file_id", "json:/upload_url"])).unwrap();
        let body = br#"{"file_id":"file-1","upload_url":"https://Blobs.example:443/a/raw?sig=x%2By"}"#;
        let given = announced.gives.unwrap().read(&[], body);
        let given: Vec<&str> = given.iter().map(|name| name.expose().as_str()).collect();
        assert_eq!(
            given,
            ["file-1", "blobs.example/a/raw", "blobs.example/a/raw?sig=x%2By"]
        );

        let sent = compile(&rule(&["address", "url", "query:sig"], &[])).unwrap();
        let request = RequestView {
            method: "PUT",
            host: "blobs.example",
            path: "/a/raw",
            query: Some("sig=x%2By"),
            headers: &[],
            body: b"",
            carrier: Carrier::Http,
        };
        let known = sent.known_by(&request);
        let known: Vec<&str> = known.iter().map(|name| name.expose().as_str()).collect();
        assert_eq!(known, ["blobs.example/a/raw", "blobs.example/a/raw?sig=x%2By", "x+y"]);
    }

    #[test]
    fn headers_and_whole_bodies_give_names_too() {
        let step = compile(&rule(&[], &["header:X-Goog-Upload-Url", "text"])).unwrap();
        let gives = step.gives.as_ref().unwrap();
        assert_eq!(gives.headers().collect::<Vec<_>>(), ["x-goog-upload-url"]);
        let headers = [(
            "x-goog-upload-url",
            b"https://push.example/upload/?upload_id=A".as_slice(),
        )];
        let given = gives.read(&headers, b"/contrib_service/ttl_1d/abc\n");
        let given: Vec<&str> = given.iter().map(|name| name.expose().as_str()).collect();
        let push = ["push.example/upload/", "push.example/upload/?upload_id=A"];
        assert_eq!(given, [push[0], push[1], "/contrib_service/ttl_1d/abc"]);
        assert_eq!(step.announced(b"File name: boats.txt").as_deref(), Some("boats.txt"));
        assert_eq!(step.announced(b"something else"), None);
        assert_eq!(forms("https://blobs.example"), ["blobs.example/"]);
        assert_eq!(plain("sediment://file_1"), "file_1");
        assert_eq!(plain("https://a.example/f?sig=1"), "a.example/f");
    }

    #[test]
    fn an_answer_has_no_path_to_look_at() {
        assert!(compile(&rule(&[], &["query:id"])).is_err());
        assert!(compile(&rule(&["jsn:/id"], &[])).is_err());
    }
}
