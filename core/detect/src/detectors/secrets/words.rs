//! The words of the lexicon that lead to a secret.

use crate::detectors::Word;

/// Words after which a password or key may follow without an assignment.
pub(super) const WORDS: [Word; 121] = [
    Word::any_case("enable secret"),
    Word::any_case("pw?"),
    Word::any_case("heslo"),
    Word::any_case("keypass"),
    Word::any_case("비번"),
    Word::any_case(PW),
    Word::any_case(PASS),
    Word::any_case("creds"),
    Word::any_case("credentials"),
    Word::any_case("logins"),
    Word::any_case("initialkennwort"),
    Word::any_case("startpasswort"),
    Word::any_case("startkennwort"),
    Word::any_case("standardpasswort"),
    Word::any_case("standardkennwort"),
    Word::any_case("masterpasswort"),
    Word::any_case("adminpasswort"),
    Word::any_case("benutzerpasswort"),
    Word::any_case("datenbankpasswort"),
    Word::any_case("startlösenord"),
    Word::any_case("standaardwachtwoord"),
    Word::any_case("beheerderswachtwoord"),
    Word::any_case("identifiants"),
    Word::any_case("zugangsdaten"),
    Word::any_case("credenciales"),
    Word::any_case("credenziali"),
    Word::any_case("inloggegevens"),
    Word::any_case("pw on"),
    Word::any_case("pw for"),
    Word::any_case("clave"),
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
    Word::any_case("api-schlüssel"),
    Word::any_case("zugriffsschlüssel"),
    Word::any_case("schlüssel"),
    Word::any_case("clé api"),
    Word::any_case("clé d'api"),
    Word::any_case("clé d'accès"),
    Word::any_case("clave api"),
    Word::any_case("clave de api"),
    Word::any_case("chiave api"),
    Word::any_case("chave de api"),
    Word::any_case("chave da api"),
    Word::any_case("api-sleutel"),
    Word::any_case("klucz api"),
    Word::any_case("apiキー"),
    Word::any_case("アクセスキー"),
    Word::any_case("トークン"),
    Word::any_case("秘密鍵"),
    Word::any_case("密钥"),
    Word::any_case("密鑰"),
    Word::any_case("令牌"),
    Word::any_case("api 키"),
    Word::any_case("api키"),
    Word::any_case("비밀키"),
    Word::any_case("토큰"),
    Word::any_case("api anahtarı"),
    Word::any_case("api-nyckel"),
    Word::any_case("api-ключ"),
    Word::any_case("ключ api"),
    Word::exact("Ключ API"),
    Word::any_case("токен"),
];
/// The first of them that is for a key.
pub(super) const FIRST_KEY_WORD: usize = 83;

/// The Dutch abbreviation, with the mark behind it.
const WW: &str = "ww:";
/// The shortest word for a password, with the blank behind it, since words of the lexicon have three bytes.
pub(super) const PW: &str = "pw ";
/// The next one, which a blank tells from the beginning of other words.
pub(super) const PASS: &str = "pass ";

/// What names of passwords begin with, and of who logs in with one: an assignment is read only where one of these, or of
/// [`KEYS`], stands close before it.
pub(super) const PASSWORDS: [&str; 41] = [
    WW,
    "chpasswd",
    "pass",
    "psk",
    "pwd",
    "psw",
    "cred",
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
    "lösenord",
    "adgangskode",
    "salasana",
    "heslo",
    "jelsz",
    "parol",
    "口令",
    "lösen",
    "d'accès",
    "anmeldedaten",
    "inloggegevens",
    "logowania",
    "identifiants",
    "ww van",
    "userpwd",
];

/// What names of other secrets begin with.
pub(super) const KEYS: [&str; 57] = [
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
    "storagesharedkeycredential",
    "wifi",
    "wi-fi",
    "schlüssel",
    "zugriffs",
    "zugangsschlüssel",
    "geheimschlüssel",
    "clé",
    "jeton",
    "chiave",
    "chave",
    "sleutel",
    "toegangs",
    "klucz",
    "アクセス",
    "シークレット",
    "秘密鍵",
    "トークン",
    "密钥",
    "密鑰",
    "私钥",
    "令牌",
    "비밀",
    "액세스",
    "인증키",
    "토큰",
    "ключ",
    "токен",
];

/// What opens a portal, a door or a meeting, and may be a word or a number as well.
pub(super) const CODES: [&str; 16] = [
    "access code",
    "zugangscode",
    "zugriffscode",
    "código de acceso",
    "codigo de acceso",
    "código de acesso",
    "codice di accesso",
    "inlogcode",
    "toegangscode",
    "kod dostępu",
    "код доступа",
    "Код доступа",
    "erişim kodu",
    "åtkomstkod",
    "访问码",
    "code d'accès",
];

/// What opens an account where its second factor is lost.
#[rustfmt::skip]
pub(super) const RECOVERY: [&str; 14] = [
    "recovery code", "backup code", "backup verification code", "scratch code", "wiederherstellungscode", "sicherungscode",
    "codes de récupération", "codes de secours", "códigos de recuperación", "códigos de respaldo", "codici di recupero",
    "herstelcode", "códigos de recuperação", "kody zapasowe",
];

/// What stands for a password that was spoken of, in a chat.
pub(super) const TOLD: [&str; 17] = [
    "p: ",
    "login is ",
    "login: ",
    "new one",
    "old one",
    "real one",
    "right one",
    "correct one",
    "das alte ",
    "das neue ",
    "l'ancien ",
    "le nouveau ",
    "la vieja ",
    "la nueva ",
    "la vecchia ",
    "la nuova ",
    "nowe to ",
];

/// Where these stand among all words.
pub(super) const CHPASSWD: usize = WORDS.len() + 1;
pub(super) const COOKIE: usize = FIRST_KEY;
/// The first word that neither says that the value is a password nor that somebody logs in with one; those before it do.
pub(super) const FIRST_KEY: usize = WORDS.len() + PASSWORDS.len();
/// The first code for access, and the first of recovery.
pub(super) const FIRST_CODE: usize = FIRST_KEY + KEYS.len();
pub(super) const FIRST_RECOVERY: usize = FIRST_CODE + CODES.len();

/// Where what stands for a password begins: a single letter, a login, and what one is called.
pub(super) const INITIAL: usize = FIRST_RECOVERY + RECOVERY.len();
pub(super) const LOGIN: usize = INITIAL + 1;
pub(super) const ONE: usize = INITIAL + 3;

/// All of them, in this order.
pub(super) fn all() -> impl Iterator<Item = Word> {
    let names = PASSWORDS
        .into_iter()
        .chain(KEYS)
        .chain(CODES)
        .chain(RECOVERY)
        .chain(TOLD);
    WORDS.into_iter().chain(names.map(Word::any_case))
}
