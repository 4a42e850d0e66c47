//! The certificate that clients must trust, as it stands in its file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use weir_model::Timestamp;
use x509_parser::extensions::{GeneralName, GeneralSubtree, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The certificate that clients must trust, read from its file.
#[derive(Clone, Debug)]
pub struct Certificate {
    path: PathBuf,
    der: Vec<u8>,
    facts: Facts,
}

#[derive(Clone, Debug)]
struct Facts {
    subject: String,
    not_before: Timestamp,
    not_after: Timestamp,
    constraints: Constraints,
}

/// Its name constraints, by the kind of name: each kind that nothing is said of is without limits (RFC 5280, 4.2.1.10).
#[derive(Clone, Debug, Default)]
struct Constraints {
    /// Extensions of this kind. More than one is no valid certificate, and programs differ in which they believe.
    count: usize,
    /// Programs that do not know them refuse the certificate.
    are_critical: bool,
    /// Names of hosts.
    permitted: Vec<String>,
    /// What is permitted besides: addresses, mail, directories.
    others: Vec<String>,
    excluded: Vec<String>,
}

/// A certificate that a machine must not be made to trust.
#[derive(Debug, thiserror::Error)]
pub enum UnlimitedError {
    /// An authority for everything, to some programs or to all.
    #[error("the certificate `{}` may vouch for any site; it is not installed", .0.display())]
    Any(PathBuf),
    /// An authority for a whole top-level domain.
    #[error("the certificate may vouch for everything below `{0}`; it is not installed")]
    TooWide(String),
    /// An authority for addresses.
    #[error("the certificate may vouch for IP addresses; it is not installed")]
    Addresses,
    /// An authority for something else than hosts.
    #[error("the certificate may vouch for `{0}`, which is no name of a host; it is not installed")]
    Other(String),
}

/// The certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Nobody made one yet.
    #[error("there is no certificate at `{}`; it is made when `weir agent` first starts", .0.display())]
    Missing(PathBuf),
    /// The file cannot be read.
    #[error("cannot read the certificate `{}`", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a certificate.
    #[error("`{}` does not hold a certificate", .0.display())]
    NotACertificate(PathBuf),
}

/// Reads a PEM file; the first certificate counts.
///
/// # Errors
/// When there is none.
pub fn read(path: &Path) -> Result<Certificate, CertificateError> {
    let pem = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => CertificateError::Missing(path.to_owned()),
        _ => CertificateError::Read {
            path: path.to_owned(),
            source,
        },
    })?;
    let not_one = || CertificateError::NotACertificate(path.to_owned());
    let der = CertificateDer::from_pem_slice(&pem).map_err(|_| not_one())?.to_vec();
    let facts = facts(&der).ok_or_else(not_one)?;
    Ok(Certificate {
        path: path.to_owned(),
        der,
        facts,
    })
}

impl Certificate {
    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate alone, in text form.
    #[must_use]
    pub fn pem(&self) -> String {
        pem(&self.der)
    }

    /// Whose it is, as people read it.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.facts.subject
    }

    /// From when to when it holds.
    #[must_use]
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        (self.facts.not_before, self.facts.not_after)
    }

    /// Names of hosts it may vouch for; empty means any.
    #[must_use]
    pub fn permitted(&self) -> &[String] {
        &self.facts.constraints.permitted
    }

    /// Names and addresses it may not vouch for.
    #[must_use]
    pub fn excluded(&self) -> &[String] {
        &self.facts.constraints.excluded
    }

    /// Checks the limits that make it harmless to trust (promise P3): it may vouch for the hosts it names, and for nothing else.
    ///
    /// # Errors
    /// It may vouch for more. Fails closed: nothing is installed.
    pub fn limited(&self) -> Result<(), UnlimitedError> {
        let constraints = &self.facts.constraints;
        let is_bound = constraints.count == 1 && constraints.are_critical && !constraints.permitted.is_empty();
        if !is_bound {
            return Err(UnlimitedError::Any(self.path.clone()));
        }
        if let Some(other) = constraints.others.first() {
            return Err(UnlimitedError::Other(other.clone()));
        }
        // `localhost` is always this machine (RFC 6761).
        let is_wide = |name: &&String| !name.trim_matches('.').contains('.') && *name != "localhost";
        if let Some(wide) = constraints.permitted.iter().find(is_wide) {
            return Err(UnlimitedError::TooWide(wide.clone()));
        }
        let is_excluded = |all: &&str| constraints.excluded.iter().any(|range| range == all);
        if !["0.0.0.0/0", "::/0"].iter().all(is_excluded) {
            return Err(UnlimitedError::Addresses);
        }
        Ok(())
    }

    /// SHA-256 of it, lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> String {
        fingerprint(&self.der)
    }

    /// What other programs are told of it.
    #[must_use]
    pub fn on_the_wire(&self) -> weir_wire::Certificate {
        weir_wire::Certificate {
            path: self.path.display().to_string(),
            sha256: self.sha256(),
            not_after: self.facts.not_after,
        }
    }

    /// SHA-1 of it, upper-case hex: how Windows and macOS name certificates. Not a proof of anything.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        hex::encode_upper(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der))
    }

    /// A name for trust stores, different for every certificate.
    #[must_use]
    pub fn nickname(&self) -> String {
        format!("{NICKNAME} {}", &self.sha256()[..8])
    }

    /// A file name for trust stores, different for every certificate.
    #[must_use]
    pub fn file_stem(&self) -> String {
        format!("{FILE_STEM}-{}", &self.sha256()[..8])
    }
}

/// SHA-256 of a certificate's bytes, lower-case hex.
#[must_use]
pub fn fingerprint(der: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, der))
}

/// Who issued a certificate, as people read it; `None` for what is none.
#[must_use]
pub fn issuer(der: &[u8]) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    Some(parsed.issuer().to_string())
}

/// What every [`Certificate::nickname`] begins with.
pub(super) const NICKNAME: &str = "Weir device CA";
/// What every [`Certificate::file_stem`] begins with.
pub(super) const FILE_STEM: &str = "weir-device-ca";

/// The certificates of a PEM text, as bytes; what is not one is left out.
pub(crate) fn all_in(pem: &[u8]) -> Vec<Vec<u8>> {
    CertificateDer::pem_slice_iter(pem)
        .filter_map(Result::ok)
        .map(|der| der.to_vec())
        .collect()
}

fn facts(der: &[u8]) -> Option<Facts> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let validity = parsed.validity();
    Some(Facts {
        subject: parsed.subject().to_string(),
        not_before: Timestamp::from_millis(validity.not_before.timestamp().saturating_mul(1000)),
        not_after: Timestamp::from_millis(validity.not_after.timestamp().saturating_mul(1000)),
        constraints: constraints(&parsed),
    })
}

fn constraints(parsed: &X509Certificate<'_>) -> Constraints {
    let mut all = Constraints::default();
    for extension in parsed.extensions() {
        if let ParsedExtension::NameConstraints(constraints) = extension.parsed_extension() {
            all.count += 1;
            all.are_critical = extension.critical;
            let permitted = constraints.permitted_subtrees.iter().flatten();
            let (hosts, others): (Vec<_>, Vec<_>) =
                permitted.partition(|subtree| matches!(subtree.base, GeneralName::DNSName(_)));
            all.permitted.extend(hosts.into_iter().map(subtree));
            all.others.extend(others.into_iter().map(subtree));
            all.excluded
                .extend(constraints.excluded_subtrees.iter().flatten().map(subtree));
        }
    }
    all
}

fn subtree(subtree: &GeneralSubtree<'_>) -> String {
    match &subtree.base {
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::IPAddress(bytes) => address_range(bytes),
        other => other.to_string(),
    }
}

/// Address and mask, side by side (RFC 5280, 4.2.1.10).
fn address_range(bytes: &[u8]) -> String {
    let ones = |mask: &[u8]| mask.iter().map(|byte| byte.count_ones()).sum::<u32>();
    if let Ok(both) = <[u8; 8]>::try_from(bytes) {
        let address = std::net::Ipv4Addr::new(both[0], both[1], both[2], both[3]);
        return format!("{address}/{}", ones(&both[4..]));
    }
    if let (Ok(address), Some(mask)) = (<[u8; 16]>::try_from(&bytes[..bytes.len().min(16)]), bytes.get(16..32)) {
        return format!("{}/{}", std::net::Ipv6Addr::from(address), ones(mask));
    }
    hex::encode(bytes)
}

/// Base64 in lines of 64 characters between the two markers (RFC 7468).
fn pem(der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let bytes = [
                group[0],
                group.get(1).copied().unwrap_or(0),
                group.get(2).copied().unwrap_or(0),
            ];
            let bits = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
            for index in 0..4 {
                let letter = ALPHABET[(bits >> (18 - 6 * index)) as usize & 63];
                text.push(if index <= group.len() { char::from(letter) } else { '=' });
            }
        }
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Certificate, CertificateError, UnlimitedError, all_in, read};
    use rcgen::{
        BasicConstraints, CertificateParams, CidrSubnet, CustomExtension, DnType, GeneralSubtree, IsCa, KeyPair,
        NameConstraints,
    };
    use std::path::Path;

    /// A name-constrained authority as the agent makes them, in a file.
    pub(crate) fn write_authority(path: &Path) -> Certificate {
        write_limited(path, &["chatgpt.com"], true)
    }

    /// An authority for these names, with IP addresses excluded or not.
    pub(crate) fn write_limited(path: &Path, names: &[&str], excludes_addresses: bool) -> Certificate {
        write(path, limits(names, excludes_addresses), Vec::new())
    }

    fn limits(names: &[&str], excludes_addresses: bool) -> NameConstraints {
        let all_addresses = [CidrSubnet::V4([0; 4], [0; 4]), CidrSubnet::V6([0; 16], [0; 16])];
        let excluded = all_addresses.into_iter().filter(|_| excludes_addresses);
        let permitted = names.iter().map(|name| GeneralSubtree::DnsName((*name).into()));
        NameConstraints {
            permitted_subtrees: permitted.collect(),
            excluded_subtrees: excluded.map(GeneralSubtree::IpAddress).collect(),
        }
    }

    fn write(path: &Path, limits: NameConstraints, extensions: Vec<CustomExtension>) -> Certificate {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Weir device CA (test)");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.name_constraints = Some(limits);
        params.custom_extensions = extensions;
        let authority = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        std::fs::write(path, authority.pem()).unwrap();
        read(path).unwrap()
    }

    #[test]
    fn what_may_vouch_for_more_than_the_hosts_it_names_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let with = |names: &[&str], addresses| write_limited(&path, names, addresses).limited();
        assert!(with(&["chatgpt.com", "localhost"], true).is_ok());
        assert!(matches!(with(&[], true), Err(UnlimitedError::Any(_))));
        assert!(matches!(
            with(&["chatgpt.com", ""], true),
            Err(UnlimitedError::TooWide(_))
        ));
        assert!(matches!(with(&["chatgpt.com", "com"], true), Err(UnlimitedError::TooWide(name)) if name == "com"));
        assert!(matches!(with(&["chatgpt.com"], false), Err(UnlimitedError::Addresses)));
    }

    /// What is permitted of one kind says nothing of the others.
    #[test]
    fn limits_of_another_kind_are_none_for_hosts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let others = [
            GeneralSubtree::Rfc822Name("mail.example.com".into()),
            GeneralSubtree::IpAddress(CidrSubnet::V4([192, 0, 2, 0], [255, 255, 255, 0])),
        ];
        for other in others {
            let mut alone = limits(&[], true);
            alone.permitted_subtrees.push(other.clone());
            assert!(matches!(
                write(&path, alone, Vec::new()).limited(),
                Err(UnlimitedError::Any(_))
            ));
            let mut beside = limits(&["chatgpt.com"], true);
            beside.permitted_subtrees.push(other);
            assert!(matches!(
                write(&path, beside, Vec::new()).limited(),
                Err(UnlimitedError::Other(_))
            ));
        }
    }

    #[test]
    fn limits_that_programs_may_pass_over_are_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        // `chatgpt.com` permitted, and nothing excluded.
        let mut again =
            CustomExtension::from_oid_content(&[2, 5, 29, 30], b"\x30\x11\xa0\x0f\x30\x0d\x82\x0bchatgpt.com".to_vec());
        assert!(matches!(
            write(&path, limits(&["chatgpt.com"], true), vec![again.clone()]).limited(),
            Err(UnlimitedError::Any(_))
        ));
        let none = || NameConstraints {
            permitted_subtrees: Vec::new(),
            excluded_subtrees: Vec::new(),
        };
        assert!(matches!(
            write(&path, none(), vec![again.clone()]).limited(),
            Err(UnlimitedError::Any(_))
        ));
        again.set_criticality(true);
        assert!(matches!(
            write(&path, none(), vec![again]).limited(),
            Err(UnlimitedError::Addresses)
        ));
    }

    #[test]
    fn its_facts_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let certificate = write_authority(&dir.path().join("ca.pem"));
        assert_eq!(certificate.subject(), "CN=Weir device CA (test)");
        assert_eq!(certificate.permitted(), ["chatgpt.com"]);
        assert_eq!(certificate.excluded(), ["0.0.0.0/0", "::/0"]);
        let (from, to) = certificate.validity();
        assert!(from < to);
        assert_eq!(certificate.sha256().len(), 64);
        assert!(certificate.nickname().ends_with(&certificate.sha256()[..8]));
    }

    #[test]
    fn its_text_form_holds_the_same_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let certificate = write_authority(&dir.path().join("ca.pem"));
        assert_eq!(all_in(certificate.pem().as_bytes()), [certificate.der()]);
    }

    #[test]
    fn a_missing_certificate_is_told_from_a_bad_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        assert!(matches!(read(&path), Err(CertificateError::Missing(_))));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(read(&path), Err(CertificateError::NotACertificate(_))));
    }
}
