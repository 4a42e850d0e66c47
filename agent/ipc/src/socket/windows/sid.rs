//! Who somebody is, and who may use a pipe, as Windows says it.
//!
//! The only unsafe code of this crate: the system gives such answers through pointers. Each block says what they point to.

#![allow(unsafe_code, reason = "the system's calls about security have no safe form")]

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::ptr;

use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer, ServerOptions};
use windows_sys::Win32::Foundation::{HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1,
    SE_KERNEL_OBJECT,
};
use windows_sys::Win32::Security::{
    GetLengthSid, GetTokenInformation, IsWellKnownSid, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID,
    SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER, TokenUser, WELL_KNOWN_SID_TYPE, WinBuiltinAdministratorsSid,
    WinLocalSystemSid,
};
use windows_sys::Win32::System::Pipes::{GetNamedPipeClientProcessId, WaitNamedPipeW};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION,
};

const ERROR_SEM_TIMEOUT: i32 = 121;

/// A user or a group, by the number that Windows has for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sid(Vec<u8>);

impl Sid {
    /// The user this program runs as.
    pub(super) fn own() -> io::Result<Self> {
        // SAFETY: it takes nothing, and gives a constant that stands for this process and need not be closed.
        of_process(unsafe { GetCurrentProcess() })
    }

    /// The user of the program at the other end of a connection. It is asked for by the number of that process; one that ends
    /// and leaves its number to another's has hung up as well.
    pub(super) fn of_client(pipe: &NamedPipeServer) -> io::Result<Self> {
        let mut pid = 0;
        // SAFETY: the handle is open as long as `pipe` is borrowed, and `pid` is a number to write to.
        yes(unsafe { GetNamedPipeClientProcessId(pipe.as_raw_handle(), &raw mut pid) })?;
        // SAFETY: it takes numbers alone.
        let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) };
        if process.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was made just now, and is nobody else's.
        let process = unsafe { OwnedHandle::from_raw_handle(process) };
        of_process(process.as_raw_handle())
    }

    /// Whose a pipe is.
    pub(super) fn of_owner(pipe: &NamedPipeClient) -> io::Result<Self> {
        let (mut owner, mut descriptor): (PSID, PSECURITY_DESCRIPTOR) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the handle is open; the two pointers are written to, and those for what is not asked for may be null.
        let code = unsafe {
            GetSecurityInfo(
                pipe.as_raw_handle(),
                SE_KERNEL_OBJECT,
                OWNER_SECURITY_INFORMATION,
                &raw mut owner,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
                &raw mut descriptor,
            )
        };
        if code != 0 {
            return Err(io::Error::from_raw_os_error(code.cast_signed()));
        }
        let _descriptor = Local(descriptor);
        // SAFETY: the call succeeded, so `owner` points into `descriptor`, which lives until the end of this function.
        Ok(unsafe { Self::copy(owner) })
    }

    /// # Safety
    /// `sid` points to a valid one.
    unsafe fn copy(sid: PSID) -> Self {
        // SAFETY: as promised by the caller; it is as long as the system says.
        let bytes = unsafe { std::slice::from_raw_parts(sid.cast::<u8>(), GetLengthSid(sid) as usize) };
        Self(bytes.to_vec())
    }

    pub(super) fn is_system(&self) -> bool {
        self.is(WinLocalSystemSid)
    }

    pub(super) fn is_administrators(&self) -> bool {
        self.is(WinBuiltinAdministratorsSid)
    }

    fn is(&self, known: WELL_KNOWN_SID_TYPE) -> bool {
        // SAFETY: the bytes were copied from a valid one, and are only read.
        unsafe { IsWellKnownSid(self.0.as_ptr().cast_mut().cast(), known) != 0 }
    }

    /// A number for it that is the same as long as this process lives. Windows has no shorter one that is nobody else's.
    pub(super) fn number(&self) -> u32 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        (hasher.finish() >> 32) as u32
    }

    /// As descriptors write it, `S-1-5-…`.
    pub(super) fn text(&self) -> io::Result<String> {
        let mut text = ptr::null_mut();
        // SAFETY: the bytes were copied from a valid one and are only read; `text` is a pointer to write to.
        yes(unsafe { ConvertSidToStringSidW(self.0.as_ptr().cast_mut().cast(), &raw mut text) })?;
        let _text = Local(text.cast());
        // SAFETY: the call succeeded, so `text` points to letters that end with a zero.
        let length = (0..).take_while(|at| unsafe { *text.add(*at) } != 0).count();
        // SAFETY: as many letters were just seen.
        Ok(String::from_utf16_lossy(unsafe {
            std::slice::from_raw_parts(text, length)
        }))
    }
}

/// The user whom a process runs as. The handle is open.
fn of_process(process: HANDLE) -> io::Result<Sid> {
    let mut token = ptr::null_mut();
    // SAFETY: the handle is open, and `token` is a pointer to write to.
    yes(unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) })?;
    // SAFETY: the handle was made just now, and is nobody else's.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    // Room for the structure and the longest of all numbers, aligned for the pointer in it.
    let mut room = [0_u64; 32];
    let mut length = 0;
    // SAFETY: the handle is open, and the room is as large as is said.
    yes(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            room.as_mut_ptr().cast(),
            size_of_val(&room) as u32,
            &raw mut length,
        )
    })?;
    // SAFETY: the call succeeded, so the room begins with this structure, and its pointer leads into the room.
    Ok(unsafe { Sid::copy((*room.as_ptr().cast::<TOKEN_USER>()).User.Sid) })
}

/// Who may use a pipe.
pub(super) struct Descriptor(Local);

// SAFETY: it is memory of the process that is only read after it was made, from whichever thread.
unsafe impl Send for Descriptor {}
// SAFETY: as above.
unsafe impl Sync for Descriptor {}

impl Descriptor {
    /// From the language of descriptors (SDDL).
    pub(super) fn parse(text: &str) -> io::Result<Self> {
        let text: Vec<u16> = OsStr::new(text).encode_wide().chain([0]).collect();
        let mut descriptor = ptr::null_mut();
        // SAFETY: `text` ends with a zero, `descriptor` is a pointer to write to, and its length may be left out.
        yes(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        })?;
        Ok(Self(Local(descriptor)))
    }

    /// An instance of a pipe that it holds for, closed to other machines; the first one only where there is none yet. Must be
    /// called inside a tokio runtime.
    pub(super) fn instance(&self, name: &OsStr, is_first: bool) -> io::Result<NamedPipeServer> {
        let mut attributes = SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.0.0,
            bInheritHandle: 0,
        };
        let mut options = ServerOptions::new();
        options.first_pipe_instance(is_first).reject_remote_clients(true);
        // SAFETY: the attributes and the descriptor in them live until the call returns, which copies what it needs.
        unsafe { options.create_with_security_attributes_raw(name, (&raw mut attributes).cast()) }
    }
}

/// The client's end of a pipe, of a handle that is open, overlapped and nobody else's. Must be called inside a tokio runtime.
pub(super) fn client_of(handle: RawHandle) -> io::Result<NamedPipeClient> {
    // SAFETY: the only caller has just opened it so, and gives it away.
    unsafe { NamedPipeClient::from_raw_handle(handle) }
}

/// Whether somebody has made a pipe of this name. Nothing is opened: that would be a connection for whoever listens.
pub(super) fn is_there(name: &OsStr) -> bool {
    const MILLISECOND: u32 = 1;
    let name: Vec<u16> = name.encode_wide().chain([0]).collect();
    // SAFETY: `name` ends with a zero and is only read.
    match yes(unsafe { WaitNamedPipeW(name.as_ptr(), MILLISECOND) }) {
        Ok(()) => true,
        // All instances are taken.
        Err(error) => error.raw_os_error() == Some(ERROR_SEM_TIMEOUT),
    }
}

/// Memory that the system made for the caller to free.
struct Local(*mut core::ffi::c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: it comes from a call that says so, and is freed once. That it cannot be freed harms nobody.
        unsafe { LocalFree(self.0) };
    }
}

fn yes(answer: i32) -> io::Result<()> {
    if answer == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
