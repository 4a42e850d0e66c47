//! Pings and pongs between the two sides.
//!
//! A ping may carry 125 bytes of the client's choosing, and so may a pong: that would be a way around the gate. So a
//! ping goes on under a number of ours and its pong comes back under the client's own bytes; a pong of the client goes on
//! only as the echo it must be.

use std::collections::VecDeque;

/// Pings without an answer that are remembered, each way. Answers to older ones are passed as unasked-for.
const REMEMBERED: usize = 64;

#[derive(Default)]
pub(super) struct Heartbeat {
    sent: u64,
    /// Our numbers and what the client's pings carried.
    of_client: VecDeque<(u64, Vec<u8>)>,
    /// What the origin's pings carried.
    of_origin: VecDeque<Vec<u8>>,
}

impl Heartbeat {
    /// What the origin gets for a ping of the client.
    pub(super) fn ping_of_client(&mut self, carried: Vec<u8>) -> Vec<u8> {
        self.sent += 1;
        remember(&mut self.of_client, (self.sent, carried));
        self.sent.to_be_bytes().to_vec()
    }

    /// What the client gets for a pong of the origin.
    pub(super) fn pong_of_origin(&mut self, carried: Vec<u8>) -> Vec<u8> {
        let asked = |(number, _): &(u64, Vec<u8>)| number.to_be_bytes()[..] == carried[..];
        // RFC 6455, 5.5.3: an answer to a later ping answers the earlier ones as well.
        match self.of_client.iter().position(asked) {
            Some(at) => self
                .of_client
                .drain(..=at)
                .next_back()
                .map_or(carried, |(_, carried)| carried),
            None => carried,
        }
    }

    /// What the client gets for a ping of the origin.
    pub(super) fn ping_of_origin(&mut self, carried: Vec<u8>) -> Vec<u8> {
        remember(&mut self.of_origin, carried.clone());
        carried
    }

    /// What the origin gets for a pong of the client; nothing in it that the origin has not sent itself.
    pub(super) fn pong_of_client(&mut self, carried: Vec<u8>) -> Vec<u8> {
        match self.of_origin.iter().position(|asked| *asked == carried) {
            Some(at) => {
                self.of_origin.drain(..=at);
                carried
            }
            None => Vec::new(),
        }
    }
}

fn remember<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= REMEMBERED {
        list.pop_front();
    }
    list.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::Heartbeat;

    #[test]
    fn a_ping_comes_back_with_what_it_carried_and_takes_nothing_along() {
        let mut heartbeat = Heartbeat::default();
        let first = heartbeat.ping_of_client(b"secret one".to_vec());
        let second = heartbeat.ping_of_client(b"secret two".to_vec());
        assert!(first != second && first.len() == 8);
        assert_eq!(heartbeat.pong_of_origin(second), b"secret two");
        // The first was answered with the second.
        assert_eq!(heartbeat.pong_of_origin(first.clone()), first);
    }

    #[test]
    fn a_pong_is_an_echo_or_empty() {
        let mut heartbeat = Heartbeat::default();
        assert_eq!(heartbeat.ping_of_origin(b"are you there".to_vec()), b"are you there");
        assert_eq!(heartbeat.pong_of_client(b"a secret".to_vec()), b"");
        assert_eq!(heartbeat.pong_of_client(b"are you there".to_vec()), b"are you there");
        assert_eq!(heartbeat.pong_of_client(b"are you there".to_vec()), b"");
    }

    #[test]
    fn pings_without_answers_are_forgotten() {
        let mut heartbeat = Heartbeat::default();
        let first = heartbeat.ping_of_client(vec![1]);
        (0..1000).for_each(|_| drop(heartbeat.ping_of_client(vec![2])));
        assert_eq!(heartbeat.pong_of_origin(first.clone()), first);
        assert!(heartbeat.of_client.len() <= super::REMEMBERED);
    }
}
