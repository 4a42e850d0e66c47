//! E-mails as they travel: headers, bodies in every form, attachments.

use crate::Unreadable;
use crate::html;
use crate::limits::MAX_DEPTH;
use crate::markup::line;
use crate::reading::Reading;
use mail_parser::{Encoding, HeaderValue, Message, MessageParser, MimeHeaders, PartType};
use memchr::memmem;

/// Words that make the parser nest: it keeps nested mails in each other, and lets go of them one inside the other.
const NESTING: &[&[u8]] = &[b"rfc822", b"global", b"digest"];

/// How often these may stand in one mail.
const MAX_NESTING: usize = 500;

/// Bytes the parser may go over: it looks for the end of each multipart from where it starts.
const MAX_SCAN: usize = 4 << 30;

pub(crate) fn read(bytes: &[u8], reading: &mut Reading) -> Result<(), Unreadable> {
    within_reason(bytes)?;
    let message = MessageParser::default().parse(bytes).ok_or(Unreadable::Damaged)?;
    self::message(&message, "", 0, reading);
    reading.source("", bytes);
    Ok(())
}

fn within_reason(bytes: &[u8]) -> Result<(), Unreadable> {
    let lower = bytes.to_ascii_lowercase();
    let count = |word: &[u8]| memmem::find_iter(&lower, word).count();
    if NESTING.iter().map(|word| count(word)).sum::<usize>() > MAX_NESTING {
        return Err(Unreadable::TooDeep);
    }
    if count(b"multipart").saturating_mul(bytes.len()) > MAX_SCAN {
        return Err(Unreadable::TooLarge);
    }
    Ok(())
}

fn message(message: &Message<'_>, place: &str, depth: usize, reading: &mut Reading) {
    if depth >= MAX_DEPTH {
        reading.note(Unreadable::TooDeep);
        return;
    }
    for (index, part) in message.parts.iter().enumerate() {
        if !reading.entry() {
            return;
        }
        let here = |word: &str| match index {
            0 => format!("{place}{word}"),
            _ => format!("{place}part {index} {word}"),
        };
        let mut headers = String::new();
        for header in &part.headers {
            let value = written(
                &header.value,
                &message.raw_message,
                header.offset_start..header.offset_end,
            );
            reading.labels().property(header.name.as_str(), &value);
            line(&mut headers, &format!("{}: {}", header.name.as_str(), value.trim()));
        }
        reading.add(&here("headers"), headers);
        match &part.body {
            PartType::Text(text) if part.attachment_name().is_none() => {
                reading.add(&here("body"), text.clone().into_owned());
            }
            PartType::Text(text) => reading.member(here("attachment"), text.as_bytes(), part.attachment_name(), None),
            PartType::Html(page) => {
                html::read_text(page, &here("body"), reading);
                if part.encoding != Encoding::None {
                    reading.source(&here("body"), page.as_bytes());
                }
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                let mime = part
                    .content_type()
                    .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()));
                reading.member(here("attachment"), bytes, part.attachment_name(), mime.as_deref());
            }
            PartType::Message(inner) => {
                self::message(inner, &here("mail > "), depth + 1, reading);
                if part.encoding != Encoding::None {
                    reading.source(&here("mail"), &inner.raw_message);
                }
            }
            PartType::Multipart(_) => {}
        }
    }
}

/// A header's value as people read it; encoded words are decoded.
fn written(value: &HeaderValue<'_>, raw: &[u8], at: std::ops::Range<u32>) -> String {
    match value {
        HeaderValue::Text(text) => text.clone().into_owned(),
        HeaderValue::TextList(list) => list.join(", "),
        HeaderValue::Address(address) => {
            let one = |one: &mail_parser::Addr<'_>| {
                format!(
                    "{} <{}>",
                    one.name().unwrap_or_default(),
                    one.address().unwrap_or_default()
                )
            };
            address.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        _ => String::from_utf8_lossy(raw.get(at.start as usize..at.end as usize).unwrap_or_default()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_bodies_and_attachments_within_attachments() {
        let mail = b"From: =?utf-8?Q?J=C3=B6rg?= <j@b.c>\r\nSubject: Re: plan\r\nMIME-Version: 1.0\r\n\
            msip_labels: MSIP_Label_8c1e5b7a-0000-4a4a-9d3b-1234567890ab_Enabled=True;\r\n MSIP_Label_8c1e5b7a-0000-4a4a-9d3b-1234567890ab_Name=Secret\r\n\
            Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            M=FCller 4111 =\r\n1111\r\n--B\r\nContent-Type: application/octet-stream; name=\"a.csv\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\naWQsaWJhbg==\r\n\
            --B\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.z\r\nSubject: inner\r\nMIME-Version: 1.0\r\n\r\ndeep\r\n--B--\r\n";
        let mut reading = Reading::of(mail.len());
        read(mail, &mut reading).unwrap();
        let file = reading.into_text(crate::FileKind::Email);
        let all: Vec<_> = file
            .pieces
            .iter()
            .map(|piece| (piece.place.as_str(), piece.text.expose().trim()))
            .collect();
        assert!(all[0].1.contains("Jörg <j@b.c>"), "headers are decoded");
        assert!(all.contains(&("part 1 body", "Müller 4111 1111")));
        assert!(all.contains(&("part 2 attachment > text", "id,iban")));
        assert!(
            all.iter()
                .any(|(place, text)| place.starts_with("part 3 mail > ") && *text == "deep")
        );
        assert_eq!(file.labels.len(), 1);
        assert_eq!(file.labels[0].name.as_ref().unwrap().expose(), "Secret");
    }

    #[test]
    fn a_tower_of_mails_is_too_deep() {
        let tower = b"Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
        assert_eq!(read(&tower, &mut Reading::of(tower.len())), Err(Unreadable::TooDeep));
    }
}
