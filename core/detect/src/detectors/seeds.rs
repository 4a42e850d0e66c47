//! Phrases that restore a wallet (BIP 39): twelve to twenty-four words of a list behind their name, the last of them
//! with a checksum.

use super::{Family, Hit, Word};
use crate::checks::sha256;
use crate::classes::{LETTER, LOWER, UPPER, is, run_end};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use std::collections::HashSet;
use std::sync::LazyLock;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Seeds;

static SEED: Info = Info::new(
    "security/crypto_seed_phrase",
    "Crypto seed phrase",
    Category::Security,
    Standing::Envelope,
)
.from("any", "BIP 39, English list")
.found_in(&[
    "my seed phrase is churn power crystal anger sugar suit whisper stove shed early civil bird",
    "Recovery phrase:\nfade force parent hockey put skin move base three category flight legend trophy hope doctor scrub agent spare describe bullet adjust pepper session usage\nkeep it safe",
    "MNEMONIC=\"that summer canvas proof practice siege surround shoot job delay surround divide\"",
    "seed words:\n1. wink\n2. smile\n3. ride\n4. stuff\n5. glide\n6. silent\n7. pencil\n8. mobile\n9. nation\n10. erode\n11. broken\n12. large",
    "{\"mnemonic\": [\"dust\", \"gain\", \"exchange\", \"guide\", \"quiz\", \"ride\", \"donkey\", \"napkin\", \"parent\", \"front\", \"lonely\", \"crisp\"]}",
    "我的助记词是 bright real ripple solve lounge nasty emerge parade net bus clock amused",
])
.not_in(&[
    "my seed phrase is indoor helmet palm grain ski rice fly thrive floor sure mango expose",
    "indoor helmet palm grain ski rice fly thrive floor sure mango acquire",
    "a mnemonic is a list of words that the wallet makes for you when you set it up",
    "seed phrase: abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
    "recovery phrase: churn power crystal anger sugar suit whisper stove shed early civil",
    "the mnemonic of the instruction is mov, and the operands follow it",
]);

/// The 2,048 words of BIP 39, sorted.
static LIST: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("seeds.txt").lines().collect());

const LABELS: &[&str] = &[
    "seed phrase",
    "recovery phrase",
    "mnemonic",
    "seed words",
    "recovery words",
    "secret phrase",
    "backup phrase",
    "recovery seed",
    "wallet seed",
    "bip39",
    "bip 39",
    "bip-39",
    "wallet words",
    "seed_phrase",
    "seedphrase",
    "recovery_phrase",
    "wiederherstellungsphrase",
    "wiederherstellungswörter",
    "phrase de récupération",
    "frase de recuperación",
    "frase semilla",
    "frase di recupero",
    "frase de recuperação",
    "herstelzin",
    "fraza odzyskiwania",
    "сид фраза",
    "сид-фраза",
    "мнемоническая фраза",
    "助记词",
    "リカバリーフレーズ",
    "シードフレーズ",
    "시드 문구",
    "복구 문구",
    "kurtarma ifadesi",
    "wallet backup",
    "24 words",
    "12 words",
    "secret recovery",
];

impl Family for Seeds {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&SEED]
    }

    fn words(&self) -> Vec<Word> {
        LABELS.iter().map(|text| Word::any_case(text)).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        if let Some((start, end)) = phrase(page, hit.end) {
            out.add(&SEED, start..end, Confidence::High);
        }
    }
}

/// The phrase that begins within a few words behind `from`.
fn phrase(page: &Page<'_>, from: usize) -> Option<(usize, usize)> {
    const LEAD: usize = 8;
    let words: Vec<(usize, usize)> = words(page, from).take(LEAD + 24).collect();
    let places: Vec<Option<usize>> = words.iter().map(|&(start, end)| place(page.text(start..end))).collect();
    for first in 0..places.len().min(LEAD) {
        // The label may end with words of the list itself: `mnemonic phrase …`.
        let known_before = places[..first].iter().rev().take_while(|place| place.is_some()).count();
        if known_before > 2 {
            continue;
        }
        let run: Vec<usize> = places[first..].iter().map_while(|place| *place).collect();
        for count in [24, 21, 18, 15, 12] {
            // The vectors of the standard repeat a few words.
            if let Some(whole) = run.get(..count)
                && whole.iter().collect::<HashSet<_>>().len() * 4 >= count * 3
                && is_checked(whole)
            {
                return Some((words[first].0, words[first + count - 1].1));
            }
        }
    }
    None
}

/// Words of letters, with little between them: spaces, commas, quotes, numbers of a list.
fn words<'p>(page: &'p Page<'_>, from: usize) -> impl Iterator<Item = (usize, usize)> + 'p {
    const GAP: usize = 8;
    let mut at = from;
    std::iter::from_fn(move || {
        let stop = page.bytes.len().min(at + GAP);
        let start = (at..stop).find(|place| is(page.byte(*place), LETTER))?;
        let end = run_end(page.bytes, start, LOWER | UPPER, 16);
        at = end;
        Some((start, end))
    })
}

fn place(word: &str) -> Option<usize> {
    LIST.binary_search_by(|known| known.bytes().cmp(word.bytes().map(|byte| byte.to_ascii_lowercase())))
        .ok()
}

/// Eleven bits a word; of every thirty-three bits the last one belongs to the SHA-256 of the others.
fn is_checked(places: &[usize]) -> bool {
    let bits: Vec<u8> = places
        .iter()
        .flat_map(|place| (0..11).rev().map(move |bit| (place >> bit & 1) as u8))
        .collect();
    let (body, check) = bits.split_at(bits.len() - bits.len() / 33);
    let bytes: Vec<u8> = body
        .chunks(8)
        .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit))
        .collect();
    let hash = sha256(&bytes);
    check
        .iter()
        .enumerate()
        .all(|(at, bit)| hash[0] >> (7 - at) & 1 == *bit)
}
