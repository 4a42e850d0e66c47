//! Secrets known by the name they are given: passwords, and keys without a format of their own.
//!
//! The name decides what is looked for, the value whether it is one: references, placeholders, words, types, paths and
//! function calls are not secrets.

mod code;
mod connection;
mod files;
mod name;
mod places;
mod prose;
mod value;

pub(super) use self::files::{hashed, pgpass};
pub(super) use self::value::{is_password, names_a_secret};

use self::name::{Kind, Name};
use self::value::{Value, is_secret, is_wordy};
use super::tokens::{self, Type};
use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, HEX, LETTER, LOWER, SPACE, TOKEN, UPPER, is, run_end};
use crate::evidence::{are_distinct, contains, distinct, is_placeholder, is_test_code, is_uuid};
#[cfg(test)]
use crate::page::looks;
use crate::page::{Findings, Page, Topic};
use crate::registry::{Info, Standing};
use crate::sweep::skip_blanks;
use std::ops::Range;
use std::sync::LazyLock;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Secrets;

/// A password.
pub(super) static PASSWORD: Info = Info::new(
    "security/password",
    "Password",
    Category::Security,
    Standing::Contextual,
)
.from(
    "any",
    "a name for a password in fifteen languages, and a value that is not a word",
)
.found_in(&[
    "password: F26LI1W0ceX",
    "db_password=River_2024!",
    "password = 'M!9^VMB^NYvL==_T'",
    "{\"password\":\"St0nes-And-3\"}",
    "Das Passwort ist Wehr#2024x",
    "contraseña: R10-grande!",
    "mysql -u root --password=fl0wsPast9",
    "CREATE USER x IDENTIFIED BY 'Fl0ws.Past'",
    "ALTER USER x WITH PASSWORD 'Fl0ws.Past'",
    "machine h login u password Fl0wsPast9",
    "curl -u weir:St0nesAnd3 https://x.io",
    "the password is St0nes4And3",
    "mot de passe : Riv1ere&7",
    "пароль: Reka2024!x",
    "密码：Heliu8899x",
    "export PGPASSWORD=St0nesAnd3",
    "sshpass -p 'Fl0wsPast9x' ssh weir@h",
    "mysql -uroot -pFl0wsPast9x crm",
    "my password is hunter2 btw",
    "the default password I was given is Fl0wsPast9x",
    "code d'accès : Riv1ere&7",
    "パスワードを確認してください:River-stone-579",
    "Senha do Wi-Fi River-stone-579 está certo?",
    "(identifiants Weir@1228)",
    "(пароль администратора river.pebble.3468)",
    "mot de passe wifi : 8gArJtsurC7s#",
    "09:14 <mo> whats the root pw on that box\n09:14 <li> river.pebble.1978\n09:15 <mo> thx",
    "I think the password (Will0wthund3r82) is wrong",
    "see the notes (passphrase Copper-ginger-064) for the box",
    "passphrase:\n5uEra6pCh4mD?\nthanks",
    "config[\"password\"] = 'Kj8$mmQx2'",
    "{\\\"password\\\":\\\"Kj8$mmQx2\\\"}",
    "Şifre: Nehir2024!x",
    "La parola d'ordine è Fiume2024!x",
    "Lösenordet är Flod2024!x",
    "parola Nehir2024!x",
    "WLAN-Key: gLFe7IP8esfJnAUd",
    "keytool -importkeystore -srcstorepass axp2fLALCs0R",
    "<property name=\"hibernate.connection.password\">Riv3r.Stone7</property>",
    "<AdminPassword><Value>Riv3r#Stone7</Value></AdminPassword>",
    "<key>Password</key>\n<string>Riv3r#Stone7</string>",
    "user/pass: svc_etl / Riv3r#Stone7",
    "set_option :deploy_password, \"Riv3r#Stone7\"",
    "the admin password River_4072x is on the card",
    "net user svc_backup Riv3r#Stone7 /add",
    "net use Z: \\\\srv01\\data /user:adm Riv3r#Stone7",
    "credentials for the demo tenant: ada@weir.io / Riv3r#Stone7",
    "пароль: River%0892x",
    "CREATE LOGIN etl WITH PASSWORD = N'Riv3r#Stone7';",
    "#define WIFI_PASS \"O7dMesOTUBNi\"",
    "unzip -P Riv3rStone7x backup.zip",
    "mongo -u root -p Riv3rStone7x admin",
    "ldapsearch -x -D cn=admin,dc=weir -w Riv3rStone7x",
    "sqlcmd -S sql01 -U sa -P Riv3rStone7x",
    "smbclient //srv/share -U ops%Riv3rStone7x",
    "sqlplus system/Riv3rStone7x@ORCL",
    "htpasswd -b .htpasswd ops Riv3r#Stone7",
    "(ConvertTo-SecureString \"Riv3r#Stone7\" -AsPlainText -Force)",
    "new NetworkCredential(\"mailer\", \"Riv3r#Stone7\")",
    "lftp -u upload,Riv3rStone7x sftp://files.corp.io",
    "echo 'Riv3r#Stone7' | sudo -S systemctl restart x",
])
.not_in(&[
    "password = os.getenv('PW')",
    "password: string",
    "password = \"\"",
    "reset my password please",
    "password: ${PW}",
    "password: \"%DB_PASSWORD%\"",
    "passwd:x:0:0:root:/root:/bin/bash",
    "the password (see section 4.2.1) is wrong",
    "password:\n  secretKeyRef:\n    name: db1",
    "password=changeme",
    "password: must be at least 8 characters",
    "password: <your password>",
    "password = config.db.password",
    "if password == user.password:",
    "password_file=/run/secrets/db",
    "\"password\": \"Passwort\"",
    "password: ********",
    "passwordField.text = label2",
    "the password is wrong",
    "password = get_password(user1)",
    "bypass = route66a",
    "identifiants jean2@weir.fr",
    "the password manager-plugin-2024 is out",
    "the password you entered is incorrect1",
    "pw on server42 rotates daily",
    "パスワードの長さ: 8-16",
    "compass: N42e",
    "#define MD_SSL_KEY_PASSWORD (IIS_MD_SSL_BASE+2)",
    "#define NTE_INCORRECT_PASSWORD _HRESULT_TYPEDEF_(0x80090033)",
    "pub static UserPassword: SecAsn1Oid;",
    "passwd='geheim$parole'",
    "const pass = !received;",
    "passForModal:!0}},{id:\"x\"",
    "FunctionPass *createFloat2IntPass();",
    "PASS: addr2line\nPASS: addr2line -f option\n",
    "the link is identified by %NL80211_ATTR_MLO_LINK_ID.",
    ".icon-pass:before,.icon-closed:before{content:\"x\"}",
    "setup (ownerPassword=ownerPassword@entry=0x1165830, userPassword=0x0)",
    "\"pass\": \"1つのロール値のみ使用されています\"",
    "converts the password to latin1 before opening",
    "toPass: testInfo._internal.expect?.toPass",
    "password: 'bm90IG15IHJlYWwgcGFzc3dvcmQ='",
    "password=$2",
    "パスワードは8文字以上",
    "wget --password=PASSWORD --user=USER",
    "Server=myServerAddress;Database=myDataBase;User Id=myUsername;Password=myPassword;",
    "<string name=\"password_hint\">Enter it twice</string>",
    "<key>Password</key>\n<true/>",
    "parola chiave del progetto",
    "la parola 3dprinting2024 è inglese",
    "wifi_key = \"ctrl+alt+w\"",
    "user/pass: see wiki / page2",
    "(&rfc2985::PKCS_9_AT_PASSWORD, \"pkcs-9-at-pkcs15Password\"),",
    "net user svc_backup /delete",
    "password: user-%08x",
    "unzip -P \"$ZIP_PASSWORD\" backup.zip",
    "sqlplus / as sysdba",
    "smbclient //srv/share -U ops",
    "net use Z: \\\\srv01\\data /delete",
    "ldapsearch -x -b dc=weir -w $LDAP_PASSWORD",
    "net user svc_backup * /add",
    "ConvertTo-SecureString $plain -AsPlainText -Force",
    "new NetworkCredential(user, password)",
    "echo \"$PW\" | sudo -S true",
]);

/// A secret of unknown kind.
pub(super) static GENERIC: Info = Info::new(
    "security/generic_secret",
    "Secret",
    Category::Security,
    Standing::Generic,
)
.from("any", "a name for a key or token, and a value of high entropy")
.found_in(&[
    "client_secret = \"gMtaL5nKLh9n8rkhPjYnm2DsyiLooJDD\"",
    "API_KEY: 8f14e45fceea167a5a36dedd4bea2543",
    "x-api-key: WeirFlows2Past9Stones4",
    "export SIGNING_KEY='kJ8s-2mQ9_xZ4vB7nL1p'",
    "the api key is WeirFlows2Past9Stones4",
    "They gave me WeirFlows2Past9Stones4 as the client secret.",
    "APP_SECRET <- \"WeirFlows2Past9Stones4\"",
    "#define APP_SECRET \"WeirFlows2Past9Stones4\"",
    "07:44 me *APP_SECRET* WeirFlows2Past9Stones4",
    "**hmac_key:** WeirFlows2Past9Stones4",
    "SECRET_TOKEN = hruymxsdjybqNUcaaYJwJdKSOdWK9Ddw",
    "\"client_secret\" is \"WeirFlows2Past9Stones4\"",
    "the session key secret I was given is 8f14e45fceea167a5a36dedd4bea2543",
])
.not_in(&[
    "\"AWS::IAM::AccessKey\": \"62d91b17309e76c8a\"",
    "SecretArn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-x7Kq2Zb9LmWt",
    "API_KEY=YOUR_API_KEY",
    "token: ${TOKEN}",
    "max_tokens=16384",
    "public_key: gMtaL5nKLh9n8rkhPjYnm2DsyiLooJDD",
    "secret_name: database-credentials-prod2",
    "monkey=gMtaL5nKLh9n8rkhPjYnm2DsyiLooJDD",
    "we use sha256 as a token hash",
    "token_url=https://id.corp.io/oauth2/token",
    "commit: 9910789cfe1df0a844126a661b5948703a89853d",
    "next_page_token: gMtaL5nKLh9n8rkhPjYnm2Dsy",
    "key: ctrl+shift+alt+f12",
    "publicKeyToken=\"6595b64144ccf1df\"",
    "otpauth://totp/Weir?secret=KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TFOQ&issuer=Weir",
    "Credential=H20ABqCkLZID4rLe/20220809/us-east-1/s3/aws4_request",
    "#define REQ_GET_TOKEN (HSE_REQ_END_RESERVED+11)",
    "pkcs11:token=Root%20CA%20Certificates;serial=1",
    "Add new upstream signing key 19882D92DDA4C400C22C0D56CC2AF4472167BE03",
    "[\"a11y_accesskey\",\"a11y_aria_activedescendant_has_tabindex\"]",
]);

/// The secret half of an AWS key.
pub(super) static AWS_SECRET: Info = Info::new(
    "security/aws_secret_key",
    "AWS secret access key",
    Category::Security,
    Standing::Typed,
)
.from(
    "any",
    "docs.aws.amazon.com; 40 characters of base64 beside its name or its key id",
)
.found_in(&[
    "\"SecretAccessKey\": \"Weir/Flows2Past9Stones4+And3Holds8Back1W\"",
    "aws configure set aws_secret_access_key USAO4PzJiKbT4QAXHg0eN/xL6n2ddHQGvoCpdZmC",
    "AWS_SECRET_ACCESS_KEY=USAO4PzJiKbT4QAXHg0eN/xL6n2ddHQGvoCpdZmC",
    "aws_secret_access_key = \"Weir/Flows2Past9Stones4+And3Holds8Back1W\"",
    concat!("AK", "IAR3DPQ7TXWZ5LMNKB,USAO4PzJiKbT4QAXHg0eN/xL6n2ddHQGvoCpdZmC"),
])
.not_in(&[
    "the aws secret key has 40 characters of base64",
    "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "aws_secret_access_key = ${AWS_SECRET}",
    "commit 9910789cfe1df0a844126a661b5948703a89853d",
    "AWS_SECRET_ACCESS_KEY=short",
]);

/// The account key of Azure storage.
pub(super) static AZURE_STORAGE: Info = Info::new("security/azure_storage_key", "Azure storage account key", Category::Security, Standing::Envelope)
    .from("any", "learn.microsoft.com; 64 bytes in base64 beside its name")
    .found_in(&[
            "storage_account_key = \"pT6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQJv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc==\"",
            "az storage blob list --account-key Jv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc5T6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQ==",
            "accountKey: pT6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQJv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc==",
        concat!("AccountName=weir;Account", "Key=Jv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc5T6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQ==;EndpointSuffix=core.windows.net"),
        "AZURE_STORAGE_KEY=Jv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc5T6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQ==",
    ])
    .not_in(&[
            "AccountName=weir;EndpointSuffix=core.windows.net","AccountKey=<key>;", "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==", "AccountKey=c2hvcnQ=", "sha512-Jv1lHT+/dMyOHrATAqRVe+dS5L01/VSauzK9mQpTpc5T6H9nY/9nGqWk4Bi5QgxVvOw9K9pWxVc6gibGyj2wPQ=="]);

/// Words after which a password or key may follow without an assignment.
const WORDS: [Word; 68] = [
    Word::any_case("identifiants"),
    Word::any_case("zugangsdaten"),
    Word::any_case("credenciales"),
    Word::any_case("credenziali"),
    Word::any_case("inloggegevens"),
    Word::any_case("pw on"),
    Word::any_case("pw for"),
    Word::any_case("clave es "),
    Word::any_case("zugangspasswort"),
    Word::any_case("initialpasswort"),
    Word::any_case("toegangswachtwoord"),
    Word::any_case("mdp"),
    Word::any_case("palavra-passe"),
    Word::any_case("口令"),
    Word::any_case("패스워드"),
    Word::any_case("парол"),
    Word::any_case("password"),
    Word::any_case("passwort"),
    Word::any_case("kennwort"),
    Word::any_case("contraseña"),
    Word::any_case("contrasena"),
    Word::any_case("senha"),
    Word::any_case("mot de passe"),
    Word::any_case("wachtwoord"),
    Word::any_case("hasło"),
    Word::any_case("passcode"),
    Word::any_case("passphrase"),
    Word::any_case("passwd"),
    Word::any_case("pwd"),
    Word::any_case("пароль"),
    Word::exact("Пароль"),
    Word::any_case("密码"),
    Word::any_case("パスワード"),
    Word::any_case("비밀번호"),
    Word::any_case("암호"),
    Word::any_case("clave de acceso"),
    Word::any_case("identified by"),
    Word::any_case("lösenord"),
    Word::any_case("şifre"),
    Word::any_case("pw is "),
    Word::any_case("pass is "),
    Word::any_case("requirepass"),
    Word::any_case("storepass"),
    Word::any_case("srcstorepass"),
    Word::any_case("deststorepass"),
    Word::any_case("srckeypass"),
    Word::any_case("destkeypass"),
    Word::exact("Şifre"),
    Word::exact("ŞİFRE"),
    Word::exact("CONTRASEÑA"),
    Word::any_case("parola"),
    Word::any_case("parola d'ordine"),
    Word::any_case("lösenordet"),
    Word::any_case("passordet"),
    Word::any_case("adgangskode"),
    Word::any_case("adgangskoden"),
    Word::any_case("salasana"),
    Word::any_case("jelszó"),
    Word::any_case("parolă"),
    Word::any_case("κωδικός"),
    Word::any_case("api key"),
    Word::any_case("auth token"),
    Word::any_case("access token"),
    Word::any_case("secret key"),
    Word::any_case("token is "),
    Word::any_case("key is "),
    Word::any_case("secret is "),
    Word::any_case("secret_access_key"),
];
const FIRST_KEY_WORD: usize = 60;
const CHPASSWD: usize = WORDS.len();
const COOKIE: usize = WORDS.len() + 1;

/// What names of secrets begin with: an assignment is read only where one of these stands close before it.
const NAMES: &[&str] = &[
    "chpasswd",
    "cookie",
    "pass",
    "psk",
    "jsession",
    "phpsess",
    "pwd",
    "psw",
    "secret",
    "token",
    "key",
    "apikey",
    "api",
    "auth",
    "cred",
    "client",
    "clave",
    "contrase",
    "senha",
    "mdp",
    "motdepasse",
    "kennwort",
    "wachtwoord",
    "hasło",
    "haslo",
    "пароль",
    "Пароль",
    "ПАРОЛЬ",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
    "암호",
    "şifre",
    "Şifre",
    "wlan",
    "lösenord",
    "adgangskode",
    "salasana",
    "heslo",
    "jelsz",
    "parol",
    "jwt",
    "session",
    "signature",
    "salt",
    "pepper",
    "bearer",
    "pat",
    "account",
    "access",
    "connect",
    "private",
    "twilio",
    "aws",
    "accesskey",
    "storage",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "口令",
    "lösen",
    "d'accès",
];

/// False where neither of the signs of [`may_be_named`] is there: the letters before the mark, or before a blank, are not
/// those of a name, and no word of one stands close.
#[inline(always)]
pub(super) fn seems_named(page: &Page<'_>, at: usize) -> bool {
    let blank = usize::from(page.before(at) == b' ');
    let Some(&[before, last]) = page.bytes[..at.saturating_sub(blank)].last_chunk() else {
        return true;
    };
    page.name_before(at, REACH).is_some() | ENDS_LIKE_NAME[usize::from(last)][usize::from(before % 32)]
}

/// For a last byte, before which others it may end a name, or close what stands around one.
static ENDS_LIKE_NAME: [[bool; 32]; 256] = {
    let mut ends = [[false; 32]; 256];
    let mut last = 0;
    while last < 256 {
        let mut before = 0;
        while before < 32 {
            ends[last][before] = closes_name(last as u8) || ENDS[before] >> (last % 32) & 1 == 1;
            before += 1;
        }
        last += 1;
    }
    ends
};

/// What may stand between a name that ends so and its mark.
const fn closes_name(byte: u8) -> bool {
    matches!(byte, b' ' | b'"' | b'\'' | b'`' | b'\\' | b']' | b'?')
}

/// Those of [`NAMES`] that are no words for a password or for who logs in.
const OF_KEYS: &[&str] = &[
    "cookie",
    "jsession",
    "phpsess",
    "secret",
    "token",
    "key",
    "apikey",
    "api",
    "auth",
    "client",
    "wlan",
    "jwt",
    "session",
    "signature",
    "salt",
    "pepper",
    "bearer",
    "pat",
    "account",
    "access",
    "connect",
    "private",
    "twilio",
    "aws",
    "accesskey",
    "storage",
    "encryptionkey",
    "signingkey",
    "masterkey",
];

/// Which of the words of the lexicon say that the value is a password, or that somebody logs in with one.
static SAYS_PASSWORD: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let names = NAMES.iter().map(|name| !OF_KEYS.contains(name));
    WORDS.iter().map(|_| true).chain(names).collect()
});

/// True when the letters right before `at` end like the name of a secret: `PGPASSWORD=`.
fn ends_like_name(page: &Page<'_>, at: usize) -> bool {
    let mut end = at;
    while end > 0 && at - end < 8 && closes_name(page.byte(end - 1)) {
        end -= 1;
    }
    let Some([.., before, last]) = page.bytes.get(..end) else {
        return false;
    };
    ENDS[usize::from(before % 32)] >> (last % 32) & 1 == 1 && is_name_end(page, end)
}

/// For the last letter but one of the names below, the last ones, a bit each. Letters share theirs with capitals, and
/// with a few other bytes.
static ENDS: [u32; 32] = {
    let mut ends = [0; 32];
    let mut name = 0;
    while name < NAME_ENDS.len() {
        if let [.., before, last] = NAME_ENDS[name] {
            ends[*before as usize % 32] |= 1 << (*last % 32);
        }
        name += 1;
    }
    ends
};

/// The ends of names that no word of the lexicon leads to.
const NAME_ENDS: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"pwd",
    b"token",
    b"secret",
    b"passwort",
    b"apikey",
    b"secretkey",
    b"phrase",
    b"pw",
    b"pass",
];

fn is_name_end(page: &Page<'_>, end: usize) -> bool {
    let tail = page.slice(end.saturating_sub(9)..end);
    NAME_ENDS
        .iter()
        .any(|name| tail.len() >= name.len() && tail[tail.len() - name.len()..].eq_ignore_ascii_case(name))
}

impl Family for Secrets {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&AWS_SECRET, &AZURE_STORAGE, &PASSWORD, &GENERIC]
    }

    fn words(&self) -> Vec<Word> {
        WORDS
            .into_iter()
            .chain(NAMES.iter().map(|name| Word::any_case(name)))
            .collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        let end = compound_end(page, hit.end);
        page.note_name(end);
        if SAYS_PASSWORD[hit.index] {
            page.note_password(end);
        }
        places::after_name(page, end, out);
        places::before_name(page, hit.start, end, out);
        match hit.index {
            index if index < FIRST_KEY_WORD => prose::after_word(page, hit, Kind::Password, out),
            index if index < WORDS.len() => prose::after_word(page, hit, Kind::Secret, out),
            COOKIE => page.mention(Topic::Cookies),
            index if index == CHPASSWD => files::chpasswd(page, hit.start, hit.end, out),
            _ => {}
        }
    }
}

/// Where a name ends that goes on without a joint: `storagekey`, `accesstoken`.
fn compound_end(page: &Page<'_>, end: usize) -> usize {
    const TAILS: [&[u8]; 6] = [b"key", b"token", b"secret", b"password", b"pass", b"pwd"];
    if !is(page.byte(end), LETTER) {
        return end;
    }
    let tail = page.slice(end..run_end(page.bytes, end, LETTER, 9));
    let known = TAILS.iter().any(|known| tail.eq_ignore_ascii_case(known));
    end + if known { tail.len() } else { 0 }
}

/// In running text a password has at least two of: digit, mark, capital inside.
fn is_prose(text: &str) -> bool {
    let digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let mark = text
        .bytes()
        .any(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'-' | b'.' | b'/' | b'\''));
    let capital = text.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    usize::from(digit) + usize::from(mark) + usize::from(capital) < 2 && !(digit && text.len() >= 6)
}

/// A `:` or `=`: a name on the left, a value on the right.
pub(super) fn assignment(page: &Page<'_>, at: usize, out: &mut Findings) {
    if !seems_named(page, at) || !may_be_named(page, at) || is_comparison(page, at) {
        return;
    }
    if value::may_stand_behind(page, at) && name::may_name(page, at) {
        assigned(page, at, out);
    } else {
        #[cfg(test)]
        {
            let looks = looks::take();
            let mut missed = Findings::default();
            assigned(page, at, &mut missed);
            assert!(missed.0.is_empty(), "a secret sleeps at {at}");
            looks::take();
            looks::add(looks);
        }
    }
}

/// The same, where a name and a value may stand.
fn assigned(page: &Page<'_>, at: usize, out: &mut Findings) {
    let mut name = Name::before(page, at);
    if name.is_type() {
        name = Name::before(page, name.start.saturating_sub(1).max(page.line_start(at, 128)));
    } else if let Some(named) = name.of_pair(page) {
        name = named;
    }
    let login = || name.has("pass") && matches!(page.before(name.start), b'/');
    if (name.has("cred") || login())
        && let Some(password) = of_login(page, skip_blanks(page.bytes, at + 1))
    {
        out.add(&PASSWORD, password, Confidence::Medium);
        return;
    }
    let cookie = || name.is_session_cookie(page).then_some(Kind::Secret);
    let Some(kind) = name.kind().or_else(cookie) else {
        return in_east(page, &name, at, out);
    };
    if is_in_resource_name(page, name.start) || code::is_of_report(page, name.start) {
        return;
    }
    let arrow = page.byte(at) == b'=' && page.byte(at + 1) == b'>';
    let from = over_tag(page, skip_blanks(page.bytes, at + 1 + usize::from(arrow)));
    if name.is_authorization() {
        return authorization(page, from, out);
    }
    if page.byte(at) == b':' && matches!(page.byte(from), b'\n' | b'\r') {
        return on_next_line(page, &name, kind, from, out);
    }
    let Some(value) = Value::read(page, from) else { return };
    // `password: Type = …`: the value stands behind the next mark.
    let typed = page.byte(at) == b':' && !value.quoted && {
        let next = skip_blanks(page.bytes, value.range.end);
        page.byte(next) == b'=' && page.byte(next + 1) != b'='
    };
    let declared = page.byte(at) == b':' && !value.quoted && is_declared(page, name.start);
    if !typed && !declared && !code::is_selector(page, name.start, value.range.start) {
        report(page, &name, kind, value, out);
    }
}

/// `pub static password: SecItem;`: what stands behind the name is its type.
fn is_declared(page: &Page<'_>, name: usize) -> bool {
    const WORDS: [&[u8]; 12] = [
        b"pub ",
        b"static ",
        b"const ",
        b"let ",
        b"var ",
        b"val ",
        b"private ",
        b"public ",
        b"protected ",
        b"readonly ",
        b"extern ",
        b"fn ",
    ];
    let line = page.slice(page.line_start(name, 96)..name).trim_ascii_start();
    WORDS.iter().any(|word| line.starts_with(word))
        || WORDS.iter().any(|word| page.slice(name..name + word.len()) == *word)
}

/// A sentence about a password, `パスワードを確認してください:`, and behind its mark what nobody would say.
fn in_east(page: &Page<'_>, name: &Name, at: usize, out: &mut Findings) {
    if name.asks_in_east()
        && let Some(value) = Value::read(page, skip_blanks(page.bytes, at + 1))
    {
        places::drawn(page, name, Kind::Password, value, out);
    }
}

/// How far the words of a name may stand before its mark.
const REACH: usize = 64;

/// False where no name on the left can be that of a secret.
pub(super) fn may_be_named(page: &Page<'_>, at: usize) -> bool {
    let named = page.name_before(at, REACH);
    named.is_some_and(|end| {
        name::goes_on(page.slice(end..at)) || page.mentions(Topic::Cookies) || name::is_led_to(page, at)
    }) || ends_like_name(page, at)
}

/// `creds: admin / …`: who, and with which password.
fn of_login(page: &Page<'_>, from: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 96;
    let line = page.text(from..page.line_end(from, LONGEST));
    let (user, rest) = line.split_once(" / ")?;
    let word = rest.split([' ', ',', ';']).next()?;
    let start = from + user.len() + " / ".len();
    (!user.contains(' ') && value::is_strong(word)).then(|| start..start + word.len())
}

/// Over the tag that ends what sets a name off: `<b>password:</b> `, `**password:** `.
fn over_tag(page: &Page<'_>, from: usize) -> usize {
    const TAGS: [&str; 8] = ["</b>", "</strong>", "</span>", "</em>", "</td>", "</dt>", "** ", "* "];
    let closed = TAGS.iter().find(|tag| page.has(from, tag));
    closed.map_or(from, |tag| skip_blanks(page.bytes, from + tag.len()))
}

/// A name that ends its line, and a line that holds nothing but a value: how forms and mails are copied.
fn on_next_line(page: &Page<'_>, name: &Name, kind: Kind, line_end: usize, out: &mut Findings) {
    let start = line_end + usize::from(page.byte(line_end) == b'\r') + 1;
    let end = page.line_end(start, 160);
    let line = page.text(start..end);
    let text = line.trim_end();
    let fits = match kind {
        Kind::Password => value::is_strong(text),
        Kind::Secret => is_secret(text, false),
    };
    if fits && !text.contains([' ', ':']) {
        report(page, name, kind, Value::quoted(start..start + text.len()), out);
    }
}

/// True for `==`, `!=`, `::`, `:=` and the like.
fn is_comparison(page: &Page<'_>, at: usize) -> bool {
    let (before, mark, after) = (page.before(at), page.byte(at), page.byte(at + 1));
    matches!(before, b'=' | b'!' | b'<' | b'>' | b'~')
        || after == b'=' && mark == b'='
        || after == b'~'
        || after == b':'
        || before == b':' && mark == b':'
        || (mark, after) == (b':', b'=')
}

/// True inside `arn:aws:secretsmanager:…:secret:name`, and for the last word of a type: `AWS::IAM::AccessKey`.
fn is_in_resource_name(page: &Page<'_>, at: usize) -> bool {
    if page.slice(at.saturating_sub(2)..at) == b"::" {
        return true;
    }
    let before = page.slice(at.saturating_sub(160)..at);
    let word = before
        .rsplit(|byte| is(*byte, SPACE) || b"\"'`=".contains(byte))
        .next()
        .unwrap_or(before);
    [&b"arn:"[..], b"urn:", b"secretsmanager:"]
        .iter()
        .any(|part| contains(word, part))
}

/// `Authorization: Token …`: schemes other than Basic and Bearer, which are read by their own words, and no scheme.
fn authorization(page: &Page<'_>, from: usize, out: &mut Findings) {
    const SCHEMES: &[&str] = &[
        "token",
        "apikey",
        "api-key",
        "key",
        "bot",
        "ssws",
        "geniekey",
        "oauth",
        "jwt",
        "splunk",
        "apitoken",
        "discordbot",
        "zoho-oauthtoken",
        "client-id",
        "sso-key",
        "x-api-key",
        "hmac",
    ];
    let start = from + usize::from(matches!(page.byte(from), b'"' | b'\'' | b'`'));
    let word = run_end(page.bytes, start, TOKEN, 24);
    let scheme = page.text(start..word).to_ascii_lowercase();
    if matches!(scheme.as_str(), "bearer" | "basic" | "digest" | "negotiate" | "ntlm") {
        return;
    }
    let known = SCHEMES.contains(&scheme.as_str()) && page.byte(word) == b' ';
    let from = if known { skip_blanks(page.bytes, word) } else { from };
    let Some(value) = Value::read(page, from) else { return };
    let quoted = usize::from(matches!(page.byte(value.range.start), b'"' | b'\''));
    let range = value.range.start + quoted..value.range.end;
    let text = page.text(range.clone());
    if !known && super::auth::is_basic(text) {
        out.add(&super::auth::BASIC, range, Confidence::High);
    } else if is_secret(text, value.call) && !text.trim_end_matches('=').contains('=') {
        let info = if known { tokens::info(Type::Bearer) } else { &GENERIC };
        out.add(info, range, Confidence::High);
    }
}

/// Adds the value if it is what its name says.
fn report(page: &Page<'_>, name: &Name, kind: Kind, value: Value, out: &mut Findings) {
    let text = page.text(value.range.clone());
    // In a connection string nothing but a password stands there.
    let connects =
        || kind == Kind::Password && value::is_given(text) && connection::around(page, &value.range).is_some();
    let judged = judge(page, name, kind, text, &value);
    let Some((info, confidence)) = judged.or_else(|| connects().then_some((&PASSWORD, Confidence::High))) else {
        return;
    };
    let connection = (std::ptr::eq(info, &raw const PASSWORD))
        .then(|| connection::around(page, &value.range))
        .flatten();
    match connection {
        Some(range) => out.add(&super::auth::CONNECTION, range, Confidence::High),
        None => out.add(info, value.range, confidence),
    }
}

/// Adds a password that stands where one must stand.
pub(super) fn password(page: &Page<'_>, range: Range<usize>, out: &mut Findings) {
    if !is_fixture(page, &range) {
        out.add(&PASSWORD, range, Confidence::High);
    }
}

/// True when a value of words stands in a unit test.
fn is_fixture(page: &Page<'_>, value: &Range<usize>) -> bool {
    const REACH: usize = 1500;
    is_wordy(page.text(value.clone()))
        && is_test_code(
            page.slice(value.start.saturating_sub(REACH)..value.start),
            page.slice(value.end..value.end + REACH),
        )
}

fn judge(page: &Page<'_>, name: &Name, kind: Kind, text: &str, value: &Value) -> Option<(&'static Info, Confidence)> {
    if value::is_for_tests(text) {
        return None;
    }
    judge_typed(page, name, kind, text, value).or_else(|| judge_untyped(page, name, kind, text, value))
}

/// A key of a vendor that the name speaks of, and that looks like one.
fn judge_typed(
    page: &Page<'_>,
    name: &Name,
    kind: Kind,
    text: &str,
    value: &Value,
) -> Option<(&'static Info, Confidence)> {
    let base64 = || {
        text.bytes()
            .all(|byte| is(byte, ALNUM) || matches!(byte, b'+' | b'/' | b'='))
    };
    if text.len() == 88
        && text.ends_with("==")
        && base64()
        && (name.has("account") || name.has("storage") || name.has("azure"))
        && !text.starts_with("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6")
    {
        return Some((&AZURE_STORAGE, Confidence::High));
    }
    if is_aws_secret(text)
        && (name.has("aws")
            || name.has("secret access")
            || name.has("secretaccess")
            || name.has("s3")
            || name.has("secret") && (text.contains('/') || text.contains('+')))
    {
        return Some((&AWS_SECRET, Confidence::High));
    }
    if text.len() == 32
        && text.bytes().all(|byte| is(byte, HEX))
        && distinct(text.as_bytes()) > 7
        && (name.has("twilio") || kind == Kind::Secret && near(page, value.range.start, b"twilio"))
    {
        return Some((tokens::info(Type::Twilio), Confidence::High));
    }
    if kind == Kind::Secret && !value.call && is_mixed(text) && name.is_of_vendor(text) && !is_placeholder(text) {
        // What has a format of its own as well is of that type.
        return Some((tokens::info(Type::Other), Confidence::Medium));
    }
    None
}

/// A password, or a secret without a format of its own.
fn judge_untyped(
    page: &Page<'_>,
    name: &Name,
    kind: Kind,
    text: &str,
    value: &Value,
) -> Option<(&'static Info, Confidence)> {
    match kind {
        Kind::Password if !value.call && is_password(text, value.quoted) => {
            if is_fixture(page, &value.range) {
                return None;
            }
            Some((
                &PASSWORD,
                if is_prose(text) {
                    Confidence::Medium
                } else {
                    Confidence::High
                },
            ))
        }
        // Several vendors issue keys that look like UUIDs.
        Kind::Secret
            if is_uuid(text.as_bytes())
                && distinct(text.as_bytes()) > 8
                && (name.has("api key") || name.has("apikey") || name.has("secret")) =>
        {
            Some((&GENERIC, Confidence::Medium))
        }
        // Whoever verifies packages knows the key by its fingerprint.
        Kind::Secret if name.has("signing key") && is_fingerprint(text) => None,
        // Sessions are numbered by people's names in some logs.
        Kind::Secret if name.is_session_number() && !is_random_id(text) => None,
        Kind::Secret if is_secret(text, value.call) => Some((&GENERIC, Confidence::Medium)),
        Kind::Secret
            if !value.call
                && (name.has("secret") || name.has("cred") && value.quoted && value::is_strong(text))
                && is_password(text, value.quoted)
                && !is_prose(text)
                && !is_wordy(text) =>
        {
            Some((&GENERIC, Confidence::Medium))
        }
        _ => None,
    }
}

/// The SHA-1 of a public key, as OpenPGP writes it.
fn is_fingerprint(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// One run of at least twenty letters and digits.
fn is_random_id(text: &str) -> bool {
    text.len() >= 20 && !text.contains('-')
}

/// Letters and digits of some variety: a key drawn by chance has both.
fn is_mixed(text: &str) -> bool {
    text.bytes().any(|byte| is(byte, DIGIT))
        && text.bytes().any(|byte| is(byte, LETTER))
        && are_distinct(text.as_bytes(), 6)
}

/// The secret that stands behind an AWS key id: a column, a line or a few words on.
pub(super) fn beside_key_id(page: &Page<'_>, from: usize, out: &mut Findings) {
    let stop = page.bytes.len().min(from + 160);
    let inside = |byte: u8| is(byte, ALNUM) || matches!(byte, b'+' | b'/');
    let mut at = from;
    while at < stop {
        let end = (at..page.bytes.len().min(at + 41))
            .find(|at| !inside(page.byte(*at)))
            .unwrap_or(page.bytes.len().min(at + 41));
        if end - at == 40 && is_aws_secret(page.text(at..end)) {
            out.add(&AWS_SECRET, at..end, Confidence::High);
            return;
        }
        at = end + 1;
        while at < stop && inside(page.byte(at - 1)) && inside(page.byte(at)) {
            at += 1;
        }
    }
}

fn is_aws_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 40 {
        return false;
    }
    let all = |classes| bytes.iter().all(|byte| is(*byte, classes));
    let mixed = bytes.iter().any(|byte| is(*byte, UPPER))
        && bytes.iter().any(|byte| is(*byte, LOWER))
        // One key in a thousand has no digit; no name has twenty different letters.
        && (bytes.iter().any(|byte| is(*byte, DIGIT)) || distinct(bytes) >= 20);
    mixed
        && !all(HEX)
        && distinct(bytes) >= 15
        && !text.contains("EXAMPLE")
        && bytes.iter().all(|byte| is(*byte, ALNUM) || matches!(byte, b'+' | b'/'))
}

fn near(page: &Page<'_>, at: usize, word: &[u8]) -> bool {
    contains(&page.slice(at.saturating_sub(160)..at).to_ascii_lowercase(), word)
}
