//! A disk in memory that fails as disks do: un-synced writes are lost or torn, space ends, bits rot, calls fail.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // Each test uses a part; everything here is a test.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use weir_store::disk::{Disk, DiskFile};

const SECTOR: usize = 512;

/// A small generator: the same seed, the same faults.
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

#[derive(Clone, Default)]
pub struct SimDisk(Arc<Mutex<Inner>>);

type Content = Arc<Mutex<SimContent>>;

#[derive(Default)]
struct Inner {
    names: BTreeMap<PathBuf, Content>,
    durable_names: BTreeMap<PathBuf, Content>,
    /// Names after each change that no directory sync has made durable.
    pending: Vec<BTreeMap<PathBuf, Content>>,
    capacity: Option<usize>,
    index_space: Option<u64>,
    /// Calls until one fails.
    fail_in: Option<u64>,
    locked: bool,
}

#[derive(Default)]
struct SimContent {
    data: Vec<u8>,
    durable: Vec<u8>,
    dirty: BTreeSet<usize>,
}

impl SimDisk {
    /// What a power cut at this moment leaves: every name change and every un-synced sector is there, not there, or torn.
    pub fn after_power_cut(&self, random: &mut Random) -> SimDisk {
        let inner = self.0.lock().unwrap();
        let kept = random.below(inner.pending.len() as u64 + 1) as usize;
        let names = if kept == 0 {
            &inner.durable_names
        } else {
            &inner.pending[kept - 1]
        };
        let mut left = BTreeMap::new();
        for (path, content) in names {
            let data = content.lock().unwrap().after_power_cut(random);
            left.insert(path.clone(), Arc::new(Mutex::new(SimContent::durable(data))));
        }
        let inner = Inner {
            names: left.clone(),
            durable_names: left,
            capacity: inner.capacity,
            index_space: inner.index_space,
            ..Inner::default()
        };
        SimDisk(Arc::new(Mutex::new(inner)))
    }

    /// Total bytes of all files, at most.
    pub fn set_capacity(&self, bytes: Option<usize>) {
        self.0.lock().unwrap().capacity = bytes;
    }

    /// What the disk says is free, whatever its capacity.
    pub fn set_reported_space(&self, bytes: Option<u64>) {
        self.0.lock().unwrap().index_space = bytes;
    }

    /// The n-th write or sync from now fails.
    pub fn fail_in(&self, calls: Option<u64>) {
        self.0.lock().unwrap().fail_in = calls;
    }

    pub fn used(&self) -> usize {
        self.0.lock().unwrap().used()
    }

    /// Files with their bytes.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let inner = self.0.lock().unwrap();
        inner
            .names
            .iter()
            .map(|(path, content)| (path.clone(), content.lock().unwrap().data.clone()))
            .collect()
    }

    pub fn flip(&self, path: &Path, bit: usize) {
        let inner = self.0.lock().unwrap();
        let mut content = inner.names[path].lock().unwrap();
        content.data[bit / 8] ^= 1 << (bit % 8);
        content.durable = content.data.clone();
    }
}

impl Inner {
    fn used(&self) -> usize {
        self.names
            .values()
            .map(|content| content.lock().unwrap().data.len())
            .sum()
    }

    fn renamed(&mut self) {
        let names = self.names.clone();
        self.pending.push(names);
    }

    fn call(&mut self) -> io::Result<()> {
        match &mut self.fail_in {
            Some(0) => {
                self.fail_in = None;
                Err(io::Error::other("the disk failed"))
            }
            Some(calls) => {
                *calls -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl SimContent {
    fn durable(data: Vec<u8>) -> Self {
        Self {
            durable: data.clone(),
            data,
            dirty: BTreeSet::new(),
        }
    }

    fn after_power_cut(&self, random: &mut Random) -> Vec<u8> {
        let mut left = self.durable.clone();
        // The length is kept with the inode: the old one or the new one.
        let len = if random.coin() {
            self.data.len()
        } else {
            self.durable.len()
        };
        left.resize(len, 0);
        for &sector in &self.dirty {
            let start = sector * SECTOR;
            let end = (start + SECTOR).min(self.data.len()).min(len);
            if start >= end {
                continue;
            }
            let (from, to) = match random.below(4) {
                0 => (start, start),
                1 => (start, start + random.below((end - start) as u64) as usize),
                2 => (start + random.below((end - start) as u64) as usize, end),
                _ => (start, end),
            };
            left[from..to].copy_from_slice(&self.data[from..to]);
        }
        left
    }
}

impl Disk for SimDisk {
    fn create_dirs(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn names(&self, dir: &Path) -> io::Result<Vec<String>> {
        let inner = self.0.lock().unwrap();
        let inside = inner.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect())
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inner = self.0.lock().unwrap();
        let content = inner.names.get(path).ok_or(io::ErrorKind::NotFound)?.clone();
        Ok(Box::new(SimFile {
            disk: self.clone(),
            content,
        }))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut inner = self.0.lock().unwrap();
        inner.call()?;
        let content = Content::default();
        inner.names.insert(path.to_owned(), content.clone());
        inner.renamed();
        Ok(Box::new(SimFile {
            disk: self.clone(),
            content,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.call()?;
        let content = inner.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        inner.names.insert(to.to_owned(), content);
        inner.renamed();
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.names.remove(path).ok_or(io::ErrorKind::NotFound)?;
        inner.renamed();
        Ok(())
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.call()?;
        inner.durable_names = inner.names.clone();
        inner.pending.clear();
        Ok(())
    }

    fn free_space(&self, _dir: &Path) -> io::Result<u64> {
        let inner = self.0.lock().unwrap();
        let free = inner
            .capacity
            .map_or(1 << 40, |capacity| capacity.saturating_sub(inner.used()) as u64);
        Ok(inner.index_space.unwrap_or(free))
    }

    fn lock(&self, _path: &Path) -> io::Result<Box<dyn Any + Send + Sync>> {
        let mut inner = self.0.lock().unwrap();
        if std::mem::replace(&mut inner.locked, true) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimLock(self.clone())))
    }
}

struct SimLock(SimDisk);

impl Drop for SimLock {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().locked = false;
    }
}

struct SimFile {
    disk: SimDisk,
    content: Content,
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.content.lock().unwrap().data.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let content = self.content.lock().unwrap();
        let rest = content.data.get(offset as usize..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.disk.0.lock().unwrap();
        let failed = inner.call();
        let start = offset as usize;
        let grown = (start + bytes.len()).saturating_sub(self.content.lock().unwrap().data.len());
        let free = inner
            .capacity
            .map_or(usize::MAX, |capacity| capacity.saturating_sub(inner.used()));
        let mut content = self.content.lock().unwrap();
        // A call that fails may have written a part.
        let len = match (&failed, grown > free) {
            (Err(_), _) => bytes.len() / 2,
            (Ok(()), true) => bytes.len() - (grown - free),
            (Ok(()), false) => bytes.len(),
        };
        let end = start + len;
        if content.data.len() < end {
            content.data.resize(end, 0);
        }
        content.data[start..end].copy_from_slice(&bytes[..len]);
        content.dirty.extend(start / SECTOR..end.div_ceil(SECTOR));
        failed?;
        if grown > free {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.disk.0.lock().unwrap();
        inner.call()?;
        let mut content = self.content.lock().unwrap();
        let content = &mut *content;
        content.durable.resize(content.data.len(), 0);
        for sector in std::mem::take(&mut content.dirty) {
            let start = (sector * SECTOR).min(content.data.len());
            let end = (start + SECTOR).min(content.data.len());
            content.durable[start..end].copy_from_slice(&content.data[start..end]);
        }
        Ok(())
    }
}
