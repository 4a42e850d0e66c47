//! A model, ready to read texts.

use std::sync::Arc;

use rten::{NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use weir_detect::Recogniser;
use weir_model::Match;

use crate::config::{Config, Labels, Mark};
use crate::spans::{Marked, join};
use crate::wordpiece::{TokenizerError, Word, WordPiece};

/// The files of a model, as they are published.
#[derive(Clone, Copy)]
pub struct ModelFiles<'a> {
    /// `model.onnx`: tokens to one number for each label. Inputs are `input_ids`, and `attention_mask` and
    /// `token_type_ids` where the model wants them, of any length; the first output has the shape 1 × tokens × labels.
    pub graph: &'a [u8],
    /// `tokenizer.json`, of the WordPiece family.
    pub tokenizer: &'a [u8],
    /// `config.json`, with `id2label`.
    pub config: &'a [u8],
}

/// Why a model cannot be used. Nothing is read with it then, and the detectors read on.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not a configuration.
    #[error("config.json cannot be read")]
    Config(#[source] serde_json::Error),
    /// A model for less than a sentence.
    #[error("the model reads {0} tokens at once; at least {SHORTEST_WINDOW} are needed")]
    Window(usize),
    /// No label of the model has a type here.
    #[error("config.json has no label that stands for a data type")]
    Labels,
    /// Not a tokenizer of ours.
    #[error("tokenizer.json cannot be used")]
    Tokenizer(#[from] TokenizerError),
    /// Not a graph, or one with operators that are not known.
    #[error("model.onnx cannot be read")]
    Graph(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An input nobody knows how to fill.
    #[error("model.onnx asks for `{0}`; known are input_ids, attention_mask and token_type_ids")]
    Input(String),
    /// The graph does not read a text of the longest window with the last token of the vocabulary.
    #[error("model.onnx does not fit the other files")]
    Trial(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Its answer is no list of labels for each token.
    #[error("model.onnx gives {outputs:?} numbers for a text where config.json has {labels} labels")]
    Outputs {
        /// The shape that came.
        outputs: [usize; 3],
        /// The number of labels.
        labels: usize,
    },
}

/// What a model says of a text.
#[derive(Debug, Default, PartialEq)]
pub struct Reading {
    /// Values, sorted by start, without overlaps.
    pub matches: Vec<Match>,
    /// Bytes of the text that the model has looked at, from its start. What stands behind is too much for it.
    pub read: usize,
}

/// A model, ready to read texts. Immutable: many threads may ask at once.
pub struct Model {
    graph: rten::Model,
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    words: WordPiece,
    marks: Vec<Mark>,
    /// Tokens read at once, those for begin and end included.
    window: usize,
    threads: Arc<ThreadPool>,
}

/// What the graph is fed.
#[derive(Clone, Copy)]
enum Input {
    Ids,
    Mask,
    Types,
}

impl Model {
    /// Reads the files, and lets the graph read a text for a trial: what is wrong with it shows now.
    ///
    /// # Errors
    /// When a file is not what it should be, or the files do not belong together.
    pub fn load(files: ModelFiles<'_>, labels: &Labels) -> Result<Self, LoadError> {
        let config: Config = serde_json::from_slice(files.config).map_err(LoadError::Config)?;
        let (window, marks) = (config.window(), config.marks(labels));
        if window < SHORTEST_WINDOW {
            return Err(LoadError::Window(window));
        }
        if marks.iter().all(|mark| *mark == Mark::Outside) {
            return Err(LoadError::Labels);
        }
        let words = WordPiece::read(files.tokenizer)?;
        let graph = rten::Model::load(files.graph.to_vec()).map_err(|error| LoadError::Graph(error.into()))?;
        let inputs = inputs(&graph)?;
        let output = graph.output_ids().first().copied();
        let model = Self {
            inputs,
            output: output.ok_or_else(|| LoadError::Graph("it has no output".into()))?,
            graph,
            words,
            marks,
            window,
            threads: Arc::new(ThreadPool::with_num_threads(THREADS)),
        };
        model.try_out()?;
        Ok(model)
    }

    /// What the model says of a text. Time is linear in its length up to a limit, and [`Reading::read`] says how far it
    /// went.
    #[must_use]
    pub fn read(&self, text: &str) -> Reading {
        let text = text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or(text);
        // What takes more tokens is a key or a hash, and no name.
        let longest = self.window / 4;
        let words = self.words.words(text).filter(|word| word.tokens.len() <= longest);
        let words: Vec<Word> = words.collect();
        let (mut marks, mut told) = (Vec::new(), 0);
        while told < words.len() {
            let from = told - self.shared_before(&words, told);
            let to = self.window_end(&words, from);
            let Some(answers) = self.ask(&words[from..to]) else {
                break;
            };
            // The last words of a window lack what follows them: the next one tells them.
            let until = match to < words.len() {
                true => (told + 1).max(to - (to - told) / 4),
                false => to,
            };
            marks.extend(self.marked(&words, from, &answers, told..until));
            told = until;
        }
        let mut matches = Vec::new();
        join(text, marks, &mut matches);
        Reading {
            matches,
            read: if told == words.len() {
                text.len()
            } else {
                words[told].span.start
            },
        }
    }

    /// Words before this one that go before it into its window, for the model to see.
    fn shared_before(&self, words: &[Word], at: usize) -> usize {
        fitting(words[..at].iter().rev(), self.window / 4)
    }

    /// Where the window that begins with a word ends: behind at least one word more than its neighbour shares with it,
    /// since no word takes more than a quarter of a window.
    fn window_end(&self, words: &[Word], from: usize) -> usize {
        from + fitting(words[from..].iter(), self.window - 2)
    }

    /// Numbers for each token and label; the first token is the one for the beginning.
    fn ask(&self, words: &[Word]) -> Option<NdTensor<f32, 3>> {
        let tokens = words.iter().flat_map(|word| word.tokens.iter().copied());
        let tokens: Vec<u32> = [self.words.begin]
            .into_iter()
            .chain(tokens)
            .chain([self.words.end])
            .collect();
        // The trial at loading had the longest window and the last token: what fails here is a text without an answer.
        self.run(&tokens).ok()
    }

    fn run(&self, tokens: &[u32]) -> Result<NdTensor<f32, 3>, Box<dyn std::error::Error + Send + Sync>> {
        let row = |number: &dyn Fn(u32) -> i32| {
            NdTensor::from_data(
                [1, tokens.len()],
                tokens.iter().map(|token| number(*token)).collect::<Vec<i32>>(),
            )
        };
        let inputs = self.inputs.iter().map(|(node, input)| {
            let numbers = match input {
                Input::Ids => row(&|token| i32::try_from(token).unwrap_or(i32::MAX)),
                Input::Mask => row(&|_| 1),
                Input::Types => row(&|_| 0),
            };
            (*node, rten::Value::from(numbers).into())
        });
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.threads)));
        let answers = self.graph.run(inputs.collect(), &[self.output], Some(options))?;
        let first = answers.into_iter().next().ok_or("no answer")?;
        Ok(first.try_into()?)
    }

    fn try_out(&self) -> Result<(), LoadError> {
        let answers = self
            .run(&vec![self.words.largest(); self.window])
            .map_err(LoadError::Trial)?;
        let (outputs, labels) = (answers.shape(), self.marks.len());
        match outputs == [1, self.window, labels] {
            true => Ok(()),
            false => Err(LoadError::Outputs { outputs, labels }),
        }
    }

    /// What a window says of some of its words: the first token of a word speaks for it, as it did in training.
    fn marked<'a>(
        &'a self,
        words: &'a [Word],
        from: usize,
        answers: &'a NdTensor<f32, 3>,
        told: std::ops::Range<usize>,
    ) -> impl Iterator<Item = Marked> + 'a {
        let mut token = 1;
        let starts = words[from..told.end].iter().map(move |word| {
            let start = token;
            token += word.tokens.len();
            (start, word)
        });
        starts.skip(told.start - from).map(|(start, word)| {
            let numbers =
                (0..self.marks.len()).map(|label| answers.get([0, start, label]).copied().unwrap_or(f32::MIN));
            let (best, probability) = best(numbers);
            Marked {
                span: word.span.clone(),
                mark: self.marks.get(best).cloned().unwrap_or_default(),
                probability,
            }
        })
    }
}

impl Recogniser for Model {
    fn recognise(&self, text: &str) -> Vec<Match> {
        self.read(text).matches
    }
}

/// How many of the words have room for their tokens, from the first.
fn fitting<'w>(words: impl Iterator<Item = &'w Word>, mut room: usize) -> usize {
    let fits = words.take_while(|word| {
        let left = room.checked_sub(word.tokens.len());
        room = left.unwrap_or(room);
        left.is_some()
    });
    fits.count()
}

fn inputs(graph: &rten::Model) -> Result<Vec<(NodeId, Input)>, LoadError> {
    let named = |node: &NodeId| {
        let name = graph.node_info(*node).and_then(|info| info.name()).unwrap_or_default();
        let input = match name {
            "input_ids" => Input::Ids,
            "attention_mask" => Input::Mask,
            "token_type_ids" => Input::Types,
            _ => return Err(LoadError::Input(name.to_owned())),
        };
        Ok((*node, input))
    };
    graph.input_ids().iter().map(named).collect()
}

/// The label with the largest number, and its share after softmax.
fn best(numbers: impl Iterator<Item = f32> + Clone) -> (usize, f32) {
    let largest = numbers
        .clone()
        .enumerate()
        .max_by(|(_, one), (_, other)| one.total_cmp(other));
    let Some((at, largest)) = largest else { return (0, 0.0) };
    let sum: f32 = numbers.map(|number| (number - largest).exp()).sum();
    (at, 1.0 / sum)
}

const SHORTEST_WINDOW: usize = 32;
/// Bytes of one text that a model looks at: it is a thousand times as slow as the detectors.
const LONGEST_TEXT: usize = 64 << 10;
/// A laptop has other things to do.
const THREADS: usize = 2;
