//! The authority of a fleet: it vouches for devices, and for the server to devices. Nothing else trusts it.

use aws_lc_rs::digest::{SHA256, digest};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType,
    SerialNumber, date_time_ymd,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use weir_fleet::{DeviceId, Pin};
use zeroize::Zeroizing;

/// Certifies. No `Debug`.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

/// A certificate could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The library.
    #[error("a certificate cannot be made")]
    Make(#[from] rcgen::Error),
    /// Not a certificate.
    #[error("the certificate cannot be read")]
    Read(#[from] rustls_pki_types::pem::Error),
    /// The system.
    #[error(transparent)]
    Randomness(#[from] crate::clock::NoRandomness),
    /// A request over a key of another kind.
    #[error("the request is not over a key of P-256")]
    Kind,
}

const DAY: Duration = Duration::from_secs(86_400);
const AUTHORITY_DAYS: u32 = 10 * 365;
const SERVER_DAYS: u32 = 90;
/// A laptop that was off for a month must enrol again.
const DEVICE_DAYS: u32 = 30;

impl Authority {
    /// A new authority; also gives its key (PEM), to be written once.
    pub(super) fn make(now: SystemTime) -> Result<(Self, Zeroizing<String>), AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(Vec::new())?;
        let id = params.key_identifier(&key);
        let id: String = id.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Weir fleet CA {id}"));
        valid(&mut params, now, AUTHORITY_DAYS)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key)?.pem();
        let key = Zeroizing::new(key.serialize_pem());
        Ok((Self::load(&pem, &key)?, key))
    }

    /// From PEM.
    pub(super) fn load(pem: &str, key: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(key, &PKCS_ECDSA_P256_SHA256)?;
        let der = CertificateDer::from_pem_slice(pem.as_bytes())?;
        Ok(Self {
            issuer: Issuer::from_ca_cert_der(&der, key)?,
            der,
            pem: pem.to_owned(),
        })
    }

    /// Its certificate.
    #[must_use]
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// Its certificate.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What a token tells a device that knows nothing yet.
    #[must_use]
    pub fn pin(&self) -> Pin {
        let mut pin = Pin::default();
        // A SHA-256 has 32 bytes.
        pin.copy_from_slice(digest(&SHA256, &self.der).as_ref());
        pin
    }

    /// A certificate (PEM) for the device, over the key of its request. Nothing else of the request is taken over: a
    /// device does not choose its name. Also gives until when it is valid.
    ///
    /// # Errors
    /// No request, not signed by its own key, or another kind of key.
    pub fn device(&self, id: DeviceId, csr: &str, now: SystemTime) -> Result<(String, SystemTime), AuthorityError> {
        let mut request = CertificateSigningRequestParams::from_pem(csr)?;
        if request.public_key.algorithm() != &PKCS_ECDSA_P256_SHA256 {
            return Err(AuthorityError::Kind);
        }
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, id.to_string());
        params.subject_alt_names = vec![SanType::URI(id.to_uri().as_str().try_into()?)];
        let until = valid(&mut params, now, DEVICE_DAYS)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        request.params = params;
        Ok((request.signed_by(&self.issuer)?.pem(), until))
    }

    /// SHA-256 of the key that a request is over.
    ///
    /// # Errors
    /// No request, or not signed by its own key.
    pub fn key_of(csr: &str) -> Result<[u8; 32], AuthorityError> {
        let request = CertificateSigningRequestParams::from_pem(csr)?;
        let mut out = [0; 32];
        // A SHA-256 has 32 bytes.
        out.copy_from_slice(digest(&SHA256, &request.public_key.subject_public_key_info()).as_ref());
        Ok(out)
    }

    /// A certificate and key for the server's own names: made when they are needed, so that no file can expire.
    ///
    /// # Errors
    /// A name that is none.
    pub fn server(
        &self,
        names: &[String],
        now: SystemTime,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(names.to_vec())?;
        params.distinguished_name = DistinguishedName::new();
        valid(&mut params, now, SERVER_DAYS)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &self.issuer)?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        // The authority goes along: a device that only has its digest must see it.
        Ok((vec![leaf.into(), self.der.clone()], key.into()))
    }
}

fn valid(params: &mut CertificateParams, now: SystemTime, days: u32) -> Result<SystemTime, AuthorityError> {
    let epoch = date_time_ymd(1970, 1, 1);
    let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let until = now + DAY * days;
    // Clocks differ: a laptop an hour behind must still believe it.
    params.not_before = epoch + since(now - DAY);
    params.not_after = epoch + since(until);
    let mut serial = crate::clock::random::<16>()?;
    // Positive, as RFC 5280 asks.
    serial[0] &= 0x7F;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    Ok(until)
}

#[cfg(test)]
mod tests {
    use super::Authority;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384};
    use std::time::SystemTime;
    use weir_fleet::DeviceId;
    use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

    fn csr(key: &KeyPair) -> String {
        // A request may ask for anything.
        let params = CertificateParams::new(vec!["admin.example".to_owned()]).unwrap();
        params.serialize_request(key).unwrap().pem().unwrap()
    }

    #[test]
    fn a_device_does_not_choose_its_name() {
        let (authority, _) = Authority::make(SystemTime::now()).unwrap();
        let id = DeviceId::from_bytes([3; 16]);
        let (pem, until) = authority
            .device(id, &csr(&KeyPair::generate().unwrap()), SystemTime::now())
            .unwrap();
        assert!(until > SystemTime::now());
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
        let (_, certificate) = X509Certificate::from_der(&pem.contents).unwrap();
        let names = &certificate
            .subject_alternative_name()
            .unwrap()
            .unwrap()
            .value
            .general_names;
        assert!(matches!(names[..], [GeneralName::URI(uri)] if DeviceId::from_uri(uri) == Some(id)));
        assert!(!certificate.is_ca());
    }

    #[test]
    fn other_keys_and_other_texts_are_refused() {
        let (authority, _) = Authority::make(SystemTime::now()).unwrap();
        let id = DeviceId::from_bytes([3; 16]);
        let p384 = csr(&KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap());
        assert!(authority.device(id, &p384, SystemTime::now()).is_err());
        assert!(authority.device(id, "-----BEGIN", SystemTime::now()).is_err());
        let mut forged = csr(&KeyPair::generate().unwrap());
        let at = forged.len() / 2;
        let other = if &forged[at..=at] == "A" { "B" } else { "A" };
        forged.replace_range(at..=at, other);
        assert!(authority.device(id, &forged, SystemTime::now()).is_err());
    }
}
