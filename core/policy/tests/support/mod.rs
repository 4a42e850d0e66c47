//! What the tests of this crate share: a small catalogue, the embedded packs as a library, and facts from few words.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use weir_model::{
    Action, Channel, Closed, Confidence, DataType, Destination, FileEntry, FileState, Finding, Fingerprint, Granted,
    Kind, Level, Place, Role, Tier, Timestamp,
};
use weir_policy::{
    Catalogue, Compiled, Decision, Diagnostics, Environment, Facts, Given, Policy, Reason, Source, compile,
};

pub const SERVICES: &[&str] = &[
    "
service: chatgpt-web
name: ChatGPT
provider: openai
category: consumer_chat
channel: browser
hosts:
  - {host: chatgpt.com, inspect: body}
  - {host: '*.chatgpt.com', inspect: body}
  - {host: desktop.chatgpt.com, inspect: app_control}
  - {host: auth.openai.com, inspect: tunnel}
",
    "
service: openai-api
name: OpenAI API
provider: openai
category: api
channel: api
hosts:
  - {host: api.openai.com, inspect: body}
  - {host: 'eu-*.api.openai.com', inspect: body}
",
    "
service: example-chat
name: Example Chat
provider: example
category: consumer_chat
channel: browser
hosts:
  - {host: chat.example, inspect: body}
  - {host: app.chat.example, inspect: app_control}
  - {host: login.chat.example, inspect: inject_only}
",
    "
service: own-model
name: Own model
provider: acme
category: api
channel: api
hosts:
  - {host: 'localhost:11434', inspect: body}
",
];

pub fn catalogue() -> Catalogue {
    let services: Vec<Source> = SERVICES.iter().map(|text| Source::new("service.yaml", *text)).collect();
    let providers: Vec<Source> = weir_policies::providers()
        .map(|file| Source::new(file.name, file.text))
        .collect();
    Catalogue::parse(&services, &[], &providers)
        .unwrap()
        .with_tenant_schemes(&tenant_schemes())
        .unwrap()
}

/// All of the catalogue that comes with Weir.
pub fn shipped_catalogue() -> Catalogue {
    static SHIPPED: std::sync::OnceLock<Catalogue> = std::sync::OnceLock::new();
    let source = |file: weir_policies::Embedded| Source::new(file.name, file.text);
    let read = || {
        let services: Vec<Source> = weir_policies::services().map(source).collect();
        let shapes: Vec<Source> = weir_policies::shapes().map(source).collect();
        let providers: Vec<Source> = weir_policies::providers().map(source).collect();
        Catalogue::parse(&services, &shapes, &providers)
            .and_then(|catalogue| catalogue.with_tenant_schemes(&tenant_schemes()))
            .unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
    };
    SHIPPED.get_or_init(read).clone()
}

pub fn tenant_schemes() -> Vec<Source> {
    weir_policies::tenant_schemes()
        .map(|file| Source::new(file.name, file.text))
        .collect()
}

pub fn library(name: &str) -> Option<Source> {
    weir_policies::pack(name).map(|text| Source::new(name, text))
}

pub fn try_compile(name: &str, text: &str) -> Result<Compiled, Diagnostics> {
    compile(&Source::new(name, text), &library, &catalogue())
}

pub fn compiled(text: &str) -> Compiled {
    match try_compile("pack.yaml", text) {
        Ok(compiled) => compiled,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

pub fn policy(text: &str) -> Policy {
    compiled(text).policy
}

pub fn baseline() -> Policy {
    policy(weir_policies::pack("weir/baseline").unwrap())
}

/// A message, built up from what a test is about.
#[derive(Clone, Debug)]
pub struct Message {
    pub channel: Channel,
    pub kind: Kind,
    pub destination: Destination,
    pub types: Vec<(&'static str, Confidence)>,
    pub declared: Level,
    pub unscannable: bool,
    pub file: Option<FileState>,
    pub files: Vec<FileEntry>,
    pub editable: bool,
    pub only_asks: bool,
    pub account: Option<&'static str>,
    pub labels: Vec<String>,
    pub over: Vec<String>,
    pub user: Option<&'static str>,
    pub process: Option<&'static str>,
    pub environment: Environment,
    pub closed: Closed,
    pub stale: bool,
    pub exception: Option<Granted>,
    pub now: Timestamp,
}

pub fn to(provider: &str) -> Message {
    Message {
        channel: Channel::Browser,
        kind: Kind::Prompt,
        destination: Destination {
            host: format!("{provider}.example"),
            service: None,
            provider: Some(provider.to_owned()),
            tier: Tier::Unknown,
            region: None,
            model: None,
            target: None,
        },
        types: Vec::new(),
        declared: Level::Public,
        unscannable: false,
        file: None,
        files: Vec::new(),
        editable: true,
        only_asks: false,
        account: None,
        labels: Vec::new(),
        over: Vec::new(),
        user: None,
        process: None,
        environment: Environment::Production,
        closed: Closed::Nothing,
        stale: false,
        exception: None,
        now: Timestamp::default(),
    }
}

impl Message {
    pub fn with(mut self, data_type: &'static str) -> Self {
        self.types.push((data_type, Confidence::High));
        self
    }

    pub fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn judged_by(&self, policy: &Policy) -> Decision {
        self.with_findings(policy, &self.findings(policy))
    }

    /// What a reason of its decision says.
    pub fn said(&self, policy: &Policy, reason: &Reason) -> String {
        policy.text(reason, &self.facts(policy, &self.findings(policy)))
    }

    /// Its decision, explained.
    pub fn told(&self, policy: &Policy) -> String {
        let findings = self.findings(policy);
        let facts = self.facts(policy, &findings);
        policy.explain(&policy.decide(&facts), &facts)
    }

    fn findings(&self, policy: &Policy) -> Vec<Finding> {
        self.types
            .iter()
            .zip(0..)
            .map(|((data_type, confidence), index)| finding(policy, data_type, *confidence, index))
            .collect()
    }

    pub fn with_findings(&self, policy: &Policy, findings: &[Finding]) -> Decision {
        policy.decide(&self.facts(policy, findings))
    }

    pub fn facts<'a>(&'a self, policy: &Policy, findings: &'a [Finding]) -> Facts<'a> {
        Facts {
            channel: self.channel,
            kind: self.kind,
            destination: &self.destination,
            findings,
            level: policy.message_level(findings).max(self.declared),
            unscannable: self.unscannable,
            file: self.file,
            files: &self.files,
            editable: self.editable,
            only_asks: self.only_asks,
            account: self.account,
            labels: &self.labels,
            over: &self.over,
            user: self.user,
            process: self.process,
            environment: self.environment,
            closed: &self.closed,
            stale: self.stale,
            exception: self.exception.as_ref(),
            now: self.now,
        }
    }

    /// Shows its facts.
    pub fn at<T>(&self, policy: &Policy, look: impl FnOnce(&Facts<'_>, &[Finding]) -> T) -> T {
        let findings = self.findings(policy);
        look(&self.facts(policy, &findings), &findings)
    }

    pub fn action(&self, policy: &Policy) -> Action {
        self.judged_by(policy).action
    }
}

pub fn finding(policy: &Policy, data_type: &str, confidence: Confidence, value: u8) -> Finding {
    let data_type = DataType::custom(data_type.to_owned());
    Finding {
        level: policy.level_of(&data_type, confidence),
        data_type,
        confidence,
        place: Place {
            role: Role::Prompt,
            locator: None,
            segment: 0,
        },
        count: 1,
        fingerprint: Some(Fingerprint::from_digest([value; 16])),
        repeated: false,
    }
}

/// A pack's test with made-up findings in place of a scan: what `${example:…}` names counts as found. The text explains
/// the decision.
pub fn run(policy: &Policy, given: &Given) -> (Decision, Level, String) {
    let given = &given.count(policy);
    let types = given
        .text
        .split("${example:")
        .skip(1)
        .filter_map(|rest| rest.split('}').next());
    let mut findings: Vec<Finding> = types
        .zip(0..)
        .map(|(name, index)| finding(policy, name, Confidence::High, index))
        .collect();
    findings.extend(given.told_findings(policy));
    let declared = given
        .level
        .unwrap_or_default()
        .max(policy.level_of_labels(&given.labels));
    let level = policy.message_level(&findings).max(declared);
    let destination = given.destination(policy.catalogue());
    let facts = given.facts(&destination, &findings, level);
    let decision = policy.decide(&facts);
    let told = policy.explain(&decision, &facts);
    (decision, level, told)
}
