//! The text of a web page as browsers tokenise it, with what they do not show: comments, scripts, attributes.

use crate::charset;
use crate::markup::line;
use crate::reading::Reading;
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use memchr::memmem;

/// Reads a page. `place` goes before the names of its parts, where it lies in something else.
pub(crate) fn read(bytes: &[u8], place: &str, reading: &mut Reading) {
    let text = charset::decode_as(bytes, declared(bytes).as_deref());
    read_text(&text, place, reading);
    reading.source(place, bytes);
}

/// Reads a page that is text already, and stands as it is in what it was taken from.
pub(crate) fn read_text(html: &str, place: &str, reading: &mut Reading) {
    let mut page = Page::default();
    let mut emitter = DefaultEmitter::default();
    // Scripts and styles are not markup inside.
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        page.token(&token);
    }
    let place = |part: &str| {
        if place.is_empty() {
            part.to_owned()
        } else {
            format!("{place} {part}")
        }
    };
    reading.add(&place("text"), page.text);
    reading.add(&place("attributes"), page.attributes);
    reading.add(&place("scripts"), page.scripts);
    reading.add(&place("comments"), page.comments);
}

#[derive(Default)]
struct Page {
    text: String,
    attributes: String,
    scripts: String,
    comments: String,
    in_script: bool,
}

impl Page {
    fn token(&mut self, token: &Token) {
        match token {
            Token::StartTag(tag) => self.start(tag),
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if is_script(&name) {
                    self.in_script = false;
                }
                self.separate(&name);
            }
            Token::String(text) => {
                let text = String::from_utf8_lossy(text);
                if self.in_script {
                    self.scripts.push_str(&text);
                } else {
                    self.flow(&text);
                }
            }
            Token::Comment(text) => line(&mut self.comments, &String::from_utf8_lossy(text)),
            _ => {}
        }
    }

    fn start(&mut self, tag: &StartTag<()>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        self.in_script = is_script(&name) && !tag.self_closing;
        self.separate(&name);
        for (name, value) in &tag.attributes {
            let name = String::from_utf8_lossy(name);
            if !matches!(
                &*name,
                "class" | "style" | "id" | "width" | "height" | "rel" | "lang" | "dir" | "charset"
            ) {
                line(&mut self.attributes, &String::from_utf8_lossy(value));
            }
        }
    }

    /// Line ends in the source are spaces, as browsers show them: a long value may be wrapped.
    fn flow(&mut self, text: &str) {
        for character in text.chars() {
            let blank = matches!(character, ' ' | '\n' | '\r' | '\t' | '\u{c}');
            if !blank {
                self.text.push(character);
            } else if !self.text.is_empty() && !self.text.ends_with([' ', '\n', '\t']) {
                self.text.push(' ');
            }
        }
    }

    fn separate(&mut self, name: &str) {
        match name {
            "td" | "th" => self.cut('\t'),
            _ if is_inline(name) => {}
            _ => self.cut('\n'),
        }
    }

    fn cut(&mut self, separator: char) {
        if self.text.ends_with(' ') || (separator == '\n' && self.text.ends_with('\t')) {
            self.text.pop();
        }
        if !self.text.is_empty() && !self.text.ends_with(['\n', '\t']) {
            self.text.push(separator);
        }
    }
}

fn is_script(name: &str) -> bool {
    name == "script" || name == "style"
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "img"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "q"
            | "s"
            | "samp"
            | "script"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
            | "o:p"
    )
}

/// The character set a page names in its first bytes.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let at = memmem::find(&head, b"charset=")? + b"charset=".len();
    let label = head
        .get(at..)?
        .iter()
        .copied()
        .skip_while(|byte| matches!(byte, b'"' | b'\''));
    let label: Vec<u8> = label
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        .collect();
    String::from_utf8(label).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_and_hidden_text_of_a_page() {
        let mut reading = Reading::of(1000);
        let page = b"<html><!-- key AKIA1 --><script>let k='s<1';</script><p>4111 <b>1111</b>&nbsp;<!-- x -->11&#49;1\n<table><tr><td>a</td>\
                     <td>b</td></tr><tr><td>c</td></tr></table><img alt='Max' src=p.png><p hidden>secret";
        read(page, "", &mut reading);
        let file = reading.into_text(crate::FileKind::Html);
        let piece = |place: &str| {
            file.pieces
                .iter()
                .find(|piece| piece.place == place)
                .unwrap()
                .text
                .expose()
                .clone()
        };
        assert_eq!(piece("text"), "4111 1111\u{a0}1111\na\tb\nc\nsecret");
        assert_eq!(piece("comments"), " key AKIA1 \n x \n");
        assert_eq!(piece("scripts"), "let k='s<1';");
        assert!(piece("attributes").contains("Max\n"));
    }
}
