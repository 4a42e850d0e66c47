//! Windows: the program that something was copied from. Not run by the tests of this repository.
//!
//! The only unsafe code of this crate: the system answers through pointers. Each block says what they point to.

#![allow(
    unsafe_code,
    reason = "the system's calls about windows and processes have no safe form"
)]

use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

use clipboard_win::raw::get_owner;
use weir_wire::Application;
use windows_sys::Win32::Foundation::HWND;
use windows_sys::Win32::System::Threading::{
    OpenProcess, PROCESS_NAME_WIN32, PROCESS_QUERY_LIMITED_INFORMATION, QueryFullProcessImageNameW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{GetForegroundWindow, GetWindowThreadProcessId};

/// Characters of the longest path that the system gives.
const LONGEST: usize = 32_768;

/// The program whose window owns the clipboard, else that of the window in front; `None` where the system does not tell.
pub(super) fn source() -> Option<Application> {
    let owner = get_owner().and_then(|window| of_window(window.as_ptr()));
    // SAFETY: takes nothing, and gives a window or null.
    owner.or_else(|| of_window(unsafe { GetForegroundWindow() }))
}

fn of_window(window: HWND) -> Option<Application> {
    let mut pid = 0;
    // SAFETY: `pid` lives until the call is over. A window that is null or gone gives 0 and leaves it alone.
    let thread = unsafe { GetWindowThreadProcessId(window, &raw mut pid) };
    let executable = (thread != 0).then(|| executable(pid))??;
    Some(Application {
        executable,
        pid: Some(pid),
    })
}

fn executable(pid: u32) -> Option<String> {
    // SAFETY: takes numbers, and gives a handle or null.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) };
    if process.is_null() {
        return None;
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let process = unsafe { OwnedHandle::from_raw_handle(process) };
    let mut path = vec![0; LONGEST];
    let mut length = LONGEST as u32;
    // SAFETY: `path` has `length` characters, and the call writes no more and says how many.
    let told = unsafe {
        QueryFullProcessImageNameW(
            process.as_raw_handle(),
            PROCESS_NAME_WIN32,
            path.as_mut_ptr(),
            &raw mut length,
        )
    };
    let path = path.get(..length as usize).filter(|_| told != 0)?;
    Some(String::from_utf16_lossy(path))
}
