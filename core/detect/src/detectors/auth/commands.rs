//! Passwords as options of commands whose flags are too short to name them: `curl -u`, `mysql -p`, `redis-cli -a`.

use super::CONNECTION;
use crate::classes::{ALNUM, DIGIT, TOKEN, UPPER, is, run_end};
use crate::detectors::{Hit, secrets};
use crate::page::{Findings, Page};
use weir_model::Confidence;

/// `curl -u user:password`.
pub(super) fn curl(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 512));
    for flag in [&b"-u "[..], b"--user ", b"-u", b"--user="] {
        let Some(at) = memchr::memmem::find(line, flag) else {
            continue;
        };
        let mut start = hit.end + at + flag.len();
        if matches!(page.byte(start), b'"' | b'\'') {
            start += 1;
        }
        let mut end = start;
        while end < page.bytes.len() && end - start < 128 && !b" \"'\n\r\t".contains(&page.byte(end)) {
            end += 1;
        }
        // `-u user:'word'`
        if page.before(end) == b':' && matches!(page.byte(end), b'"' | b'\'') {
            literal(page, end, out);
        }
        if let Some((user, word)) = page.text(start..end).split_once(':')
            && !user.is_empty()
            && secrets::fits_place(word)
        {
            out.add(&secrets::PASSWORD, start + user.len() + 1..end, Confidence::High);
        }
        return;
    }
}

/// `mysql -pword`.
pub(super) fn attached(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    if let Some(at) = memchr::memmem::find(line, b" -p").filter(|at| line.get(at + 3).is_some_and(|byte| *byte != b' '))
    {
        word_of_flag(page, hit.end - 1 + at + 3, out);
    }
}

/// `sshpass -p word`, `docker login -p word`, `redis-cli -a word`, `unzip -P word`.
pub(super) fn after(page: &Page<'_>, hit: Hit, flag: &[u8], out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    let bare = flag.strip_suffix(b" ").unwrap_or(flag);
    // `-P'word'`
    let next = |at: usize| line.get(at + bare.len()).copied().unwrap_or(b' ');
    let ends = |at: &usize| bare.len() == flag.len() || matches!(next(*at), b' ' | b'"' | b'\'');
    if let Some(at) = memchr::memmem::find_iter(line, bare).find(ends) {
        let blank = usize::from(next(at) == b' ');
        word_of_flag(page, hit.end - 1 + at + bare.len() + blank, out);
    }
}

/// `radius server …` and below it `key word`.
pub(super) fn key_below(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const LINES: usize = 4;
    const KEY: &[u8] = b"key ";
    let mut start = page.line_end(hit.end, 128) + 1;
    for _ in 0..LINES {
        let end = page.line_end(start.min(page.bytes.len()), 128);
        let line = page.slice(start.min(end)..end);
        let inner = line.trim_ascii_start();
        if inner.starts_with(KEY) {
            return shared_key(page, start + line.len() - inner.len() + KEY.len(), out);
        }
        if inner.len() == line.len() {
            return;
        }
        start = end + 1;
    }
}

/// What follows the word for the key of a router, over the number by which it tells what is written in clear.
pub(super) fn key(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    shared_key(page, hit.end, out);
}

fn shared_key(page: &Page<'_>, start: usize, out: &mut Findings) {
    let clear = [&b"0 "[..], b"ascii "]
        .into_iter()
        .find(|kind| page.slice(start..start + kind.len()) == *kind);
    word_of_flag(page, start + clear.map_or(0, <[u8]>::len), out);
}

/// `wpa_passphrase NETWORK word`
pub(super) fn second(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 128));
    if let Some(blank) = memchr::memchr(b' ', line) {
        word_of_flag(page, hit.end + blank + 1, out);
    }
}

/// `smbclient //host/share -U user%word`.
pub(super) fn of_user(page: &Page<'_>, hit: Hit, flag: &[u8], mark: u8, out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    let Some(at) = memchr::memmem::find(line, flag).map(|at| at + flag.len()) else {
        return;
    };
    let user = line[at..]
        .iter()
        .take_while(|byte| **byte != mark && **byte != b' ')
        .count();
    if line.get(at + user) == Some(&mark) {
        word_of_flag(page, hit.end - 1 + at + user + 1, out);
    }
}

/// `snmpget -A word -X word`: what signs, and what encrypts.
pub(super) fn snmp(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    after(page, hit, b" -A ", out);
    after(page, hit, b" -X ", out);
}

/// `net use Z: \\\\host\\share /user:name word`.
pub(super) fn net_use(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const USER: &[u8] = b"/user:";
    let line = page.slice(hit.end..page.line_end(hit.end, 256));
    let Some(user) = memchr::memmem::find(line, USER) else {
        return;
    };
    let at = user + USER.len();
    // `\\\\host\\share word /user:name`
    let ahead = line[..user].trim_ascii_end();
    let word = memchr::memrchr(b' ', ahead).map_or(0, |blank| blank + 1);
    if !ahead[word..].iter().any(|byte| matches!(byte, b'\\' | b':' | b'*')) {
        word_of_flag(page, hit.end + word, out);
    }
    if let Some(blank) = memchr::memchr(b' ', &line[at..]).filter(|blank| line.get(at + blank + 1) != Some(&b'/')) {
        word_of_flag(page, hit.end + at + blank + 1, out);
    }
}

/// `sqlplus user/word@base`.
pub(super) fn sqlplus(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 256));
    let user = line.iter().take_while(|byte| !b" /\"".contains(byte)).count();
    let rest = line.get(user + 1..).unwrap_or(&[]);
    let word = rest.iter().take_while(|byte| !b" @\"'".contains(byte)).count();
    let start = hit.end + user + 1;
    if user > 0 && line.get(user) == Some(&b'/') && secrets::fits_place(page.text(start..start + word)) {
        out.add(&secrets::PASSWORD, start..start + word, Confidence::High);
    }
}

/// `htpasswd -b file user word`.
pub(super) fn htpasswd(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 256));
    let mut at = 0;
    let mut words = line.split(|byte| *byte == b' ').map(|word| {
        let start = at;
        at += word.len() + 1;
        (start, word)
    });
    let on_line = words
        .next()
        .is_some_and(|(_, flags)| flags.starts_with(b"-") && flags.contains(&b'b'));
    if let Some((start, _)) = words.nth(2).filter(|_| on_line) {
        word_of_flag(page, hit.end + start, out);
    }
}

/// `snmp-server community word`.
pub(super) fn word(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    word_of_flag(page, hit.end, out);
}

fn word_of_flag(page: &Page<'_>, at: usize, out: &mut Findings) {
    let start = at + usize::from(matches!(page.byte(at), b'"' | b'\''));
    let mut end = start;
    while end < page.bytes.len() && end - start < 128 && !b" \"'\n\r\t`".contains(&page.byte(end)) {
        end += 1;
    }
    let text = page.text(start..end);
    if secrets::is_password(text, start > at) || secrets::is_coined(text) {
        out.add(&secrets::PASSWORD, start..end, Confidence::High);
    }
}

/// `net user NAME word /add`.
pub(super) fn net_user(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 256));
    if let Some(at) = memchr::memchr(b' ', line).filter(|at| !matches!(line.get(at + 1), None | Some(b'/' | b'*'))) {
        word_of_flag(page, hit.end + at + 1, out);
    }
}

/// `ConvertTo-SecureString "word" -AsPlainText`.
pub(super) fn secure_string(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 64));
    if let Some(at) = memchr::memchr2(b'"', b'\'', line) {
        literal(page, hit.end + at, out);
    }
}

/// `new NetworkCredential("user", "word")`.
pub(super) fn network_credential(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 256));
    let Some(comma) = memchr::memchr(b',', line) else {
        return;
    };
    literal(page, crate::sweep::skip_blanks(page.bytes, hit.end + comma + 1), out);
}

/// `HTTPBasicAuth("user", "word")`, `auth=("user", "word")`: two literals, the second of which nobody would say.
pub(super) fn login(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let Some((_, user_end)) = string(page, hit.end) else {
        return;
    };
    let next = crate::sweep::skip_blanks(page.bytes, user_end + 2);
    if page.byte(user_end + 1) == b','
        && let Some((start, end)) = string(page, next)
        && is_of_login(page.text(start..end))
        && !page.is_test_code()
    {
        out.add(&secrets::PASSWORD, start..end, Confidence::High);
    }
}

/// True for what nobody would write in the place of a password to show where it stands.
fn is_of_login(text: &str) -> bool {
    secrets::is_chosen_or_drawn(text)
        || secrets::is_coined(text)
        || secrets::is_numbered(text) && secrets::is_password(text, true)
}

/// `db.auth("user", "word")`, how MongoDB's shell and others log in.
pub(super) fn method(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    if page.before(hit.start) == b'.' {
        login(page, hit, out);
    }
}

/// `hmac.New(sha256.New, []byte("key"))`: a literal among the arguments that is a key.
pub(super) fn hmac(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const ARGUMENTS: usize = 3;
    let stop = page.line_end(hit.end, 96);
    let mut at = hit.end;
    for _ in 0..ARGUMENTS {
        let quote = memchr::memchr2(b'"', b'\'', page.slice(at..stop)).map(|found| at + found);
        let Some((start, end)) = quote
            .and_then(|quote| string(page, quote))
            .filter(|(start, _)| *start < stop)
        else {
            return;
        };
        secrets::key(page, start..end, out);
        at = (end + 1).min(stop);
    }
}

/// `127.0.0.1:6379> AUTH word`, `> AUTH user word`.
pub(super) fn redis_prompt(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 256)).trim_ascii_end();
    let blank = memchr::memchr(b' ', line);
    // `AUTH PLAIN …` is said to a server of mail.
    let mechanism = blank.is_some_and(|blank| {
        line[..blank]
            .iter()
            .all(|byte| is(*byte, UPPER | DIGIT) || *byte == b'-')
    });
    if page.slice(hit.start.saturating_sub(2)..hit.start) == b"> " && !mechanism {
        word_of_flag(page, hit.end + blank.map_or(0, |blank| blank + 1), out);
    }
}

/// `openssl … -passin pass:word`.
pub(super) fn openssl(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const OPTIONS: [&[u8]; 4] = [b"-passin ", b"-passout ", b"-pass ", b"-password "];
    let before = page.slice(page.line_start(hit.start, 16)..hit.start);
    if OPTIONS.iter().any(|option| before.ends_with(option)) {
        word_of_flag(page, hit.end, out);
    }
}

/// `expect "assword:"` and below it `send "word\r"`.
pub(super) fn expect(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const REACH: usize = 80;
    const ASKS: [&[u8]; 3] = [b"assword", b"asscode", b"assphrase"];
    let before = page.slice(hit.start.saturating_sub(REACH)..hit.start);
    let Some(asked) = memchr::memmem::rfind(before, b"expect") else {
        return;
    };
    let asks = ASKS
        .iter()
        .any(|word| memchr::memmem::find(&before[asked..], word).is_some());
    let word = page.text(hit.end..page.line_end(hit.end, 128));
    let word = word.split(['"', '\\']).next().unwrap_or("");
    if asks && !word.contains(' ') && secrets::fits_place(word) {
        out.add(&secrets::PASSWORD, hit.end..hit.end + word.len(), Confidence::High);
    }
}

/// Where the text of a literal begins and ends that opens at `quote`.
fn string(page: &Page<'_>, quote: usize) -> Option<(usize, usize)> {
    let mark = Some(page.byte(quote)).filter(|mark| matches!(mark, b'"' | b'\''))?;
    let line = page.slice(quote + 1..page.line_end(quote, 160));
    memchr::memchr(mark, line).map(|length| (quote + 1, quote + 1 + length))
}

/// `getConnection("jdbc:…", "user", "word")`, `connect('ftp.weir.io', 'user', 'word')`: where, who, and with which password.
pub(super) fn third(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let bare = run_end(page.bytes, hit.end, TOKEN, 40);
    let mut at = hit.end;
    // `connect(host, 'user', 'word')`
    let named = bare > hit.end && page.byte(bare) == b',';
    if named {
        at = crate::sweep::skip_blanks(page.bytes, bare + 1);
    }
    for _ in usize::from(named)..2 {
        let Some((_, end)) = string(page, at).filter(|(_, end)| page.byte(end + 1) == b',') else {
            return;
        };
        at = crate::sweep::skip_blanks(page.bytes, end + 2);
        // `connect('host', 22, 'user', 'word')`
        let port = run_end(page.bytes, at, DIGIT, 6);
        if port > at && page.byte(port) == b',' {
            at = crate::sweep::skip_blanks(page.bytes, port + 1);
        }
    }
    if let Some((start, end)) = string(page, at)
        && secrets::is_chosen_or_drawn(page.text(start..end))
        && !page.is_test_code()
    {
        out.add(&secrets::PASSWORD, start..end, Confidence::High);
    }
}

/// `log in with user / word`, `log in with word`.
pub(super) fn with_user(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let word = first_word(page, hit.end);
    let is_place = word.contains([':', '/', '@', '(']);
    if !is_place && secrets::is_strong(word) && secrets::is_password(word, false) {
        out.add(&secrets::PASSWORD, hit.end..hit.end + word.len(), Confidence::Medium);
        return;
    }
    pair(page, hit, out);
}

/// `enter user / word`.
pub(super) fn pair(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const JOINT: &[u8] = b" / ";
    let end = (hit.end..page.line_end(hit.end, 48)).find(|at| page.byte(*at) == b' ');
    if let Some(end) = end.filter(|end| page.slice(*end..*end + JOINT.len()) == JOINT) {
        let start = end + JOINT.len();
        let word = first_word(page, start);
        if (secrets::is_strong(word) || secrets::is_numbered(word)) && secrets::is_password(word, false) {
            out.add(&secrets::PASSWORD, start..start + word.len(), Confidence::Medium);
        }
    }
}

/// `ada@weir.io / word`, `ada@weir.io:word`: nobody would say the word.
pub(in crate::detectors) fn beside_mail(page: &Page<'_>, end: usize, out: &mut Findings) {
    let joint = match page.slice(end..end + 3) {
        b" / " => 3,
        [b':', next, _] if *next > b' ' => 1,
        _ => return,
    };
    let word = first_word(page, end + joint);
    if secrets::is_strong(word) && !word.contains([':', '@', '/', '=']) && secrets::is_password(word, false) {
        out.add(
            &secrets::PASSWORD,
            end + joint..end + joint + word.len(),
            Confidence::Medium,
        );
    }
}

/// The word that begins at `start`.
fn first_word<'t>(page: &Page<'t>, start: usize) -> &'t str {
    let line = page.text(start..page.line_end(start, 64));
    let word = line.split([' ', '"', '\'', ',', ';', ')', '<', '`']).next();
    word.unwrap_or("").trim_end_matches('.')
}

/// `admin / word`, `root:word`: nobody would say the word, and nothing goes on behind it.
pub(super) fn beside_user(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let before = page.before(hit.start);
    let word = first_word(page, hit.end);
    let inside = is(before, ALNUM) || matches!(before, b'/' | b'-' | b'_' | b'.' | b'$');
    let is_place = word.contains([':', '/']) || word.split_once('@').is_some_and(|(_, host)| host.contains('.'));
    // Two strokes set nothing else apart.
    let apart = page.slice(hit.start..hit.end).ends_with(b"// ") && secrets::is_numbered(word);
    if !inside && !is_place && (secrets::is_strong(word) || apart) && secrets::is_password(word, false) {
        out.add(&secrets::PASSWORD, hit.end..hit.end + word.len(), Confidence::Medium);
    }
}

/// `DOMAIN/user:'word'@host`.
pub(super) fn at_host(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.text(hit.end..page.line_end(hit.end, 256));
    let Some((ahead, _)) = line.split_once("'@").or_else(|| line.rsplit_once('@')) else {
        return;
    };
    if let Some(at) = ahead.find(':') {
        let start = hit.end + at + 1 + usize::from(ahead[at + 1..].starts_with('\''));
        let word = page.text(start..hit.end + ahead.len());
        if !word.contains(' ') && secrets::fits_place(word) {
            out.add(&secrets::PASSWORD, start..start + word.len(), Confidence::High);
        }
    }
}

/// `lftp -u user,word`.
pub(super) fn lftp(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 256));
    let user = line.iter().take_while(|byte| !b" ,\"'".contains(byte)).count();
    if line.get(user) == Some(&b',') {
        word_of_flag(page, hit.end + user + 1, out);
    }
}

/// `echo 'word' | sudo -S`.
pub(super) fn sudo(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.line_start(hit.start, 160);
    if page.slice(line..hit.start).trim_ascii_end().ends_with(b"|") {
        piped(page, hit, out);
    }
}

/// `echo 'word' | docker login -u user --password-stdin`.
pub(super) fn piped(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const ECHO: &[u8] = b"echo ";
    let line = page.line_start(hit.start, 160);
    let before = page.slice(line..hit.start);
    let said = memchr::memrchr(b'|', before).and_then(|pipe| memchr::memmem::rfind(&before[..pipe], ECHO));
    if let Some(at) = said {
        word_of_flag(page, line + at + ECHO.len(), out);
    }
}

/// `user:word@tcp(host:3306)/base`: how programs in Go name a store of MySQL.
pub(super) fn go_store(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const LONGEST: usize = 256;
    let ends = |byte: u8| b" \"'`<>\n\r\t=".contains(&byte);
    let from = hit.start.saturating_sub(LONGEST);
    let Some(host) = hit.start.checked_sub(1).filter(|at| page.byte(*at) == b'@') else {
        return;
    };
    let start = (from..host)
        .rev()
        .find(|at| ends(page.byte(*at)))
        .map_or(from, |at| at + 1);
    let end = (hit.end..page.line_end(hit.end, LONGEST)).find(|at| ends(page.byte(*at)));
    let end = end.unwrap_or_else(|| page.line_end(hit.end, LONGEST));
    if let Some((user, word)) = page.text(start..host).split_once(':')
        && !user.is_empty()
        && secrets::fits_place(word)
    {
        out.add(&CONNECTION, start..end, Confidence::High);
    }
}

/// The literal that opens at `quote`, when it may be a password.
fn literal(page: &Page<'_>, quote: usize, out: &mut Findings) {
    if let Some((start, end)) = string(page, quote)
        && secrets::is_password(page.text(start..end), true)
    {
        out.add(&secrets::PASSWORD, start..end, Confidence::High);
    }
}
