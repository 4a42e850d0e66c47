//! The names of the answer formats, as the catalogue writes them: one list, from which everything else is made.

use std::str::FromStr;

/// How a service writes its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decoder {
    /// Server-sent JSON patches (ChatGPT on the web).
    ChatgptV1,
    /// Events that each repeat the whole text (older ChatGPT).
    ChatgptFull,
    /// The events of `chatgpt_v1` inside JSON inside WebSocket messages.
    ChatgptWs,
    /// Content-block events (Claude on the web and its API).
    Anthropic,
    /// Chat completion deltas.
    OpenAiChat,
    /// Legacy completions.
    OpenAiText,
    /// Typed events of the Responses interface.
    Responses,
    /// Length-prefixed chunks with JSON inside JSON (Gemini on the web).
    Gemini,
    /// Candidates with parts, as events or as a JSON array (Gemini API, Vertex).
    GeminiApi,
    /// Events in WebSocket messages (Copilot).
    CopilotWs,
    /// SignalR records in WebSocket messages (M365 Copilot).
    Signalr,
    /// Blocks with patches (Perplexity).
    Perplexity,
    /// Patches with inherited paths (DeepSeek).
    Deepseek,
    /// Tokens line by line (Grok).
    Grok,
    /// Tokens line by line (Grok in X).
    Xgrok,
    /// Lines with a number and patches, or with a number and text (Le Chat).
    LinesPatch,
    /// Padded tokens line by line (`HuggingChat`).
    Hf,
    /// Deltas with phases (Qwen).
    Qwen,
    /// Connect envelopes with operations on blocks (Kimi).
    Kimi,
    /// Messages (Duck.ai).
    Ddg,
    /// Patches of segments line by line (Notion).
    Notion,
    /// One document (Bedrock Converse).
    Converse,
    /// Binary event-stream frames with checksums (Bedrock, streamed).
    BedrockStream,
    /// Messages line by line (Ollama).
    Ollama,
    /// Typed events, as lines or server-sent (Cohere v1 and v2).
    Cohere,
    /// Connect envelopes with protobuf (Cursor).
    Cursor,
    /// Connect envelopes with protobuf (Windsurf).
    Windsurf,
    /// Turns with candidates in WebSocket messages (character.ai).
    Cai,
    /// JSON in JSON in events (Doubao).
    Doubao,
    /// Partial texts (Pi).
    Pi,
    /// Tokens (You.com).
    You,
    /// Lines with a letter, a kind and text (Arena).
    Lma,
    /// Documents that each repeat the whole text (Meta AI).
    MetaForm,
    /// Deltas with phases, in a shape of its own (Z.ai).
    Zai,
    /// Events that each repeat the whole text (Hailuo).
    Hailuo,
    /// Typed events in WebSocket messages (OpenAI Realtime).
    Realtime,
}

impl Decoder {
    /// Every decoder with its name.
    pub const ALL: [(&'static str, Decoder); 36] = [
        ("chatgpt_v1", Decoder::ChatgptV1),
        ("chatgpt_full", Decoder::ChatgptFull),
        ("chatgpt_ws", Decoder::ChatgptWs),
        ("anthropic", Decoder::Anthropic),
        ("openai", Decoder::OpenAiChat),
        ("openai_text", Decoder::OpenAiText),
        ("responses", Decoder::Responses),
        ("gemini", Decoder::Gemini),
        ("gemini_api", Decoder::GeminiApi),
        ("copilot_ws", Decoder::CopilotWs),
        ("signalr", Decoder::Signalr),
        ("perplexity", Decoder::Perplexity),
        ("deepseek", Decoder::Deepseek),
        ("grok", Decoder::Grok),
        ("xgrok", Decoder::Xgrok),
        ("lines_patch", Decoder::LinesPatch),
        ("hf", Decoder::Hf),
        ("qwen", Decoder::Qwen),
        ("kimi", Decoder::Kimi),
        ("ddg", Decoder::Ddg),
        ("notion", Decoder::Notion),
        ("converse", Decoder::Converse),
        ("bedrock_stream", Decoder::BedrockStream),
        ("ollama", Decoder::Ollama),
        ("cohere", Decoder::Cohere),
        ("cursor", Decoder::Cursor),
        ("windsurf", Decoder::Windsurf),
        ("cai", Decoder::Cai),
        ("doubao", Decoder::Doubao),
        ("pi", Decoder::Pi),
        ("you", Decoder::You),
        ("lma", Decoder::Lma),
        ("meta_form", Decoder::MetaForm),
        ("zai", Decoder::Zai),
        ("hailuo", Decoder::Hailuo),
        ("realtime", Decoder::Realtime),
    ];
}

/// The catalogue names a decoder that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("no answer decoder is called `{0}`")]
pub struct UnknownDecoder(String);

impl FromStr for Decoder {
    type Err = UnknownDecoder;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Decoder::ALL.into_iter().find(|(known, _)| *known == name);
        known
            .map(|(_, decoder)| decoder)
            .ok_or_else(|| UnknownDecoder(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Decoder;

    #[test]
    fn every_name_leads_to_its_decoder_and_no_other_name_does() {
        for (name, decoder) in Decoder::ALL {
            assert_eq!(name.parse::<Decoder>().unwrap(), decoder);
        }
        let names: std::collections::BTreeSet<&str> = Decoder::ALL.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), Decoder::ALL.len());
        assert_eq!(
            "OpenAI".parse::<Decoder>().unwrap_err().to_string(),
            "no answer decoder is called `OpenAI`"
        );
    }
}
