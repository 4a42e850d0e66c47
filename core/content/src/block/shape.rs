//! The names of the forms of refusal, as the catalogue writes them: one list, from which everything else is made.

use std::str::FromStr;

/// The form in which a client understands a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Error JSON of the OpenAI interface.
    OpenAi,
    /// Error JSON of the Anthropic interface.
    Anthropic,
    /// Error JSON of Google's interfaces.
    Google,
    /// Error JSON of AWS, with the header that names the error.
    Bedrock,
    /// Error JSON of Ollama.
    Ollama,
    /// Error JSON of Cohere.
    Cohere,
    /// The closing envelope of a Connect stream of JSON.
    Connect,
    /// The closing envelope of a Connect stream of protobuf.
    ConnectProto,
    /// Errors of a tRPC batch.
    Trpc,
    /// An answer stream ChatGPT's page shows as a message.
    ChatgptWeb,
    /// An answer stream Claude's page shows as a message.
    ClaudeWeb,
    /// An answer stream Gemini's page shows as a message.
    GeminiWeb,
    /// An answer stream Grok's page shows as a message.
    Grok,
    /// An answer stream Perplexity's page shows as a message.
    Perplexity,
    /// An answer stream DeepSeek's page shows as a message.
    Deepseek,
    /// An answer stream Le Chat's page shows as a message.
    MistralWeb,
    /// An answer stream `HuggingChat`'s page shows as a message.
    Huggingchat,
    /// An answer stream Qwen's page shows as a message.
    Qwen,
    /// An answer stream Kimi's page shows as a message.
    Kimi,
    /// An answer stream Duck.ai's page shows as a message.
    Duckai,
    /// An answer stream Notion's page shows as a message.
    Notion,
    /// An answer stream You.com's page shows as a message.
    You,
    /// An answer stream Pi's page shows as a message.
    Pi,
    /// An answer stream Arena's page shows as a message.
    Arena,
    /// An answer Meta AI's page shows as a message.
    MetaGraphql,
    /// Messages of Copilot's WebSocket.
    CopilotWs,
    /// Records of a SignalR connection.
    Signalr,
    /// Messages of ChatGPT's WebSocket.
    ChatgptWs,
    /// Messages of character.ai's WebSocket.
    Cai,
    /// Messages of the Realtime interface.
    Realtime,
    /// JSON for requests no person sees.
    QuietJson,
    /// A page.
    Html,
    /// Plain text.
    Plain,
}

impl Shape {
    /// Every shape with its name.
    pub const ALL: [(&'static str, Shape); 33] = [
        ("openai", Shape::OpenAi),
        ("anthropic", Shape::Anthropic),
        ("google", Shape::Google),
        ("bedrock", Shape::Bedrock),
        ("ollama", Shape::Ollama),
        ("cohere", Shape::Cohere),
        ("connect", Shape::Connect),
        ("connect_proto", Shape::ConnectProto),
        ("trpc", Shape::Trpc),
        ("chatgpt_web", Shape::ChatgptWeb),
        ("claude_web", Shape::ClaudeWeb),
        ("gemini_web", Shape::GeminiWeb),
        ("grok", Shape::Grok),
        ("perplexity", Shape::Perplexity),
        ("deepseek", Shape::Deepseek),
        ("mistral_web", Shape::MistralWeb),
        ("huggingchat", Shape::Huggingchat),
        ("qwen", Shape::Qwen),
        ("kimi", Shape::Kimi),
        ("duckai", Shape::Duckai),
        ("notion", Shape::Notion),
        ("you", Shape::You),
        ("pi", Shape::Pi),
        ("arena", Shape::Arena),
        ("meta_graphql", Shape::MetaGraphql),
        ("copilot_ws", Shape::CopilotWs),
        ("signalr", Shape::Signalr),
        ("chatgpt_ws", Shape::ChatgptWs),
        ("cai", Shape::Cai),
        ("realtime", Shape::Realtime),
        ("quiet_json", Shape::QuietJson),
        ("html", Shape::Html),
        ("plain", Shape::Plain),
    ];
}

/// The catalogue names a shape that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("no block shape is called `{0}`")]
pub struct UnknownShape(String);

impl FromStr for Shape {
    type Err = UnknownShape;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Shape::ALL.into_iter().find(|(known, _)| *known == name);
        known
            .map(|(_, shape)| shape)
            .ok_or_else(|| UnknownShape(name.to_owned()))
    }
}
