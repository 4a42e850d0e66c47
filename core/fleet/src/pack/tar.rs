//! Files one behind the other (POSIX ustar), in the one way that a pack has: what `tar` lists and unpacks, and nothing that
//! could be changed unseen. Both ways hold a part of one file in memory, and go through the bytes once.

use super::PackRefused;
use aws_lc_rs::digest::{Context, SHA256};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::mem;

const BLOCK: usize = 512;

/// What a file is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    /// Bytes.
    pub(super) size: u64,
    /// Of them.
    pub(super) sha256: [u8; 32],
}

/// Writes files. Each header is written when its file is complete.
pub(super) struct Writer<W> {
    out: W,
    at: u64,
    header: u64,
    hashed: Context,
}

impl<W: Write + Seek> Writer<W> {
    /// Into something that is empty.
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            at: 0,
            header: 0,
            hashed: Context::new(&SHA256),
        }
    }

    /// Bytes so far.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// Begins a file.
    pub(super) fn open(&mut self) -> io::Result<()> {
        self.header = self.at;
        self.put(&[0; BLOCK])
    }

    /// Adds to it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hashed.update(bytes);
        self.put(bytes)
    }

    /// Ends it. Its name is short, and it has less than eight gigabytes.
    pub(super) fn close(&mut self, name: &str) -> io::Result<Sum> {
        let size = self.at - self.header - BLOCK as u64;
        self.put(&[0; BLOCK][..padding(size)])?;
        self.out.seek(SeekFrom::Start(self.header))?;
        self.out.write_all(&header(name, size))?;
        self.out.seek(SeekFrom::Start(self.at))?;
        let hashed = mem::replace(&mut self.hashed, Context::new(&SHA256));
        Ok(sum(size, hashed))
    }

    /// Behind the last file; gives how many bytes there are.
    pub(super) fn end(mut self) -> io::Result<(W, u64)> {
        self.put(&[0; 2 * BLOCK])?;
        self.out.flush()?;
        Ok((self.out, self.at))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

/// Reads files.
pub(super) struct Reader<R> {
    from: BufReader<R>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from: BufReader::with_capacity(64 * 1024, from),
        }
    }

    /// The next file, which has this name.
    pub(super) fn open(&mut self, name: &str) -> Result<Member<'_, R>, PackRefused> {
        let mut head = [0; BLOCK];
        exact(&mut self.from, &mut head)?;
        let size = std::str::from_utf8(&head[124..135]).map_err(|_| PackRefused::Format)?;
        let size = u64::from_str_radix(size, 8).map_err(|_| PackRefused::Format)?;
        match head == header(name, size) {
            true => Ok(Member {
                from: &mut self.from,
                size,
                left: size,
                hashed: Context::new(&SHA256),
            }),
            false => Err(PackRefused::Format),
        }
    }

    /// There is no more.
    pub(super) fn end(mut self) -> Result<(), PackRefused> {
        zeros::<{ 2 * BLOCK }>(&mut self.from, 2 * BLOCK)?;
        match self.from.fill_buf().map_err(|error| refused(&error))? {
            [] => Ok(()),
            _ => Err(PackRefused::Format),
        }
    }
}

/// A file that is being read.
pub(super) struct Member<'a, R> {
    from: &'a mut BufReader<R>,
    size: u64,
    left: u64,
    hashed: Context,
}

impl<R: Read> Member<'_, R> {
    /// The next line with its end, or as much of it as `most` bytes; `false` where there is none.
    pub(super) fn line(&mut self, line: &mut Vec<u8>, most: usize) -> Result<bool, PackRefused> {
        line.clear();
        while self.left > 0 && line.len() < most {
            let part = here(self.from, self.left)?;
            let part = &part[..part.len().min(most - line.len())];
            let end = part.iter().position(|byte| *byte == b'\n');
            let part = &part[..end.map_or(part.len(), |end| end + 1)];
            line.extend_from_slice(part);
            self.hashed.update(part);
            let taken = part.len();
            self.from.consume(taken);
            self.left -= taken as u64;
            if end.is_some() {
                break;
            }
        }
        Ok(!line.is_empty())
    }

    /// All that is left, where that is no more than `most` bytes.
    pub(super) fn all(&mut self, most: usize) -> Result<Vec<u8>, PackRefused> {
        let size = usize::try_from(self.left).ok().filter(|size| *size <= most);
        let mut bytes = vec![0; size.ok_or(PackRefused::Format)?];
        exact(self.from, &mut bytes)?;
        self.hashed.update(&bytes);
        self.left = 0;
        Ok(bytes)
    }

    /// Goes through what is left, and behind it.
    pub(super) fn close(mut self) -> Result<Sum, PackRefused> {
        while self.left > 0 {
            let part = here(self.from, self.left)?;
            self.hashed.update(part);
            let taken = part.len();
            self.from.consume(taken);
            self.left -= taken as u64;
        }
        zeros::<BLOCK>(self.from, padding(self.size))?;
        Ok(sum(self.size, self.hashed))
    }
}

/// What is in memory of the next bytes: at least one, at most so many.
fn here<R: Read>(from: &mut BufReader<R>, most: u64) -> Result<&[u8], PackRefused> {
    let part = from.fill_buf().map_err(|error| refused(&error))?;
    match usize::try_from(most).map_or(part, |most| &part[..part.len().min(most)]) {
        [] => Err(PackRefused::Format),
        part => Ok(part),
    }
}

fn zeros<const MOST: usize>(from: &mut impl Read, count: usize) -> Result<(), PackRefused> {
    let mut bytes = [1; MOST];
    let bytes = &mut bytes[..count];
    exact(from, bytes)?;
    match bytes.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(PackRefused::Format),
    }
}

fn exact(from: &mut impl Read, bytes: &mut [u8]) -> Result<(), PackRefused> {
    from.read_exact(bytes).map_err(|error| refused(&error))
}

fn refused(error: &io::Error) -> PackRefused {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => PackRefused::Format,
        kind => PackRefused::Read(kind),
    }
}

fn sum(size: u64, hashed: Context) -> Sum {
    let mut sha256 = [0; 32];
    // A SHA-256 has 32 bytes.
    sha256.copy_from_slice(hashed.finish().as_ref());
    Sum { size, sha256 }
}

/// Zeros up to the next block.
const fn padding(size: u64) -> usize {
    // Less than a block.
    let over = (size % BLOCK as u64) as usize;
    match over {
        0 => 0,
        over => BLOCK - over,
    }
}

fn header(name: &str, size: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000444\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, "00000000000\0");
    // The sum is made as if spaces stood in its place.
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::{PackRefused, Reader, Writer};
    use std::io::Cursor;

    fn written(files: [(&str, &[u8]); 2]) -> Vec<u8> {
        let mut tar = Writer::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            tar.open().unwrap();
            // In parts, as lines come.
            for part in bytes.chunks(100) {
                tar.write(part).unwrap();
            }
            let sum = tar.close(name).unwrap();
            assert_eq!(sum.size, bytes.len() as u64);
        }
        let (out, size) = tar.end().unwrap();
        let out = out.into_inner();
        assert_eq!((out.len() as u64, out.len() % 512), (size, 0));
        out
    }

    #[test]
    fn files_are_read_as_they_are_written() {
        for (one, two) in [(&b""[..], &b"x"[..]), (&[7; 512], &[8; 513]), (&[7; 70_000], b"")] {
            let bytes = written([("a.txt", one), ("b.txt", two)]);
            let mut tar = Reader::new(&bytes[..]);
            let mut file = tar.open("a.txt").unwrap();
            assert_eq!(file.all(one.len()).unwrap(), one);
            assert_eq!(file.close().unwrap().size, one.len() as u64);
            // Nobody has to look at a file to go behind it.
            let passed = tar.open("b.txt").unwrap().close().unwrap();
            assert_eq!(passed.size, two.len() as u64);
            tar.end().unwrap();
        }
    }

    #[test]
    fn what_else_there_is_is_refused() {
        let bytes = written([("a.txt", b"one"), ("b.txt", b"two")]);
        assert_eq!(Reader::new(&bytes[..]).open("c.txt").err(), Some(PackRefused::Format));
        let mut tar = Reader::new(&bytes[..]);
        let mut file = tar.open("a.txt").unwrap();
        assert_eq!(file.all(2).err(), Some(PackRefused::Format));
        file.close().unwrap();
        assert_eq!(tar.end().err(), Some(PackRefused::Format));
    }

    #[test]
    fn lines_come_with_their_ends_and_none_is_longer_than_it_may_be() {
        let bytes = written([("a.txt", b"one\n\ntwo and more\nthree"), ("b.txt", b"")]);
        let mut tar = Reader::new(&bytes[..]);
        let mut file = tar.open("a.txt").unwrap();
        let (mut line, mut lines) = (Vec::new(), Vec::new());
        while file.line(&mut line, 6).unwrap() {
            lines.push(String::from_utf8(line.clone()).unwrap());
        }
        assert_eq!(lines, ["one\n", "\n", "two an", "d more", "\n", "three"]);
        file.close().unwrap();
    }

    /// The same sum, whether a file is written, read line by line, at once, or passed by.
    #[test]
    fn sums_are_of_all_bytes() {
        let bytes = written([("a.txt", b"one\ntwo"), ("b.txt", b"one\ntwo")]);
        let mut tar = Reader::new(&bytes[..]);
        let mut file = tar.open("a.txt").unwrap();
        file.line(&mut Vec::new(), 100).unwrap();
        let by_lines = file.close().unwrap();
        let mut file = tar.open("b.txt").unwrap();
        file.all(100).unwrap();
        assert_eq!(file.close().unwrap(), by_lines);
        let mut tar = Writer::new(Cursor::new(Vec::new()));
        tar.open().unwrap();
        tar.write(b"one\ntwo").unwrap();
        assert_eq!(tar.close("a.txt").unwrap(), by_lines);
    }
}
