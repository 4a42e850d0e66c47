//! Bakes lists into tables that need no work at start.
//!
//! `names/*.txt` becomes `names.table`, open addressing over 32-bit entries: 25 bits of the name's hash and seven of what is known of it. At the
//! load reached, a word that is no name is taken for one about once in 16 million.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs, io};

#[path = "src/detectors/names/key.rs"]
mod key;

use key::{FAMILY, FAMILY_RARE, FAMOUS, GIVEN, GIVEN_RARE, KNOWN, SLOTS, THING, WORD, hash};

#[expect(clippy::disallowed_methods, reason = "a build script runs before the core does")]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=names");
    println!("cargo::rerun-if-changed=phones");
    println!("cargo::rerun-if-changed=build.rs");
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    let mut files: Vec<_> = fs::read_dir("names")?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::path);
    for file in files
        .iter()
        .filter(|file| file.path().extension().is_some_and(|end| end == "txt"))
    {
        read(&fs::read_to_string(file.path())?, &mut names);
    }
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let out = Path::new(&out);
    fs::write(out.join("names.table"), table(&names)?)?;
    let plans = plans(&fs::read_to_string("phones/plans.txt")?).map_err(io::Error::other)?;
    fs::write(out.join("phones.codes"), plans.codes)?;
    fs::write(out.join("phones.plans"), plans.plans)?;
    fs::write(out.join("phones.prefixes"), plans.prefixes)
}

/// The numbering plans as three tables.
struct Plans {
    /// For each country code the number of its plan; no plan is 0.
    codes: Vec<u8>,
    /// For each plan its trunk digit, or 255, and for each length of a number the place of its prefixes.
    plans: Vec<u8>,
    /// Sets of a thousand prefixes, 125 bytes each; the first is empty.
    prefixes: Vec<u8>,
}

fn plans(text: &str) -> Result<Plans, std::num::ParseIntError> {
    let mut baked = Plans {
        codes: vec![0; 1000],
        plans: vec![255; PLAN],
        prefixes: vec![0; PREFIXES],
    };
    baked.plans[1..].fill(0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let code: usize = words.next().unwrap_or_default().parse()?;
        let trunk = words.next().unwrap_or_default();
        baked.codes[code] = (baked.plans.len() / PLAN) as u8;
        let mut plan = vec![0; PLAN];
        plan[0] = if trunk.len() == 1 {
            trunk.parse().unwrap_or(255)
        } else {
            255
        };
        for (length, ranges) in words.filter_map(|word| word.split_once(':')) {
            let length: usize = length.parse()?;
            let set = (baked.prefixes.len() / PREFIXES) as u16;
            plan[1 + 2 * length..3 + 2 * length].copy_from_slice(&set.to_le_bytes());
            baked.prefixes.extend(prefixes(ranges)?);
        }
        baked.plans.extend(plan);
    }
    Ok(baked)
}

/// `201-205,318` as a set.
fn prefixes(ranges: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    let mut set = vec![0u8; PREFIXES];
    for range in ranges.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        for prefix in first.parse::<usize>()?..=last.parse()? {
            set[prefix / 8] |= 1 << (prefix % 8);
        }
    }
    Ok(set)
}

/// Bytes of one plan: its trunk digit, and a place for each length up to 17.
const PLAN: usize = 1 + 2 * 18;
/// Bytes of one set of prefixes.
const PREFIXES: usize = 125;

/// Adds the names of one file. `[given]` and the like say what the lines below hold.
fn read(text: &str, names: &mut BTreeMap<String, u32>) {
    let mut kind = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line {
            "[given]" => kind = GIVEN,
            "[rare given]" => kind = GIVEN_RARE,
            "[family]" => kind = FAMILY,
            "[rare family]" => kind = FAMILY_RARE,
            "[word]" => kind = WORD,
            "[thing]" => kind = THING,
            "[famous]" => kind = FAMOUS,
            // Given and family name are one key.
            _ if kind == FAMOUS => *names.entry(line.to_owned()).or_default() |= kind,
            _ => {
                for name in line.split(' ').filter(|name| !name.is_empty()) {
                    for spelling in plain(name) {
                        // What is known of the plain spelling of one name may be said of another's own.
                        *names.entry(spelling).or_default() |= kind;
                    }
                }
            }
        }
    }
}

fn table(names: &BTreeMap<String, u32>) -> io::Result<Vec<u8>> {
    if names.len() * 2 > SLOTS {
        return Err(io::Error::other(format!("{} names want more slots", names.len())));
    }
    let mut slots = vec![0u32; SLOTS];
    for (name, kind) in names {
        let (mut slot, print) = hash(name.as_bytes(), 0);
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = print << KNOWN | kind;
    }
    Ok(slots.iter().flat_map(|entry| entry.to_le_bytes()).collect())
}

/// The spellings of a name in lower case: its own, and those of keyboards without its letters.
fn plain(name: &str) -> Vec<String> {
    let own = name.replace('\'', "");
    let short: String = own.chars().map(|letter| bare(letter, "a", "o", "u")).collect();
    let long: String = own.chars().map(|letter| bare(letter, "ae", "oe", "ue")).collect();
    let mut spellings = vec![own, short, long];
    spellings.sort();
    spellings.dedup();
    spellings
}

fn bare(letter: char, a: &str, o: &str, u: &str) -> String {
    match letter {
        'ä' | 'å' | 'æ' => a.to_owned(),
        'ö' | 'ø' | 'œ' => o.to_owned(),
        'ü' => u.to_owned(),
        'á' | 'à' | 'â' | 'ã' | 'ă' | 'ą' | 'ā' => "a".to_owned(),
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' | 'ė' | 'ē' => "e".to_owned(),
        'í' | 'ì' | 'î' | 'ï' | 'ı' | 'ī' | 'į' => "i".to_owned(),
        'ó' | 'ò' | 'ô' | 'õ' | 'ő' | 'ō' => "o".to_owned(),
        'ú' | 'ù' | 'û' | 'ů' | 'ű' | 'ū' | 'ų' => "u".to_owned(),
        'ý' | 'ÿ' => "y".to_owned(),
        'ç' | 'ć' | 'č' => "c".to_owned(),
        'ñ' | 'ń' | 'ň' | 'ņ' => "n".to_owned(),
        'ś' | 'š' | 'ş' | 'ș' => "s".to_owned(),
        'ź' | 'ż' | 'ž' => "z".to_owned(),
        'ł' | 'ľ' | 'ļ' => "l".to_owned(),
        'ř' => "r".to_owned(),
        'ď' | 'đ' | 'ð' => "d".to_owned(),
        'ť' | 'ţ' | 'ț' => "t".to_owned(),
        'ğ' | 'ģ' => "g".to_owned(),
        'ķ' => "k".to_owned(),
        'ß' => "ss".to_owned(),
        other => other.to_string(),
    }
}
