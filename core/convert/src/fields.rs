//! An object being read: every field is either taken or complained of.

use serde_json::Number;
use weir_model::Interface;

use crate::error::{ConvertError, Problem};
use crate::json::Json;

/// The fields of one object that are still to be read.
pub(crate) struct Fields {
    place: String,
    entries: Vec<(String, Json)>,
}

impl Fields {
    /// The fields of an object; `place` is the path to it, empty for the whole body.
    pub(crate) fn of(json: Json, place: &str) -> Result<Self, ConvertError> {
        match json {
            Json::Map(entries) => Ok(Self {
                place: place.to_owned(),
                entries,
            }),
            _ => Err(ConvertError::new(place, Problem::Form)),
        }
    }

    /// The whole body.
    pub(crate) fn of_body(body: &[u8]) -> Result<Self, ConvertError> {
        let json = Json::parse(body).ok_or_else(|| ConvertError::new("", Problem::Form))?;
        Self::of(json, "")
    }

    pub(crate) fn place(&self, key: &str) -> String {
        join(&self.place, key)
    }

    pub(crate) fn here(&self) -> &str {
        &self.place
    }

    /// The value of a field; null is as good as absent.
    pub(crate) fn take(&mut self, key: &str) -> Option<Json> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        let (_, value) = self.entries.swap_remove(at);
        (value != Json::Null).then_some(value)
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, ConvertError> {
        match self.take(key) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key)),
        }
    }

    pub(crate) fn needed_text(&mut self, key: &str) -> Result<String, ConvertError> {
        self.text(key)?.ok_or_else(|| self.wrong(key))
    }

    pub(crate) fn flag(&mut self, key: &str) -> Result<Option<bool>, ConvertError> {
        match self.take(key) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.wrong(key)),
        }
    }

    pub(crate) fn number(&mut self, key: &str) -> Result<Option<Number>, ConvertError> {
        match self.take(key) {
            None => Ok(None),
            Some(Json::Number(number)) => Ok(Some(number)),
            Some(_) => Err(self.wrong(key)),
        }
    }

    pub(crate) fn whole(&mut self, key: &str) -> Result<Option<u64>, ConvertError> {
        match self.number(key)? {
            None => Ok(None),
            Some(number) => number.as_u64().map(Some).ok_or_else(|| self.wrong(key)),
        }
    }

    /// The items of a list, each with its place.
    pub(crate) fn list(&mut self, key: &str) -> Result<Vec<(String, Json)>, ConvertError> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Json::List(items)) => Ok(numbered(&self.place(key), items)),
            Some(_) => Err(self.wrong(key)),
        }
    }

    /// An object under a key.
    pub(crate) fn inner(&mut self, key: &str) -> Result<Option<Fields>, ConvertError> {
        let place = self.place(key);
        self.take(key).map(|json| Fields::of(json, &place)).transpose()
    }

    /// A field that may only say what is so anyway.
    pub(crate) fn only(&mut self, key: &str, usual: &[Json]) -> Result<(), ConvertError> {
        match self.take(key) {
            Some(value) if !value.is_void() && !usual.contains(&value) => {
                Err(ConvertError::new(&self.place(key), Problem::Unknown))
            }
            _ => Ok(()),
        }
    }

    /// Fails when a field is left that says something. `idle` are those that change nothing in the answer.
    pub(crate) fn done(self, idle: &[&str]) -> Result<(), ConvertError> {
        let left = |(key, value): &&(String, Json)| !value.is_void() && !idle.contains(&&**key);
        match self.entries.iter().find(left) {
            Some((key, _)) => Err(ConvertError::new(&self.place(key), Problem::Unknown)),
            None => Ok(()),
        }
    }

    pub(crate) fn wrong(&self, key: &str) -> ConvertError {
        ConvertError::new(&self.place(key), Problem::Form)
    }

    pub(crate) fn unknown(&self, key: &str) -> ConvertError {
        ConvertError::new(&self.place(key), Problem::Unknown)
    }
}

/// A value and the place it was read from.
#[derive(Clone)]
pub(crate) struct At<T> {
    pub(crate) place: String,
    pub(crate) it: T,
}

impl<T> At<T> {
    pub(crate) fn new(place: impl Into<String>, it: T) -> Self {
        Self {
            place: place.into(),
            it,
        }
    }

    /// The other interface has no room for it.
    pub(crate) fn not_in(&self, to: Interface) -> ConvertError {
        ConvertError::new(&self.place, Problem::NotIn(to))
    }
}

pub(crate) fn numbered(place: &str, items: Vec<Json>) -> Vec<(String, Json)> {
    let with_place = |(number, item): (usize, Json)| (join(place, &number.to_string()), item);
    items.into_iter().enumerate().map(with_place).collect()
}

pub(crate) fn join(place: &str, key: &str) -> String {
    if place.is_empty() {
        key.to_owned()
    } else {
        format!("{place}/{key}")
    }
}
