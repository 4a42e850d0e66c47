//! Files one behind the other (POSIX ustar), in the one way that a pack has: what `tar` lists and unpacks, and nothing that
//! could be changed unseen.

const BLOCK: usize = 512;

/// Adds a file. Its name is short, and it has less than eight gigabytes.
pub(super) fn write(out: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    out.extend_from_slice(&header(name, bytes.len()));
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

/// Behind the last file.
pub(super) fn end(out: &mut Vec<u8>) {
    out.resize(out.len() + 2 * BLOCK, 0);
}

/// The files with these names, in their order; `None` where there is anything else.
pub(super) fn read<'a, const N: usize>(mut bytes: &'a [u8], names: [&str; N]) -> Option<[&'a [u8]; N]> {
    let mut files = [&bytes[..0]; N];
    for (file, name) in files.iter_mut().zip(names) {
        let (head, rest) = bytes.split_at_checked(BLOCK)?;
        let size = std::str::from_utf8(head.get(124..135)?).ok()?;
        let size = usize::from_str_radix(size, 8).ok()?;
        if head != header(name, size) {
            return None;
        }
        let (padded, rest) = rest.split_at_checked(size.checked_next_multiple_of(BLOCK)?)?;
        let (content, padding) = padded.split_at(size);
        if padding.iter().any(|byte| *byte != 0) {
            return None;
        }
        (*file, bytes) = (content, rest);
    }
    (bytes == [0; 2 * BLOCK]).then_some(files)
}

fn header(name: &str, size: usize) -> [u8; BLOCK] {
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
    use super::{end, read, write};

    #[test]
    fn files_are_read_as_they_are_written() {
        for (one, two) in [(&b""[..], &b"x"[..]), (&[7; 512], &[8; 513])] {
            let mut bytes = Vec::new();
            write(&mut bytes, "a.txt", one);
            write(&mut bytes, "b.txt", two);
            end(&mut bytes);
            assert_eq!(read(&bytes, ["a.txt", "b.txt"]), Some([one, two]));
            assert_eq!(read(&bytes, ["a.txt", "c.txt"]), None);
            assert_eq!(read(&bytes, ["a.txt"]), None);
        }
    }
}
