//! Addresses of crypto currencies and the keys behind them: each brings its own checksum.

use crate::checks::{base58check, bech32, crc16, keccak256};
use crate::classes::{ALNUM, HEX, HIGH, LOWER, UPPER, is};
use crate::context::Context;
use crate::evidence::distinct;
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::registry::{Info, Standing};
use crate::sweep::{Token, stands_alone};
use weir_model::{Category, Confidence};

/// An address that holds crypto currency.
pub(super) static WALLET: Info = Info::new(
    "financial/crypto_wallet",
    "Crypto wallet address",
    Category::Financial,
    Standing::Checked,
)
.from(
    "any",
    "Base58Check, BIP 173, BIP 350, EIP-55, CashAddr, StrKey, and the documents of each currency",
)
.found_in(&[
    "wallet 0x4F214E188FF03ad53C2c66628C1b7639062BE66A",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "send to 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
    "my DOGE address: DGxd3Ru5EmkzGuZMaFzBnsACZdyyoS1DNq",
    "{\"ltc\": \"LQi89FPpPCLXTR2bJD9mwiAQpJ6rCLL6k6\"}",
    "pay TRX to TNis9ydvnBmvgkFMJvCYZtoGphG8APZqB7 today",
    "XRP rDpq9H8xSHNLFWubR4dFpd8fWQTgn5GZSt tag 7",
    "tip jar bc1pacav0ue5g4ag26ev2f2ycrqewlpdt75fxncaf9udj05xqz0eysfqk2ulfw",
    "cardano addr1qyy5sppwxa5z4k25xlzfr6l6e43ahqy39jj6zcu0hn6vnnvzcx0z3rp5ffrtsxtvr59n6sv222h3aspvny5t36qzrrnqqn8338",
    "bitcoincash:qpx0mne8msprsyxqgqfctqje9s33033ytvux7fdwn5 for cash",
    "monero: 4Axha5oNDHiidPeuTuB8TnVP6ojEnJ6NgLHhhq9qFLk1jEM5WcJGUgo1mZRcVbBRt4XbqUh9oMdrrPFkBauM57CrPNyH7r8",
    "stellar GCU37CBYWO3EUP7EJFKBR7EWV63C7A2GLCUNUDHSGPOXMZQS643NSD5G",
    "my Solana wallet is ETtRmruQmaXbBGPkzu5SUFn4HUTLHkwyuhZt6YwcHRSB",
    "eth 0xd2ec31bd563efe7791a086a8f4bba1750f160d7f deposit address",
    "钱包地址12Av5qrB6phgpWP6xEXhP7mfxZuSaDSqsm",
    "from 0x5f0F12195708BbFB82Ef2e8Fd831ef1245bceC5d to 0x355389973ABc8307519489e272D381ae5803F75F",
])
.not_in(&[
    "hash 0x4f214e188ff03ad53c2c66628c1b7639062be66a00",
    "0x0000000000000000000000000000000000000000",
    "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp",
    "commit 0x4f214e188ff03ad53c2c66628c1b7639062be66a",
    "0x4F214E188FF03ad53C2c66628C1b7639062BE66a in the log",
    "the genesis block pays 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b",
]);

/// A key that spends crypto currency.
pub(super) static WALLET_KEY: Info = Info::new(
    "security/crypto_private_key",
    "Crypto private key",
    Category::Security,
    Standing::Typed,
)
.from("any", "Wallet import format, StrKey seeds")
.found_in(&[
    concat!("cold storage: KymHg5vqE8V1rQ1ig8Pa", "Drr4bYWynS1ACkzhXti4zquYXr1vy5Li"),
    concat!(
        "name,wif\nAda Weir,5JnNTc2WyrXCBQmJ3SYs",
        "eWK9Hfcu7Pp3bjqWXX4dbKm3X7VFxnc"
    ),
    concat!("WIF Kwkw5xqFtjExh8jxk82QBZ3Z", "toGFw7XGPTED9psLye5XmsKVK9NB"),
    concat!("\"key\": \"5J9xi7tWaGvYRi3jAyzNPM", "yTY6dfMQ7W6bumRSVSPFFXLbXKFYi\""),
    concat!(
        "import L1CrDUzJcc8zpnSf21Lw65e9jSRjXb",
        "zZUgLPR88XR1ZpM7fVEtzY into the wallet"
    ),
    concat!(
        "stellar secret SBKUFTJ6J4ELEY3YY4FB",
        "V6XR7PYTQE47KH2IYCA6GJMPIPN2TQX4GTEE"
    ),
    concat!("wallet.wif=L1CrDUzJcc8zpnSf21Lw65e9jSRjXb", "zZUgLPR88XR1ZpM7fVEtzY"),
])
.not_in(&[
    "cold storage: KymHg5vqE8V1rQ1ig8PaDrr4bYWynS1ACkzhXti4zquYXr1vy511",
    "order 5KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK",
    "WIF KwNNNRgeBM79yHcLixcH6uCQZu98vJ2b15HkWnP7p36TMTUSVX9z",
    "the key K, and the key L",
    "stellar secret SDQVVX6ATVAPFJLWR3TFT6FCBMYZHS3XP3NSZ5CTA5NUCCNKOXX5TX4Z",
    "L111111111111111111111111111111111111111111111111111",
    "build 5KKn81JC6TZhgwCcm4gHqR9inVDvLnf7Kd5Bz39GGpAfbtShXY2",
]);

/// No address is shorter.
pub(super) const SHORTEST: usize = 26;

/// Reads a long token as an address or a key.
pub(super) fn find(page: &Page<'_>, token: Token, out: &mut Findings) {
    let text = page.slice(token.start..token.end);
    if token.classes & HIGH != 0 || !stands_alone(page.bytes, token.start, token.end) {
        return;
    }
    let span = token.start..token.end;
    if is_private_key(text) {
        out.add(&WALLET_KEY, span, Confidence::High);
    } else if !is_documented(text) && (is_address(text) || is_named_address(page, token, text)) {
        out.add(&WALLET, span, Confidence::High);
    }
}

/// Addresses of the genesis block and of the documents of BIP 173 and CashAddr.
fn is_documented(text: &[u8]) -> bool {
    const ADDRESSES: &[&[u8]] = &[
        b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        b"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        b"0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe",
        b"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        b"0x000000000000000000000000000000000000dEaD",
    ];
    ADDRESSES.contains(&text)
}

/// True where the checksum alone says so.
fn is_address(text: &[u8]) -> bool {
    match text {
        [b'0', b'x', rest @ ..] => rest.len() == 40 && is_eip55(rest),
        [b'1' | b'3' | b'T' | b'L' | b'M' | b'D' | b'A' | b'9' | b'X', ..] if (26..=35).contains(&text.len()) => {
            base58check::<25>(text, BITCOIN)
        }
        [b'r', ..] if (25..=35).contains(&text.len()) => base58check::<25>(text, RIPPLE),
        [b't', b'1' | b'3', ..] if text.len() == 35 => base58check::<26>(text, BITCOIN),
        [b'4' | b'8', ..] if text.len() == 95 => is_monero(text),
        [b'G', ..] if text.len() == 56 => is_stellar(text),
        [b'q' | b'p', ..] if text.len() == 42 => is_cash_address(text),
        _ if (26..=110).contains(&text.len()) => {
            static PREFIXES: &Index = &Sorted::by_start([
                "bc1",
                "ltc1",
                "tb1",
                "addr1",
                "stake1",
                "cosmos1",
                "osmo1",
                "juno1",
                "terra1",
                "inj1",
                "celestia1",
                "sei1",
                "kava1",
                "secret1",
                "dydx1",
                "akash1",
                "bnb1",
                "thor1",
                "vtc1",
                "dgb1",
            ]);
            PREFIXES.starting(text).next().is_some() && bech32(text)
        }
        _ => false,
    }
}

/// Addresses whose form says little: the word must stand beside them.
fn is_named_address(page: &Page<'_>, token: Token, text: &[u8]) -> bool {
    const ETHEREUM: &[&str] = &[
        "wallet",
        "address",
        "eth",
        "ethereum",
        "send",
        "pay",
        "usdt",
        "usdc",
        "deposit",
        "recipient",
        "metamask",
        "withdraw",
        "withdrawal",
        "payout",
        "erc20",
        "bep20",
        "polygon",
        "matic",
        "bsc",
        "brieftasche",
        "adresse",
        "cartera",
        "billetera",
        "portefeuille",
        "portafoglio",
        "carteira",
        "portfel",
        "кошелёк",
        "кошелек",
        "钱包",
        "地址",
        "ウォレット",
        "지갑",
    ];
    const SOLANA: &[&str] = &[
        "solana",
        "sol",
        "phantom",
        "spl",
        "solflare",
        "sol wallet",
        "sol address",
        "wallet",
        "钱包",
        "ウォレット",
        "지갑",
    ];
    let words = match text {
        [b'0', b'x', rest @ ..] if rest.len() == 40 && rest.iter().all(|byte| is(*byte, HEX)) && distinct(rest) > 4 => {
            ETHEREUM
        }
        _ if (43..=44).contains(&text.len()) && is_solana(text) => SOLANA,
        _ => return false,
    };
    let context = Context::of(page, token.start, token.end);
    context.find(words).is_some() && context.harmless().is_none()
}

fn is_private_key(text: &[u8]) -> bool {
    match text {
        [b'5', ..] if text.len() == 51 => base58check::<37>(text, BITCOIN),
        [b'K' | b'L', ..] if text.len() == 52 => base58check::<38>(text, BITCOIN),
        [b'S', ..] if text.len() == 56 => is_stellar(text),
        _ => false,
    }
}

const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/// EIP-55: a letter is a capital where the hash of the address has a high digit.
fn is_eip55(hex: &[u8]) -> bool {
    let mixed = hex.iter().any(|byte| is(*byte, UPPER)) && hex.iter().any(|byte| is(*byte, LOWER));
    if !mixed || !hex.iter().all(|byte| is(*byte, HEX)) {
        return false;
    }
    let hash = keccak256(&hex.to_ascii_lowercase());
    hex.iter().enumerate().all(|(at, byte)| {
        let digit = if at % 2 == 0 {
            hash[at / 2] >> 4
        } else {
            hash[at / 2] & 15
        };
        byte.is_ascii_digit() || byte.is_ascii_uppercase() == (digit >= 8)
    })
}

/// Monero writes blocks of eight bytes as eleven digits; the last four bytes are the start of a Keccak hash.
fn is_monero(text: &[u8]) -> bool {
    let mut bytes = Vec::with_capacity(69);
    for block in text.chunks(11) {
        let value = block.iter().try_fold(0u128, |value, byte| {
            let digit = BITCOIN.iter().position(|known| known == byte)?;
            Some(value * 58 + digit as u128)
        });
        let size = if block.len() == 11 { 8 } else { 5 };
        let Some(value) = value.filter(|value| *value < 1 << (8 * size)) else {
            return false;
        };
        bytes.extend_from_slice(&value.to_be_bytes()[16 - size..]);
    }
    let Some((body, check)) = bytes.split_last_chunk::<4>() else {
        return false;
    };
    keccak256(body)[..4] == check[..]
}

/// Base 32 with a CRC at the end.
fn is_stellar(text: &[u8]) -> bool {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = Vec::with_capacity(35);
    let (mut value, mut bits) = (0u32, 0);
    for byte in text {
        let Some(digit) = DIGITS.iter().position(|known| known == byte) else {
            return false;
        };
        value = (value << 5 | digit as u32) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((value >> bits) as u8);
        }
    }
    let Some((body, check)) = bytes.split_last_chunk::<2>() else {
        return false;
    };
    crc16(body).to_le_bytes() == *check
}

/// CashAddr without its prefix: a checksum of forty bits over the prefix and the digits.
fn is_cash_address(text: &[u8]) -> bool {
    const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u64; 5] = [
        0x98_f2bc_8e61,
        0x79_b76d_99e2,
        0xf3_3e5f_b3c4,
        0xae_2eab_e2a8,
        0x1e_4f43_e470,
    ];
    let prefix = b"bitcoincash".iter().map(|byte| u64::from(byte & 31)).chain([0]);
    let digits = text
        .iter()
        .map(|byte| DIGITS.iter().position(|known| known == byte).map_or(32, |at| at as u64));
    let mut check = 1u64;
    for value in prefix.chain(digits) {
        if value > 31 {
            return false;
        }
        let top = check >> 35;
        check = (check & 0x07_ffff_ffff) << 5 ^ value;
        for (bit, generator) in GENERATOR.iter().enumerate() {
            if top >> bit & 1 == 1 {
                check ^= generator;
            }
        }
    }
    check == 1
}

/// Thirty-two bytes in base 58, without a checksum.
fn is_solana(text: &[u8]) -> bool {
    text.iter().all(|byte| BITCOIN.contains(byte))
        && text.iter().any(|byte| is(*byte, UPPER))
        && text.iter().any(|byte| is(*byte, LOWER))
        && text.iter().all(|byte| is(*byte, ALNUM))
        && distinct(text) > 18
}
