//! Keys without letters of their own: thirty-two hex digits are a key only beside the name of the vendor.
//!
//! Each line of [`VENDORS`] names a vendor's words, as they stand in the names of settings and headers, and what its
//! keys are made of. The facts are the vendors' own documentation.

use super::Set;
use super::Set::{Alnum, Base64, Dotted, Hex, Lower, Upper, Word};
use super::Sets;
use crate::evidence::is_uuid;
use crate::phrases::{Index, Sorted};
use std::cell::LazyCell;

/// What the keys of a vendor are made of.
pub(super) enum Key {
    /// So many letters of a set.
    Run(Set, usize, usize),
    /// `8-4-4-4-12` hex digits.
    Uuid,
}

/// A vendor's words and one of its keys.
pub(super) struct Vendor(pub(super) &'static [&'static str], pub(super) Key);

/// True when the value has the form of a key of the vendor that the name speaks of. `name` is in lower case, its words
/// separated by spaces.
pub(in crate::detectors) fn of_vendor(name: &str, value: &str) -> bool {
    if value.len() > LONGEST {
        return false;
    }
    let glued = LazyCell::new(|| name.replace(' ', ""));
    // Most names speak of no vendor.
    let may_speak = WORDS.stands_in(name) || name.contains(' ') && WORDS.stands_in(&glued);
    if !may_speak {
        return false;
    }
    let speaks = |word: &&str| speaks_of(name, &glued, word);
    let (sets, uuid) = (Sets::of(value), is_uuid(value.as_bytes()));
    // Few vendors begin with a letter that stands in the name.
    let letters = name.bytes().fold(0u32, |letters, byte| letters | 1 << (byte % 32));
    let may_stand = |word: &&&str| {
        word.bytes()
            .next()
            .is_some_and(|first| letters >> (first % 32) & 1 == 1)
    };
    VENDORS.iter().any(|Vendor(words, key)| {
        let fits = match *key {
            Key::Run(set, min, max) => (min..=max).contains(&value.len()) && sets.have(set),
            Key::Uuid => uuid,
        };
        fits && words.iter().filter(may_stand).any(speaks)
    })
}

/// True when the word stands in the name as a word, or begins one: `datadoghq`. Camel case parts what is one word to the
/// vendor: `open weather`; `glued` is the name without blanks.
fn speaks_of(name: &str, glued: &str, word: &str) -> bool {
    if word.len() > 5 && places(glued, word).next().is_some() && !word.contains(' ') {
        return true;
    }
    places(name, word).any(|at| {
        let begins = at == 0 || !name.as_bytes()[at - 1].is_ascii_alphanumeric();
        let ends = name
            .as_bytes()
            .get(at + word.len())
            .is_none_or(|byte| !byte.is_ascii_alphanumeric());
        begins && (ends || word.len() > 4)
    })
}

/// Where a word stands in a name: names are too short for a search that has to prepare itself.
fn places<'n>(name: &'n str, word: &'n str) -> impl Iterator<Item = usize> + 'n {
    let name = name.as_bytes();
    let first = word.as_bytes().first().copied().unwrap_or_default();
    memchr::memchr_iter(first, name).filter(|at| name[*at..].starts_with(word.as_bytes()))
}

/// The words of all vendors.
static WORDS: &Index = &Sorted::by_start(words::<{ count_words() }>());

const fn count_words() -> usize {
    let (mut count, mut vendor) = (0, 0);
    while vendor < VENDORS.len() {
        count += VENDORS[vendor].0.len();
        vendor += 1;
    }
    count
}

const fn words<const N: usize>() -> [&'static str; N] {
    let (mut words, mut count, mut vendor) = ([""; N], 0, 0);
    while vendor < VENDORS.len() {
        let mut word = 0;
        while word < VENDORS[vendor].0.len() {
            words[count] = VENDORS[vendor].0[word];
            count += 1;
            word += 1;
        }
        vendor += 1;
    }
    words
}

/// No key of a vendor is longer.
static LONGEST: usize = {
    let (mut longest, mut at) = (36, 0);
    while at < VENDORS.len() {
        if let Key::Run(_, _, max) = VENDORS[at].1
            && max > longest
        {
            longest = max;
        }
        at += 1;
    }
    longest
};

/// All vendors, by what they are for.
#[rustfmt::skip]
pub(super) static VENDORS: &[Vendor] = &[
    // Artificial intelligence.
    Vendor(&["cohere", "co api"], Key::Run(Alnum, 40, 40)),
    Vendor(&["mistral"], Key::Run(Alnum, 32, 32)),
    Vendor(&["together", "togetherai"], Key::Run(Hex, 64, 64)),
    Vendor(&["deepgram"], Key::Run(Hex, 40, 40)),
    Vendor(&["assemblyai", "assembly ai"], Key::Run(Hex, 32, 32)),
    Vendor(&["elevenlabs", "eleven labs", "xi api"], Key::Run(Hex, 32, 32)),
    Vendor(&["wandb", "weights biases"], Key::Run(Hex, 40, 40)),
    Vendor(&["pinecone"], Key::Uuid),
    Vendor(&["weaviate"], Key::Run(Alnum, 36, 40)),
    Vendor(&["weaviate", "qdrant"], Key::Uuid),
    Vendor(&["qdrant"], Key::Run(Word, 54, 54)),
    Vendor(&["ai21"], Key::Run(Alnum, 32, 32)),
    Vendor(&["ai21", "exa", "sambanova"], Key::Uuid),
    Vendor(&["clarifai"], Key::Run(Hex, 32, 32)),
    Vendor(&["stability", "stabilityai"], Key::Run(Alnum, 48, 51)),
    Vendor(&["azure openai", "cognitive", "openai azure"], Key::Run(Hex, 32, 32)),
    Vendor(&["serpapi", "serp api"], Key::Run(Hex, 64, 64)),
    Vendor(&["baseten"], Key::Run(Dotted, 41, 41)),
    Vendor(&["runway", "ideogram", "bfl"], Key::Run(Word, 32, 140)),
    Vendor(&["deepl"], Key::Run(Word, 36, 39)),

    // Clouds and hosting.
    Vendor(&["alibaba", "aliyun", "oss"], Key::Run(Alnum, 30, 30)),
    Vendor(&["tencent", "tencentcloud", "cos"], Key::Run(Alnum, 32, 32)),
    Vendor(&["huawei", "huaweicloud", "obs"], Key::Run(Alnum, 40, 40)),
    Vendor(&["volcengine", "baidu", "bce"], Key::Run(Alnum, 32, 60)),
    Vendor(&["ibm", "ibmcloud", "watson", "bluemix", "cloudant"], Key::Run(Word, 44, 44)),
    Vendor(&["cloudflare", "cf"], Key::Run(Word, 40, 40)),
    Vendor(&["cloudflare", "cf"], Key::Run(Hex, 37, 37)),
    Vendor(&["linode"], Key::Run(Hex, 64, 64)),
    Vendor(&["hetzner", "hcloud"], Key::Run(Alnum, 64, 64)),
    Vendor(&["vultr"], Key::Run(Upper, 36, 36)),
    Vendor(&["scaleway", "scw"], Key::Uuid),
    Vendor(&["heroku", "railway", "civo"], Key::Uuid),
    Vendor(&["ovh"], Key::Run(Alnum, 16, 32)),
    Vendor(&["fastly"], Key::Run(Word, 32, 32)),
    Vendor(&["netlify"], Key::Run(Word, 40, 46)),
    Vendor(&["vercel"], Key::Run(Alnum, 24, 24)),
    Vendor(&["exoscale"], Key::Run(Word, 43, 43)),
    Vendor(&["digitalocean", "spaces"], Key::Run(Alnum, 43, 43)),
    Vendor(&["bunny", "bunnycdn"], Key::Run(Word, 36, 72)),

    // Databases and queues.
    Vendor(&["confluent"], Key::Run(Alnum, 16, 16)),
    Vendor(&["confluent", "kafka"], Key::Run(Base64, 64, 64)),
    Vendor(&["mongodb", "atlas"], Key::Uuid),
    Vendor(&["elastic", "elasticsearch"], Key::Run(Base64, 60, 60)),
    Vendor(&["elastic cloud"], Key::Run(Alnum, 24, 24)),
    Vendor(&["redis", "rediscloud", "upstash"], Key::Run(Base64, 40, 64)),
    Vendor(&["influx", "influxdb"], Key::Run(Base64, 88, 88)),
    Vendor(&["algolia"], Key::Run(Hex, 32, 32)),
    Vendor(&["typesense", "meili", "meilisearch"], Key::Run(Word, 32, 64)),
    Vendor(&["aiven"], Key::Run(Base64, 64, 372)),
    Vendor(&["fivetran", "hightouch", "census"], Key::Run(Word, 24, 64)),
    Vendor(&["snowflake"], Key::Run(Base64, 40, 400)),

    // Identity and networks.
    Vendor(&["okta"], Key::Run(Word, 42, 42)),
    Vendor(&["auth0"], Key::Run(Word, 64, 64)),
    Vendor(&["onelogin"], Key::Run(Hex, 64, 64)),
    Vendor(&["duo"], Key::Run(Alnum, 40, 40)),
    Vendor(&["jumpcloud"], Key::Run(Word, 40, 44)),
    Vendor(&["zerotier"], Key::Run(Alnum, 32, 32)),
    Vendor(&["ngrok"], Key::Run(Word, 43, 49)),
    Vendor(&["meraki"], Key::Run(Hex, 40, 40)),
    Vendor(&["consul", "nomad"], Key::Uuid),
    Vendor(&["vault"], Key::Run(Dotted, 26, 26)),
    Vendor(&["virustotal", "vt"], Key::Run(Hex, 64, 64)),
    Vendor(&["shodan"], Key::Run(Alnum, 32, 32)),
    Vendor(&["abuseipdb"], Key::Run(Hex, 80, 80)),
    Vendor(&["snyk", "ggshield", "semgrep"], Key::Uuid),
    Vendor(&["semgrep"], Key::Run(Hex, 64, 64)),

    // Code and builds.
    Vendor(&["github", "gh", "gitea", "forgejo", "codeberg"], Key::Run(Hex, 40, 40)),
    Vendor(&["gitlab"], Key::Run(Word, 20, 20)),
    Vendor(&["bitbucket"], Key::Run(Alnum, 32, 32)),
    Vendor(&["bitbucket"], Key::Run(Word, 64, 64)),
    Vendor(&["circle", "circleci"], Key::Run(Hex, 40, 40)),
    Vendor(&["travis"], Key::Run(Word, 22, 22)),
    Vendor(&["buildkite"], Key::Run(Alnum, 40, 50)),
    Vendor(&["jenkins"], Key::Run(Hex, 32, 34)),
    Vendor(&["drone", "droneci", "codecov", "codacy", "woodpecker"], Key::Run(Alnum, 32, 32)),
    Vendor(&["codecov", "bitrise", "sauce", "saucelabs"], Key::Uuid),
    Vendor(&["codeclimate", "cc test reporter"], Key::Run(Hex, 64, 64)),
    Vendor(&["coveralls"], Key::Run(Alnum, 32, 36)),
    Vendor(&["browserstack"], Key::Run(Alnum, 20, 20)),
    Vendor(&["jfrog", "artifactory"], Key::Run(Alnum, 64, 73)),
    Vendor(&["nuget"], Key::Run(Lower, 46, 46)),
    Vendor(&["hex"], Key::Run(Hex, 32, 32)),
    Vendor(&["azure devops", "ado", "azdo", "vsts"], Key::Run(Lower, 52, 52)),
    Vendor(&["expo", "appcenter", "fossa"], Key::Run(Hex, 32, 40)),

    // Work and content.
    Vendor(&["atlassian", "confluence", "jira"], Key::Run(Alnum, 24, 24)),
    Vendor(&["asana"], Key::Run(Hex, 32, 32)),
    Vendor(&["trello"], Key::Run(Hex, 32, 64)),
    Vendor(&["airtable"], Key::Run(Alnum, 17, 17)),
    Vendor(&["zendesk"], Key::Run(Alnum, 40, 40)),
    Vendor(&["intercom"], Key::Run(Base64, 60, 60)),
    Vendor(&["hubspot"], Key::Uuid),
    Vendor(&["freshdesk", "freshworks"], Key::Run(Alnum, 20, 20)),
    Vendor(&["pipedrive"], Key::Run(Hex, 40, 40)),
    Vendor(&["contentful"], Key::Run(Word, 43, 43)),
    Vendor(&["adobe", "box", "linear", "facebook", "flickr", "fb"], Key::Run(Alnum, 32, 32)),
    Vendor(&["dropbox"], Key::Run(Lower, 15, 15)),
    Vendor(&["launchdarkly"], Key::Run(Word, 40, 40)),
    Vendor(&["linkedin"], Key::Run(Alnum, 16, 16)),
    Vendor(&["twitter"], Key::Run(Alnum, 35, 50)),
    Vendor(&["twitch"], Key::Run(Lower, 30, 30)),
    Vendor(&["spotify", "reddit"], Key::Run(Word, 27, 32)),
    Vendor(&["zoom"], Key::Run(Alnum, 32, 36)),
    Vendor(&["webflow", "prismic", "sanity", "storyblok"], Key::Run(Alnum, 24, 200)),
    Vendor(&["openweather", "openweathermap", "owm", "rapidapi", "weatherapi"], Key::Run(Alnum, 31, 50)),
    Vendor(&["mapbox", "here", "tomtom"], Key::Run(Word, 32, 48)),
    Vendor(&["unsplash", "pexels", "giphy", "tmdb"], Key::Run(Word, 32, 56)),

    // Messages and mail.
    Vendor(&["mailgun"], Key::Run(Hex, 32, 32)),
    Vendor(&["postmark", "sendbird", "onesignal", "sinch"], Key::Uuid),
    Vendor(&["sparkpost", "sendbird"], Key::Run(Hex, 40, 40)),
    Vendor(&["mandrill"], Key::Run(Word, 22, 22)),
    Vendor(&["mailjet"], Key::Run(Hex, 32, 32)),
    Vendor(&["messagebird"], Key::Run(Alnum, 25, 25)),
    Vendor(&["vonage", "nexmo"], Key::Run(Alnum, 16, 16)),
    Vendor(&["plivo"], Key::Run(Base64, 40, 60)),
    Vendor(&["pusher"], Key::Run(Hex, 20, 20)),
    Vendor(&["pubnub", "ably"], Key::Run(Word, 42, 60)),
    Vendor(&["slack"], Key::Run(Hex, 32, 32)),
    Vendor(&["discord"], Key::Run(Word, 32, 32)),
    Vendor(&["discord"], Key::Run(Hex, 64, 64)),
    Vendor(&["mattermost"], Key::Run(Lower, 26, 26)),
    Vendor(&["pushover"], Key::Run(Alnum, 30, 30)),
    Vendor(&["customerio", "customer io", "braze", "iterable"], Key::Run(Word, 20, 48)),
    Vendor(&["braze"], Key::Uuid),

    // Money and trade.
    Vendor(&["paypal"], Key::Run(Word, 80, 80)),
    Vendor(&["plaid"], Key::Run(Hex, 30, 30)),
    Vendor(&["braintree"], Key::Run(Hex, 32, 32)),
    Vendor(&["razorpay"], Key::Run(Alnum, 24, 24)),
    Vendor(&["adyen"], Key::Run(Base64, 100, 260)),
    Vendor(&["paystack"], Key::Run(Hex, 40, 40)),
    Vendor(&["coinbase"], Key::Run(Base64, 32, 88)),
    Vendor(&["binance"], Key::Run(Alnum, 64, 64)),
    Vendor(&["kraken"], Key::Run(Base64, 80, 90)),
    Vendor(&["kucoin"], Key::Uuid),
    Vendor(&["bittrex", "bitfinex", "bybit", "okx"], Key::Run(Alnum, 18, 64)),
    Vendor(&["infura", "etherscan", "moralis", "alchemy"], Key::Run(Word, 32, 64)),
    Vendor(&["finnhub", "finicity"], Key::Run(Lower, 20, 40)),
    Vendor(&["alphavantage", "alpha vantage"], Key::Run(Upper, 16, 16)),
    Vendor(&["polygon", "quandl", "fred"], Key::Run(Word, 20, 32)),
    Vendor(&["etsy"], Key::Run(Lower, 24, 24)),
    Vendor(&["wise", "dwolla", "recurly", "chargebee", "gocardless"], Key::Run(Word, 32, 64)),
    Vendor(&["wise"], Key::Uuid),

    // Watching and measuring.
    Vendor(&["datadog", "dd"], Key::Run(Hex, 32, 32)),
    Vendor(&["datadog", "dd"], Key::Run(Hex, 40, 40)),
    Vendor(&["new relic", "newrelic"], Key::Run(Alnum, 40, 40)),
    Vendor(&["pagerduty"], Key::Run(Word, 20, 32)),
    Vendor(&["opsgenie", "victorops", "honeycomb", "statuspage"], Key::Uuid),
    Vendor(&["honeycomb"], Key::Run(Alnum, 22, 32)),
    Vendor(&["sentry"], Key::Run(Hex, 64, 64)),
    Vendor(&["rollbar", "bugsnag", "airbrake"], Key::Run(Hex, 32, 32)),
    Vendor(&["sumo", "sumologic"], Key::Run(Alnum, 64, 64)),
    Vendor(&["sumo", "sumologic"], Key::Run(Alnum, 14, 14)),
    Vendor(&["logzio", "logz", "loggly", "logdna", "mezmo", "papertrail"], Key::Run(Hex, 32, 36)),
    Vendor(&["loggly", "splunk"], Key::Uuid),
    Vendor(&["segment"], Key::Run(Alnum, 32, 32)),
    Vendor(&["amplitude", "mixpanel"], Key::Run(Hex, 32, 32)),
    Vendor(&["grafana"], Key::Run(Alnum, 40, 60)),
    Vendor(&["uptimerobot", "pingdom", "checkly", "statuscake"], Key::Run(Word, 28, 86)),
];
