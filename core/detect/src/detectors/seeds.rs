//! Phrases that restore a wallet (BIP 39): twelve to twenty-four words of a list behind their name, the last of them
//! with a checksum.

use super::{Family, Hit, Word};
use crate::checks::sha256;
use crate::classes::{LETTER, LOWER, UPPER, is, run_end};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
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

/// The 2,048 words of BIP 39, sorted, each behind its first four letters: no two words have the same ones.
static LIST: LazyLock<Vec<(u32, &str)>> = LazyLock::new(|| {
    include_str!("seeds.txt")
        .lines()
        .map(|word| (head(word), word))
        .collect()
});

/// The first four letters of a word, small, in the order of the alphabet.
fn head(word: &str) -> u32 {
    let letters = word.bytes().chain(std::iter::repeat(0)).take(4);
    letters.fold(0, |head, letter| head << 8 | u32::from(letter.to_ascii_lowercase()))
}

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

/// How many words may stand between the label and the phrase.
const LEAD: usize = 8;
/// The words of the shortest phrase and of the longest.
const SHORTEST: usize = 12;
const LONGEST: usize = 24;

/// The phrase that begins within a few words behind `from`.
fn phrase(page: &Page<'_>, from: usize) -> Option<(usize, usize)> {
    let words: Vec<(usize, usize)> = words(page, from).take(LEAD + LONGEST).collect();
    if !may_hold_phrase(page, &words) {
        return None;
    }
    let places: Vec<Option<usize>> = words.iter().map(|&(start, end)| place(page.text(start..end))).collect();
    for first in 0..places.len().min(LEAD) {
        // The label may end with words of the list itself: `mnemonic phrase …`.
        let known_before = places[..first].iter().rev().take_while(|place| place.is_some()).count();
        if known_before > 2 {
            continue;
        }
        let run: Vec<usize> = places[first..].iter().map_while(|place| *place).collect();
        for count in [LONGEST, 21, 18, 15, SHORTEST] {
            // The vectors of the standard repeat a few words.
            if let Some(whole) = run.get(..count)
                && distinct(whole) * 4 >= count * 3
                && is_checked(whole)
            {
                return Some((words[first].0, words[first + count - 1].1));
            }
        }
    }
    None
}

/// False where the words cannot be a phrase, wherever it begins among the first of them: some stand in each, and of the
/// twelve that each begins with six or more are different.
fn may_hold_phrase(page: &Page<'_>, words: &[(usize, usize)]) -> bool {
    const FEWEST: usize = 6;
    let Some(in_each) = words.get(LEAD - 1..SHORTEST) else {
        return false;
    };
    let mut heads = [0; LEAD - 1 + SHORTEST];
    let mut count = 0;
    for &(start, end) in words.iter().take(heads.len()) {
        let head = head(page.text(start..end));
        if !heads[..count].contains(&head) {
            heads[count] = head;
            count += 1;
        }
    }
    count >= FEWEST
        && in_each
            .iter()
            .all(|&(start, end)| place(page.text(start..end)).is_some())
}

/// How many different words there are.
fn distinct(places: &[usize]) -> usize {
    let mut seen = [0u64; 2048 / 64];
    for place in places {
        seen[place / 64] |= 1 << (place % 64);
    }
    seen.iter().map(|word| word.count_ones() as usize).sum()
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
    let place = LIST.binary_search_by_key(&head(word), |(head, _)| *head).ok()?;
    LIST[place].1.eq_ignore_ascii_case(word).then_some(place)
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
