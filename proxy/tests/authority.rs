//! Promise P3: the interception CA cannot hurt.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking"
)]

mod dialogue;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dialogue::*;
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use weir_proxy::Alpn;
use weir_proxy::ca::{Authority, MintError, OpenError, Paths, Standing};
use x509_parser::prelude::*;

const HOSTS: &[&str] = &["*.chatgpt.test", "api.openai.test", "bedrock-runtime.*.amazonaws.test"];

fn open(directory: &Path, hosts: &[&str]) -> (Authority, Standing) {
    Authority::open(&Paths::inside(directory), hosts, SystemTime::now()).unwrap()
}

/// A leaf signed with the stolen CA key, for a name of the thief's choosing.
fn stolen_leaf(directory: &Path, name: &str) -> (CertificateDer<'static>, String) {
    let key = std::fs::read_to_string(directory.join("ca.key")).unwrap();
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256).unwrap();
    let ca = std::fs::read_to_string(directory.join("ca.pem")).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&ca, key).unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2027, 6, 1);
    params.not_before = rcgen::date_time_ymd(2020, 6, 1);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let leaf = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    (leaf.der().clone(), leaf.pem())
}

fn rustls_verdict(authority: &Authority, leaf: &CertificateDer<'_>, name: &str) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate_der().clone()).unwrap();
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier
        .verify_server_cert(leaf, &[], &name, &[], UnixTime::now())
        .map(|_| ())
}

/// `openssl verify`, in its strictest mode; `None` where there is no openssl.
fn openssl_verdict(directory: &Path, leaf_pem: &str) -> Option<(bool, String)> {
    let leaf = directory.join("leaf.pem");
    std::fs::write(&leaf, leaf_pem).unwrap();
    let ca = directory.join("ca.pem");
    let run = Command::new("openssl")
        .args(["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"])
        .args([&ca, &leaf])
        .output()
        .ok()?;
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
    Some((run.status.success(), text))
}

/// The leaf the proxy really serves.
async fn served_leaf(world: &World, host: &str) -> CertificateDer<'static> {
    world
        .tls(host, &["http/1.1"])
        .await
        .get_ref()
        .1
        .peer_certificates()
        .unwrap()[0]
        .clone()
}

fn to_pem(der: &[u8]) -> String {
    let text = openssl_base64(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n")
}

/// Base64 in lines of 64, without a dependency for three lines of test.
fn openssl_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (line, piece) in bytes.chunks(48).enumerate() {
        let _ = line;
        for three in piece.chunks(3) {
            let word = three.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            for position in 0..4 {
                let at = usize::try_from(word >> (18 - 6 * position) & 63).unwrap();
                out.push(if position <= three.len() {
                    char::from(ALPHABET[at])
                } else {
                    '='
                });
            }
        }
        out.push('\n');
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn served_leaves_satisfy_rustls_and_strict_openssl() {
    let ca = OriginCa::new();
    let (origin, _) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    for host in [HOST, "a.chatgpt.test"] {
        let leaf = served_leaf(&world, host).await;
        rustls_verdict(&world.authority, &leaf, host).unwrap();
        if let Some((good, text)) = openssl_verdict(world.directory.path(), &to_pem(&leaf)) {
            assert!(good, "{text}");
        }
    }
}

#[test]
fn a_leaf_outside_the_constraints_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, _) = open(directory.path(), HOSTS);
    for name in ["bank.test", "evilchatgpt.test", "chatgpt.test.evil.test", "openai.test"] {
        let (leaf, pem) = stolen_leaf(directory.path(), name);
        let verdict = rustls_verdict(&authority, &leaf, name).unwrap_err();
        assert!(
            matches!(verdict, rustls::Error::InvalidCertificate(CertificateError::Other(_))),
            "{name}: {verdict:?}"
        );
        assert!(
            format!("{verdict:?}").contains("NameConstraintViolation"),
            "{name}: {verdict:?}"
        );
        if let Some((good, text)) = openssl_verdict(directory.path(), &pem) {
            assert!(!good && text.contains("permitted subtree violation"), "{name}: {text}");
        }
    }
    // The same thief inside the constraints gets through: the test can fail.
    let (leaf, pem) = stolen_leaf(directory.path(), "chatgpt.test");
    rustls_verdict(&authority, &leaf, "chatgpt.test").unwrap();
    assert!(openssl_verdict(directory.path(), &pem).is_none_or(|(good, _)| good));
}

#[test]
fn a_leaf_for_an_ip_address_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, _) = open(directory.path(), HOSTS);
    for address in ["10.0.0.1", "2001:db8::1"] {
        let (leaf, pem) = stolen_leaf(directory.path(), address);
        assert!(rustls_verdict(&authority, &leaf, address).is_err(), "{address}");
        if let Some((good, text)) = openssl_verdict(directory.path(), &pem) {
            assert!(
                !good && text.contains("excluded subtree violation"),
                "{address}: {text}"
            );
        }
    }
}

#[test]
fn nothing_is_minted_outside_the_hosts() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, _) = open(directory.path(), HOSTS);
    let mint = |host| authority.server_config(host, Alpn::Http1, SystemTime::now());
    for host in [
        "chatgpt.test",
        "x.chatgpt.test",
        "api.openai.test",
        "bedrock-runtime.eu-1.amazonaws.test",
    ] {
        assert!(authority.covers(host) && mint(host).is_ok(), "{host}");
    }
    // The constraint on a regional host is wider than its pattern; minting is not.
    for host in [
        "bank.test",
        "x.api.openai.test",
        "s3.amazonaws.test",
        "bedrock-runtime.a.b.amazonaws.test",
    ] {
        assert!(
            !authority.covers(host) && matches!(mint(host), Err(MintError::Outside(_))),
            "{host}"
        );
    }
    for host in ["10.0.0.1", "::1", "", "a b", "*.chatgpt.test", "1.2.3"] {
        assert!(
            !authority.covers(host) && matches!(mint(host), Err(MintError::NotAName(_))),
            "{host}"
        );
    }
}

#[test]
fn certificates_follow_rfc_5280_to_the_letter() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, _) = open(directory.path(), HOSTS);
    let (_, ca) = X509Certificate::from_der(authority.certificate_der()).unwrap();
    let basic = ca.basic_constraints().unwrap().unwrap();
    assert!(basic.critical && basic.value.ca && basic.value.path_len_constraint == Some(0));
    let usage = ca.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.key_cert_sign() && !usage.value.digital_signature());
    let constraints = ca.name_constraints().unwrap().unwrap();
    assert!(constraints.critical);
    assert_eq!(constraints.value.excluded_subtrees.as_ref().unwrap().len(), 2);
    assert!(ca.raw_serial().len() <= 20 && ca.raw_serial()[0] & 0x80 == 0 && ca.raw_serial().iter().any(|b| *b != 0));
    assert_eq!(ca.tbs_certificate.version, X509Version::V3);
    let identifier = |certificate: &X509Certificate<'_>| {
        certificate
            .iter_extensions()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
                _ => None,
            })
    };
    assert!(identifier(&ca).is_some());
    let own = ca
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0.to_vec()),
            _ => None,
        });
    assert_eq!(own, identifier(&ca), "the CA's own identifiers agree");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_are_short_lived_backdated_and_for_one_host() {
    let ca = OriginCa::new();
    let (origin, _) = recording(&ca).await;
    let world = World::new(Rules::pass(), &ca, origin).await;
    let leaf = served_leaf(&world, HOST).await;
    let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
    let days = (leaf.validity().not_after.timestamp() - leaf.validity().not_before.timestamp()) / 86_400;
    assert!(days <= 398, "{days}");
    let now = ASN1Time::now().timestamp();
    assert!(
        now - leaf.validity().not_before.timestamp() >= 86_000,
        "clocks differ by hours"
    );
    let names = leaf.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names, [GeneralName::DNSName(HOST)]);
    let usage = leaf.extended_key_usage().unwrap().unwrap();
    assert!(usage.value.server_auth && !usage.value.client_auth && !usage.value.any);
    let (_, issuer) = X509Certificate::from_der(world.authority.certificate_der()).unwrap();
    leaf.verify_signature(Some(issuer.public_key())).unwrap();
}

#[test]
fn the_ca_is_kept_while_it_covers_and_replaced_when_not() {
    let directory = tempfile::tempdir().unwrap();
    let (first, standing) = open(directory.path(), &["a.test"]);
    assert_eq!(standing, Standing::Created);
    let (same, standing) = open(directory.path(), &["a.test"]);
    assert_eq!(standing, Standing::Kept);
    assert_eq!(first.certificate_der(), same.certificate_der());
    let (_, standing) = open(directory.path(), &["x.a.test"]);
    assert_eq!(standing, Standing::Kept, "a subtree covers what is below it");
    let (wider, standing) = open(directory.path(), &["a.test", "b.test"]);
    assert_eq!(standing, Standing::ReplacedUncovered);
    let key = |authority: &Authority| {
        let (_, certificate) = X509Certificate::from_der(authority.certificate_der()).unwrap();
        certificate.public_key().raw.to_vec()
    };
    assert_ne!(key(&first), key(&wider), "a new CA has a new key");
    let late = SystemTime::now() + Duration::from_secs(5 * 365 * 86_400 - 10 * 86_400);
    let (_, standing) = Authority::open(&Paths::inside(directory.path()), &["a.test"], late).unwrap();
    assert_eq!(standing, Standing::ReplacedExpiring);
    std::fs::write(directory.path().join("ca.key"), "").unwrap();
    assert_eq!(open(directory.path(), &["a.test"]).1, Standing::ReplacedDamaged);
    assert!(matches!(
        Authority::open(&Paths::inside(directory.path()), &["10.0.0.1"], SystemTime::now()),
        Err(OpenError::NoHosts)
    ));
}

#[test]
fn two_that_start_at_once_have_one_ca() {
    let directory = tempfile::tempdir().unwrap();
    let certificates: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| open(directory.path(), HOSTS).0.certificate_der().as_ref().to_vec()))
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert!(certificates.windows(2).all(|pair| pair[0] == pair[1]));
    let (again, standing) = open(directory.path(), HOSTS);
    assert_eq!(
        (again.certificate_der().as_ref(), standing),
        (&certificates[0][..], Standing::Kept)
    );
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    open(directory.path(), HOSTS);
    let mode = |name: &str| {
        std::fs::metadata(directory.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        (mode("ca.key"), mode("leaf.key"), mode("ca.pem")),
        (0o600, 0o600, 0o644)
    );
    let left: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().ends_with(".new")),
        "{left:?}"
    );
}

#[test]
fn the_certificate_file_is_the_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, _) = open(directory.path(), HOSTS);
    let file = std::fs::read(directory.path().join("ca.pem")).unwrap();
    assert_eq!(file, authority.certificate_pem().as_bytes());
    assert_eq!(
        CertificateDer::from_pem_slice(&file).unwrap(),
        *authority.certificate_der()
    );
}
